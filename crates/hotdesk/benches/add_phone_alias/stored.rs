//! One measurement of Hotdesk on its own database, checked against the stored rows.

use std::process::Command;
use std::time::Duration;

use mysql::prelude::Queryable;
use rusqlite::Connection;

use crate::mariadb::Mariadb;
use crate::measure::{Ids, Measured, measure};
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{Outcome, fleet, http};

/// Measurements of Hotdesk under load.
pub struct Run {
    pub measured: Measured,
    pub commands_per_commit: f64,
}

/// Tables that have one row for each success.
const TABLES: [&str; 3] = ["phones_alias", "vicidial_admin_log", "vicidial_api_log WHERE result = 'SUCCESS'"];

/// Measures Hotdesk with this many phones in its embedded database.
pub fn run(phones: u32, ids: Ids, measured_for: Duration) -> Outcome<Run> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let database = folder.path().join("hotdesk.db");
    migrate(hotdesk(folder.path(), ["migrate"]))?;
    fleet::fill(&database, phones)?;
    let run = load(&mut serve(folder.path()), ids, measured_for)?;
    let connection = Connection::open(database)?;
    check_stored(run.measured.successes, |count| Ok(connection.query_row(count, [], |row| row.get(0))?))?;
    Ok(run)
}

/// Measures Hotdesk with this many phones in a database on this server.
pub fn run_on(server: &Mariadb, phones: u32, measured_for: Duration) -> Outcome<Run> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let address = server.database();
    let name = address.rsplit_once('/').map_or("", |(_, name)| name);
    migrate(hotdesk(folder.path(), ["migrate", "--database", &address]))?;
    let mut connection = server.connect(name);
    fleet::fill_mariadb(&mut connection, phones)?;
    let run = load(serve(folder.path()).args(["--database", &address]), Ids::Ascending, measured_for)?;
    check_stored(run.measured.successes, |count| Ok(connection.query_first(count)?.unwrap_or(0)))?;
    Ok(run)
}

fn migrate(mut program: Command) -> Outcome<()> {
    let migrated = program.output()?;
    if migrated.status.success() {
        return Ok(());
    }
    Err(format!("`hotdesk migrate` failed: {}", String::from_utf8_lossy(&migrated.stderr)).into())
}

/// Starts the server, applies the load and stops the server.
fn load(program: &mut Command, ids: Ids, measured_for: Duration) -> Outcome<Run> {
    let server = Server::start(program)?;
    let measured = measure(&server, ids, measured_for)?;
    let commands_per_commit = commands_per_commit(&http::get(server.address(), "/metrics")?.1)?;
    server.terminate()?;
    let (_, end) = server.wait()?;
    if !end.success() {
        return Err(format!("the server did not stop cleanly: {end}").into());
    }
    Ok(Run { measured, commands_per_commit })
}

/// Fails unless the stored rows match the successful replies.
fn check_stored(answered: u64, mut count: impl FnMut(&str) -> Outcome<i64>) -> Outcome<()> {
    for rows in TABLES {
        let stored = count(&format!("SELECT count(*) FROM {rows}"))?;
        if u64::try_from(stored) != Ok(answered) {
            return Err(format!("{answered} successes were answered, but {stored} rows are in {rows}").into());
        }
    }
    Ok(())
}

fn commands_per_commit(metrics: &str) -> Outcome<f64> {
    let figure = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse::<f64>().ok()).ok_or_else(|| format!("/metrics has no {name}"))
    };
    Ok(figure("hotdesk_commit_commands_sum")? / figure("hotdesk_commit_commands_count")?)
}
