//! An import that is killed leaves either nothing or everything.

use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

use tokio::time::Instant;

use super::sandbox;
use crate::program::hotdesk;
use crate::sandbox::Sandbox;

const PHONES: usize = 10_000;

/// Sizes of the write-ahead log at which the import is killed: during the work, at the start of the commit, and within
/// the commit.
const KILLED_AT: [u64; 4] = [0, 1, 500_000, 2_000_000];

fn sheet() -> String {
    let mut sheet = "extension,server_ip,phone_login\n".to_owned();
    for number in 0..PHONES {
        writeln!(sheet, "x{number:05},10.0.9.8,x{number:05}a").unwrap();
    }
    sheet
}

/// Kills an import once the write-ahead log has this many bytes. Returns whether the import was still running.
fn kill_import(sandbox: &Sandbox, at: u64) -> bool {
    let folder = sandbox.path("");
    let mut import = hotdesk(&folder, ["import", "phones", "many.csv"]);
    let mut child = import.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let log = sandbox.path("hotdesk.db-wal");
    let deadline = Instant::now() + Duration::from_mins(1);
    let was_running = loop {
        assert!(Instant::now() < deadline, "the import takes too long");
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        if std::fs::metadata(&log).is_ok_and(|log| log.len() >= at) {
            break true;
        }
    };
    drop(child.kill());
    child.wait().unwrap();
    was_running
}

#[test]
fn a_killed_import_leaves_nothing_or_everything() {
    let mut left = Vec::new();
    for at in KILLED_AT {
        let sandbox = sandbox();
        sandbox.write("many.csv", &sheet());
        let was_running = kill_import(&sandbox, at);
        let count = |sql| sandbox.rows(sql)[0].parse::<usize>().unwrap();
        let phones = count("SELECT count(*) FROM phones");
        assert!(phones == 0 || phones == PHONES, "{phones} of {PHONES} at {at}");
        assert_eq!(count("SELECT count(*) FROM vicidial_admin_log WHERE event_section = 'PHONES'"), phones);
        assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["ok"]);
        let again = sandbox.run(&["import", "phones", "many.csv"]);
        assert_eq!(again.code, 0, "{}", again.err);
        assert_eq!(count("SELECT count(*) FROM phones"), PHONES);
        left.push((was_running, phones));
    }
    assert!(left.contains(&(true, 0)), "none was interrupted: {left:?}");
}
