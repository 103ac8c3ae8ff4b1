//! `hotdesk rollout`: creates the same extensions on several dialers, with suffixes for their logins, and an
//! alias per extension.

mod messages;
mod secrets;

use std::process::ExitCode;
use std::sync::Arc;

use fleet::actor::{Actor, Source};
use fleet::name;
use fleet::phones::bulk::{BulkOutcome, COMMON, extensions, suffix};
use fleet::phones::{Bulk, BulkPlan, DialerChoice};
use fleet::schema::{Row, Table};
use fleet::text::Alphabet;
use fleet::{FleetTx, TxError};
use store::Store;

use crate::cli::RolloutArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::system::{SystemClock, SystemEntropy};
use crate::{inspect, output};

/// Maximum number of phones in a rollout: other writers wait while they are written.
const AT_MOST: usize = 100_000;

/// Creates phones and aliases in one transaction, or prints which ones it would create.
pub fn run(config: &Config, args: &RolloutArgs) -> Result<ExitCode, Failure> {
    let inspection = inspect::open_existing(&config.database)?;
    let (dialers, alphabet) = inspection.read(|tx| {
        let alphabet = tx.settings()?.alphabet();
        Ok::<_, TxError>((tx.phone_choices()?.dialers, alphabet))
    })?;
    let mut plan = draft(args, &dialers, alphabet)?;
    inspection.read(|tx| plan.look(tx, false))?;
    drop(inspection);
    refuse_clashes(&plan)?;
    if args.plan {
        output::write(&messages::planned(&plan))?;
        return Ok(ExitCode::SUCCESS);
    }
    make(config, args, plan)
}

/// The planned rows, before they are compared with the database.
fn draft(args: &RolloutArgs, known: &[DialerChoice], alphabet: Alphabet) -> Result<BulkPlan, Failure> {
    let extensions = extensions(&args.extensions, AT_MOST)
        .map_err(|bad| Failure::Usage(messages::bad_list(&bad, &args.extensions, AT_MOST)))?;
    let suffixes =
        if args.suffixes.is_empty() { (0..args.dialers.len()).map(suffix).collect() } else { args.suffixes.clone() };
    if suffixes.len() != args.dialers.len() {
        let (given, dialers) = (suffixes.len(), args.dialers.len());
        return Err(Failure::Usage(format!(
            "--suffixes has {given} items and --dialers {dialers}: give each dialer one suffix"
        )));
    }
    let dialers = args.dialers.iter().zip(suffixes).map(|(server, suffix)| Ok((dialer(known, server)?, suffix)));
    let dialers: Vec<(DialerChoice, String)> = dialers.collect::<Result<_, Failure>>()?;
    let alias_suffix = (!args.no_aliases).then(|| args.alias_suffix.clone());
    if let Some((_, same)) =
        dialers.iter().find(|(_, suffix)| Some(name::key(suffix)) == alias_suffix.as_deref().map(name::key))
    {
        return Err(Failure::Usage(format!(
            "`{same}` is the suffix of both a dialer and the aliases: choose another --alias-suffix"
        )));
    }
    let bulk = Bulk { extensions, dialers, alias_suffix, common: common(args)? };
    if bulk.count() > AT_MOST {
        return Err(Failure::Usage(format!(
            "{} phones are too many: a rollout can have at most {AT_MOST}",
            bulk.count()
        )));
    }
    bulk.draft(alphabet).map_err(|wrong| Failure::Usage(messages::common(&wrong)))
}

/// The dialer with this address or name.
fn dialer(known: &[DialerChoice], server: &str) -> Result<DialerChoice, Failure> {
    let by_address = known.iter().find(|dialer| name::same(&dialer.server_ip, server));
    let by_name = || known.iter().find(|dialer| name::same(&dialer.server_id, server));
    let names = || {
        let names = known.iter().map(|dialer| format!("{} ({})", dialer.server_ip, dialer.server_id));
        names.collect::<Vec<_>>().join(", ")
    };
    let missing = || Failure::Refused(format!("the dialer {server} does not exist; the dialers are {}", names()));
    by_address.or_else(by_name).cloned().ok_or_else(missing)
}

/// The common values of all phones.
fn common(args: &RolloutArgs) -> Result<Row, Failure> {
    let mut common = Row::new(Table::Phone);
    common.set("protocol", "SIP".to_owned());
    for pair in &args.set {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Failure::Usage(format!("--set {pair}: write KEY=VALUE")))?;
        if !COMMON.contains(&key) {
            return Err(Failure::Usage(format!(
                "--set {key}: the keys that all phones can share are {}",
                COMMON.join(", ")
            )));
        }
        common.set(key, value.to_owned());
    }
    Ok(common)
}

fn refuse_clashes(plan: &BulkPlan) -> Result<(), Failure> {
    let conflicts = plan.conflicts();
    if conflicts == 0 {
        return Ok(());
    }
    for line in messages::conflicts(plan) {
        eprintln!("hotdesk: {line}");
    }
    let are = if conflicts == 1 { "1 row is" } else { &format!("{conflicts} rows are") };
    Err(Failure::Refused(format!("{are} invalid or already exist; nothing was changed")))
}

/// Creates all rows. The file with the secrets is synced to disk first, so that no secret can be lost.
fn make(config: &Config, args: &RolloutArgs, mut plan: BulkPlan) -> Result<ExitCode, Failure> {
    let Some(path) = &args.secrets else {
        return Err(Failure::Usage("choose a new file for the passwords with --secrets FILE".to_owned()));
    };
    plan.set_random_passwords(&SystemEntropy);
    if let Some(source) = &args.pass_from {
        let pass = secrets::pass_from(source)?;
        plan.set_secrets(|phone| (pass.clone(), phone.conf_secret.clone()));
    }
    secrets::write(path, &plan)?;
    let made = write(config, plan);
    if made.is_err() {
        drop(std::fs::remove_file(path));
    }
    output::write(&format!("{}; the passwords are in {}\n", made?, path.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn write(config: &Config, plan: BulkPlan) -> Result<String, Failure> {
    let store = Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    let made = messages::made(&plan);
    let actor = Actor::command(Source::CommandLine);
    match runtime.block_on(store.write(move |tx: &mut dyn FleetTx| plan.write(tx, &actor, false)))? {
        BulkOutcome::Done => Ok(made),
        BulkOutcome::Conflicts(plan) => refuse_clashes(&plan).map(|()| made),
    }
}
