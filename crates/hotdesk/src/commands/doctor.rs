//! `hotdesk doctor`: the database and the fleet in it.

mod managers;
mod messages;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ::dialers::tls::Authorities;
use fleet::diagnostics::dialers::Seen;
use fleet::diagnostics::{dialers, examine};
use fleet::fleet_file::Fleet;
use floor::Driver;
use store::{Inspection, Location, ReadError, Tables};

use crate::cli::DoctorArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::system::SystemClock;

/// One finding, in words.
#[derive(Debug)]
enum Diagnosis {
    /// Something does not work, or is not safe.
    Wrong(String),
    /// Something might be better.
    Hint(String),
}

/// Says what is wrong and how to mend it.
pub fn run(config: &Config, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let settings = config.serve_settings()?;
    let options = CheckOptions {
        is_queued: settings.dialers()? == Driver::Queue,
        tries_dialers: args.dialers,
        authorities: settings.ami_ca()?,
    };
    let mut results = examine_all(&config.database, &options)?;
    results.sort_by_key(|diagnosis| matches!(diagnosis, Diagnosis::Hint(_)));
    let has_wrong = results.iter().any(|diagnosis| matches!(diagnosis, Diagnosis::Wrong(_)));
    let mut lines: Vec<String> = results
        .into_iter()
        .map(|diagnosis| match diagnosis {
            Diagnosis::Wrong(words) => format!("wrong: {words}"),
            Diagnosis::Hint(words) => format!("hint: {words}"),
        })
        .collect();
    if !has_wrong {
        lines.push("all is well".to_owned());
    }
    let text = lines.join("\n") + "\n";
    output::write(&text)?;
    Ok(if has_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// How far the examination goes.
struct CheckOptions {
    /// Whether a cluster's own daemons place the calls.
    is_queued: bool,
    /// Whether the dialers are contacted.
    tries_dialers: bool,
    /// Whose certificates are believed.
    authorities: Option<Authorities>,
}

fn examine_all(location: &Location, options: &CheckOptions) -> Result<Vec<Diagnosis>, Failure> {
    let mut results = Vec::new();
    if let Location::File(path) = location {
        match check_file(path) {
            Ok(diagnosis) => results.extend(diagnosis),
            Err(diagnosis) => return Ok(vec![diagnosis]),
        }
    }
    match check_tables(location, options.is_queued) {
        Ok((found, seen)) => {
            results.extend(found);
            if options.tries_dialers && !options.is_queued {
                results.extend(managers::try_all(seen.dialers, options.authorities.as_ref())?.into_iter().map(Diagnosis::Wrong));
            }
        }
        Err(error) => results.push(Diagnosis::Wrong(match location {
            Location::File(_) => format!(
                "{error}: check that {location} is the right file and that it and its directory belong to the user that runs \
                 Hotdesk; if it is damaged, put the latest backup in its place"
            ),
            Location::Mariadb(_) => {
                format!("{error}: check that {location} is the right address, that a server runs there, and the password")
            }
        })),
    }
    Ok(results)
}

/// What is wrong with the database's file; as an error if there is no use in opening it.
fn check_file(path: &Path) -> Result<Option<Diagnosis>, Diagnosis> {
    let path_shown = path.display();
    let Ok(metadata) = std::fs::metadata(path) else {
        return Err(Diagnosis::Wrong(format!(
            "there is no database {path_shown}: run `hotdesk migrate` to create it, or name another with --database"
        )));
    };
    if !metadata.is_file() {
        return Err(Diagnosis::Wrong(format!("{path_shown} is no file: name the database's file with --database")));
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    Ok((mode & 0o077 != 0).then(|| {
        Diagnosis::Wrong(format!(
            "{path_shown} can be reached by other users (mode {mode:03o}) and holds passwords: run `chmod 600 {path_shown}`"
        ))
    }))
}

/// The tables, the file's soundness, whether it can be written, and the rows; with what was seen of the dialers.
fn check_tables(path: &Location, is_queued: bool) -> Result<(Vec<Diagnosis>, Seen), ReadError> {
    let inspection = Inspection::open(path, Arc::new(SystemClock))?;
    let wrong = |words: String| Ok((vec![Diagnosis::Wrong(words)], Seen::default()));
    match inspection.tables()? {
        Tables::Current => {}
        Tables::None => return wrong(format!("{path} has no tables yet: run `hotdesk migrate`")),
        Tables::Older { found, known } => {
            return wrong(format!(
                "the tables of {path} are of version {found}, this Hotdesk writes {known}: run `hotdesk migrate`"
            ));
        }
        Tables::Newer { found, known } => {
            return wrong(format!(
                "the tables of {path} are of version {found}, this Hotdesk knows up to {known}: use the newer Hotdesk"
            ));
        }
    }
    let damage = inspection.quick_check()?;
    if let Some(first) = damage.first() {
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        return wrong(format!("{path} is damaged ({first}): stop Hotdesk and put the latest backup in its place"));
    }
    let mut results = Vec::new();
    if let Err(error) = inspection.try_to_write() {
        let mend = match path {
            Location::File(_) => {
                "give the file and its directory to the user that runs Hotdesk, and make sure that the disk is not full"
            }
            Location::Mariadb(_) => "give Hotdesk's account the rights SELECT, INSERT, UPDATE and DELETE there",
        };
        results.push(Diagnosis::Wrong(format!("{path} cannot be written ({error}): {mend}")));
    }
    results.extend(inspection.vicidial()?.map(|facts| Diagnosis::Hint(messages::vicidial(&facts))));
    let (fleet, seen) = inspection.read(|tx| Ok((Fleet::read(tx)?, Seen::read(tx)?)))?;
    results
        .extend(examine(&fleet).iter().map(|finding| diagnosis(finding.is_wrong(), messages::fleet_finding(finding))));
    let findings = dialers::examine(&fleet, &seen, is_queued);
    results.extend(findings.iter().map(|finding| diagnosis(finding.is_wrong(), messages::dialer_finding(finding))));
    Ok((results, seen))
}

fn diagnosis(is_wrong: bool, words: String) -> Diagnosis {
    if is_wrong { Diagnosis::Wrong(words) } else { Diagnosis::Hint(words) }
}
