//! `hotdesk doctor`: the database and the fleet in it.

mod managers;
mod wording;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ::dialers::tls::Authorities;
use fleet::diagnostics::dialers::Seen;
use fleet::diagnostics::{dialers, examine};
use fleet::fleet_file::Fleet;
use floor::Driver;
use store::{Inspection, Location, ReadError, Tables};

use crate::cli::Doctor;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::system::SystemClock;

/// One finding, in words.
#[derive(Debug)]
enum Report {
    /// Something does not work, or is not safe.
    Wrong(String),
    /// Something might be better.
    Hint(String),
}

/// Says what is wrong and how to mend it.
pub fn run(config: &Config, wanted: &Doctor) -> Result<ExitCode, Failure> {
    let authorities = config.authorities()?;
    let asked = Asked { is_queued: config.driver()? == Driver::Queue, tries_dialers: wanted.dialers, authorities };
    let mut reports = examine_all(&config.database, &asked)?;
    reports.sort_by_key(|report| matches!(report, Report::Hint(_)));
    let has_wrong = reports.iter().any(|report| matches!(report, Report::Wrong(_)));
    let mut lines: Vec<String> = reports
        .into_iter()
        .map(|report| match report {
            Report::Wrong(words) => format!("wrong: {words}"),
            Report::Hint(words) => format!("hint: {words}"),
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
struct Asked {
    /// Whether a cluster's own daemons place the calls.
    is_queued: bool,
    /// Whether the dialers are contacted.
    tries_dialers: bool,
    /// Whose certificates are believed.
    authorities: Option<Authorities>,
}

fn examine_all(location: &Location, asked: &Asked) -> Result<Vec<Report>, Failure> {
    let mut reports = Vec::new();
    if let Location::File(path) = location {
        match file(path) {
            Ok(report) => reports.extend(report),
            Err(report) => return Ok(vec![report]),
        }
    }
    match inside(location, asked.is_queued) {
        Ok((found, seen)) => {
            reports.extend(found);
            if asked.tries_dialers && !asked.is_queued {
                reports.extend(managers::try_all(seen.dialers, asked.authorities.as_ref())?.into_iter().map(Report::Wrong));
            }
        }
        Err(error) => reports.push(Report::Wrong(match location {
            Location::File(_) => format!(
                "{error}: check that {location} is the right file and that it and its directory belong to the user that runs \
                 Hotdesk; if it is damaged, put the latest backup in its place"
            ),
            Location::Mariadb(_) => {
                format!("{error}: check that {location} is the right address, that a server runs there, and the password")
            }
        })),
    }
    Ok(reports)
}

/// What is wrong with the database's file; as an error if there is no use in opening it.
fn file(path: &Path) -> Result<Option<Report>, Report> {
    let path_shown = path.display();
    let Ok(metadata) = std::fs::metadata(path) else {
        return Err(Report::Wrong(format!(
            "there is no database {path_shown}: run `hotdesk migrate` to create it, or name another with --database"
        )));
    };
    if !metadata.is_file() {
        return Err(Report::Wrong(format!("{path_shown} is no file: name the database's file with --database")));
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    Ok((mode & 0o077 != 0).then(|| {
        Report::Wrong(format!(
            "{path_shown} can be reached by other users (mode {mode:03o}) and holds passwords: run `chmod 600 {path_shown}`"
        ))
    }))
}

/// The tables, the file's soundness, whether it can be written, and the rows; with what was seen of the dialers.
fn inside(path: &Location, is_queued: bool) -> Result<(Vec<Report>, Seen), ReadError> {
    let inspection = Inspection::open(path, Arc::new(SystemClock))?;
    let wrong = |words: String| Ok((vec![Report::Wrong(words)], Seen::default()));
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
    let mut reports = Vec::new();
    if let Err(error) = inspection.try_to_write() {
        let mend = match path {
            Location::File(_) => {
                "give the file and its directory to the user that runs Hotdesk, and make sure that the disk is not full"
            }
            Location::Mariadb(_) => "give Hotdesk's account the rights SELECT, INSERT, UPDATE and DELETE there",
        };
        reports.push(Report::Wrong(format!("{path} cannot be written ({error}): {mend}")));
    }
    let (fleet, seen) = inspection.read(|tx| Ok((Fleet::read(tx)?, Seen::read(tx)?)))?;
    reports.extend(examine(&fleet).iter().map(|finding| report(finding.is_wrong(), wording::words(finding))));
    let findings = dialers::examine(&fleet, &seen, is_queued);
    reports.extend(findings.iter().map(|finding| report(finding.is_wrong(), wording::dialer(finding))));
    Ok((reports, seen))
}

fn report(is_wrong: bool, words: String) -> Report {
    if is_wrong { Report::Wrong(words) } else { Report::Hint(words) }
}
