//! One measurement of Hotdesk: on a database of its own, and counted against what is stored afterwards.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::measure::{Ids, Measured, measure};
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{Outcome, fleet, http};

/// What Hotdesk did under load.
pub struct Run {
    pub measured: Measured,
    pub commands_per_commit: f64,
}

/// Measures Hotdesk with so many phones in its database.
pub fn run(phones: u32, ids: Ids, measured_for: Duration) -> Outcome<Run> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let database = folder.path().join("hotdesk.db");
    if !hotdesk(folder.path(), ["migrate"]).output()?.status.success() {
        return Err("`hotdesk migrate` failed".into());
    }
    fleet::fill(&database, phones)?;
    let server = Server::start(&mut serve(folder.path()))?;
    let measured = measure(&server, ids, measured_for)?;
    let commands_per_commit = commands_per_commit(&http::get(server.address(), "/metrics")?.1)?;
    server.terminate()?;
    let end = server.wait()?;
    if !end.success() {
        return Err(format!("the server did not stop well: {end}").into());
    }
    check_stored(&database, measured.successes)?;
    Ok(Run { measured, commands_per_commit })
}

/// Fails unless exactly what was answered is stored.
fn check_stored(database: &Path, answered: u64) -> Outcome<()> {
    let connection = Connection::open(database)?;
    for rows in ["phones_alias", "vicidial_admin_log", "vicidial_api_log WHERE result = 'SUCCESS'"] {
        let stored: i64 = connection.query_row(&format!("SELECT count(*) FROM {rows}"), [], |row| row.get(0))?;
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
