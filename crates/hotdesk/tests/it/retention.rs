//! Retention: old sessions are deleted.

use crate::program::serve;
use crate::sandbox::Sandbox;
use crate::server::Server;

/// An agent who never logged out, and sessions that ended long ago and just now.
const SESSIONS: &str = "INSERT INTO hotdesk_session (user, state, began, ended) VALUES
         ('open', 'live', '2001-01-01 00:00:00', NULL), ('old', 'ended', '2001-01-01 00:00:00', '2001-01-02 00:00:00'),
         ('new', 'ended', '2001-01-01 00:00:00', datetime('now'))";

fn kept(flags: &[&str]) -> Vec<String> {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["migrate"]).code, 0);
    let fill = format!("{SESSIONS} RETURNING 1");
    assert_eq!(sandbox.rows(&fill).len(), 3);
    // A row that the first cleanup deletes in any case.
    sandbox.rows("INSERT INTO vicidial_api_log (api_date) VALUES ('2001-01-01 00:00:00') RETURNING 1");
    sandbox.rows("INSERT INTO vicidial_admin_log (event_date) VALUES ('2001-01-01 00:00:00') RETURNING 1");
    let server = Server::start(serve(&sandbox.path(".")).args(["--dialers", "queue"]).args(flags)).unwrap();
    let users = || sandbox.rows("SELECT user FROM hotdesk_session ORDER BY session_id");
    for _ in 0..100 {
        let has_looked = sandbox.rows("SELECT 1 FROM vicidial_api_log").is_empty();
        if has_looked && users().len() < 3 {
            break;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    server.terminate().unwrap();
    server.wait().unwrap();
    users()
}

#[test]
fn sessions_that_ended_long_ago_are_deleted_and_an_open_one_stays() {
    assert_eq!(kept(&[]), ["open", "new"]);
}

#[test]
fn retention_can_be_switched_off() {
    assert_eq!(kept(&["--session-days", "0"]), ["open", "old", "new"]);
}
