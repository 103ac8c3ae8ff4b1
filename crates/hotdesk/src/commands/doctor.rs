//! `hotdesk doctor`: checks of the database and the fleet in it.

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
    /// Something does not work or is unsafe.
    Wrong(String),
    /// Something could be improved.
    Hint(String),
}

/// Prints each problem with its solution.
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
        lines.push("no problems found".to_owned());
    }
    let text = lines.join("\n") + "\n";
    output::write(&text)?;
    Ok(if has_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Options of the checks.
struct CheckOptions {
    /// Whether VICIdial's daemons place the calls.
    is_queued: bool,
    /// Whether to contact the dialers.
    tries_dialers: bool,
    /// Trusted certificate authorities.
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
                    Hotdesk; if the file is damaged, restore the latest backup"
            ),
            Location::Mariadb(_) => {
                format!("{error}: check the address {location}, the password, and whether the database server is running")
            }
        })),
    }
    Ok(results)
}

/// Checks the database file. The result is an error if it makes no sense to open the file.
fn check_file(path: &Path) -> Result<Option<Diagnosis>, Diagnosis> {
    let path_shown = path.display();
    let Ok(metadata) = std::fs::metadata(path) else {
        return Err(Diagnosis::Wrong(format!(
            "the database {path_shown} does not exist: run `hotdesk migrate` to create it, or choose another with --database"
        )));
    };
    if !metadata.is_file() {
        return Err(Diagnosis::Wrong(format!("{path_shown} is not a file: choose the database file with --database")));
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    Ok((mode & 0o077 != 0).then(|| {
        Diagnosis::Wrong(format!(
            "{path_shown} contains passwords, and other users can access it (mode {mode:03o}): run `chmod 600 {path_shown}`"
        ))
    }))
}

/// Checks the tables, the integrity of the file, write access and the rows. Also returns the rows of the dialers.
fn check_tables(path: &Location, is_queued: bool) -> Result<(Vec<Diagnosis>, Seen), ReadError> {
    let inspection = Inspection::open(path, Arc::new(SystemClock))?;
    let wrong = |words: String| Ok((vec![Diagnosis::Wrong(words)], Seen::default()));
    match inspection.tables()? {
        Tables::Current => {}
        Tables::None => return wrong(format!("{path} has no tables yet: run `hotdesk migrate`")),
        Tables::Older { found, known } => {
            return wrong(format!(
                "the tables of {path} have schema version {found}, this Hotdesk uses {known}: run `hotdesk migrate`"
            ));
        }
        Tables::Newer { found, known } => {
            return wrong(format!(
                "the tables of {path} have schema version {found}, this Hotdesk supports up to {known}: use a newer Hotdesk"
            ));
        }
    }
    let damage = inspection.quick_check()?;
    if let Some(first) = damage.first() {
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        return wrong(format!("{path} is damaged ({first}): stop Hotdesk and restore the latest backup"));
    }
    let mut results = Vec::new();
    if let Err(error) = inspection.try_to_write() {
        let mend = match path {
            Location::File(_) => {
                "check that the file and its directory belong to the user that runs Hotdesk, and that the disk is not full"
            }
            Location::Mariadb(_) => "grant Hotdesk's account SELECT, INSERT, UPDATE and DELETE on it",
        };
        results.push(Diagnosis::Wrong(format!("{path} cannot be written ({error}): {mend}")));
    }
    if let Some(facts) = inspection.vicidial()? {
        results.push(Diagnosis::Hint(messages::vicidial(&facts)));
        results.extend(messages::password_faults(&facts).into_iter().map(Diagnosis::Wrong));
    }
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
