//! Replays the recorded scenarios of the real system over HTTP, and compares reply bytes, stored rows, the admin log
//! and the API log, in both reply dialects.

mod database;
mod login;
mod mail;
mod scenario;

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

use crate::program::hotdesk;
use crate::side_connection::SideConnection;
use crate::support::{Reply, Server};
use crate::{mariadb, vicidial_tables};
use database::{MoreTables, Snapshot};
use mail::TestMailer;
use scenario::Scenario;

/// Scenarios in which Hotdesk differs on purpose (docs/quirks.md) although the corpus does not mark them, each with the expected part of
/// the reply in both dialects.
const DIFFERENT_ON_PURPOSE: [(&str, &str); 3] = [
    // A part of a call id does not match, so the agent's call is gone.
    ("user_group_status/state-callerid-tail", "\nAGENTS|0|1|0|0|0|1|0|0\n"),
    // No source allows a call to a number that belongs to no phone.
    ("blind_monitor/queuemetrics-voicemail-server", "ERROR: blind_monitor INVALID PHONE LOGIN - 7275551212|6666\n"),
    // Markup in a note is escaped.
    ("container_list/notes-markup", "<td>&#60;b&#62;x&#60;/b&#62; &#38; y</td>"),
];

/// Scenarios with two live rows of one agent, which Hotdesk's own tables do not allow.
const TWO_ROWS: [&str; 3] = ["agent_status/two-rows", "user_group_status/state-two-rows", "logout/two-rows"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Documented,
    Vicidial,
}

/// The database for a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Sqlite,
    Mariadb,
    /// MariaDB with VICIdial's own tables.
    Vicidial,
    /// The same on a server with the local time of this zone.
    VicidialIn(&'static str),
}

impl On {
    /// Starts a server on a new database of this kind, with a separate connection to it; `None` if this machine lacks
    /// the database server.
    fn start(self, folder: &Path, flags: &[&str]) -> Option<(Server, SideConnection)> {
        if self == Self::Sqlite {
            let server = Server::start(folder, flags);
            let connection = SideConnection::Sqlite(server.database());
            return Some((server, connection));
        }
        let mariadb: &mariadb::Mariadb = match self {
            // The database server ends with this process.
            Self::VicidialIn(zone) => Box::leak(Box::new(mariadb::fast_server(zone)?)),
            _ => mariadb::server()?,
        };
        let address = mariadb.database();
        let (_, name) = address.rsplit_once('/').unwrap();
        if self.is_vicidial() {
            mariadb.run(name, &vicidial_tables::statements());
            let migrated = hotdesk(folder, ["migrate", "--database", &address]).output().unwrap();
            assert!(migrated.status.success(), "{migrated:?}");
        }
        let server = Server::start(folder, &[flags, &["--database", &address]].concat());
        Some((server, SideConnection::Mariadb(RefCell::new(mariadb.connect(name)))))
    }

    fn is_vicidial(self) -> bool {
        matches!(self, Self::Vicidial | Self::VicidialIn(_))
    }
}

/// Scenarios with a value that the column's type does not allow. VICIdial stores nothing; on VICIdial's tables, Hotdesk
/// refuses the value (docs/decisions/0006-mariadb.md).
const REFUSED_BY_THE_COLUMN: [&str; 1] = ["add_user/add_user-agent_choose_ingroups-v03"];

macro_rules! files {
    ($($file:ident)* ; functions $($function:ident)*) => {
        mod documented {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Documented, super::On::Sqlite); })*
            $(#[test] fn $function() { super::replay(stringify!($function), super::Dialect::Documented, super::On::Sqlite); })*
        }
        mod vicidial {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Vicidial, super::On::Sqlite); })*
            $(#[test] fn $function() { super::replay(stringify!($function), super::Dialect::Vicidial, super::On::Sqlite); })*
        }
        mod documented_on_mariadb {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Documented, super::On::Mariadb); })*
            $(#[test] fn $function() { super::replay(stringify!($function), super::Dialect::Documented, super::On::Mariadb); })*
        }
        mod vicidial_on_mariadb {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Vicidial, super::On::Mariadb); })*
            $(#[test] fn $function() { super::replay(stringify!($function), super::Dialect::Vicidial, super::On::Mariadb); })*
        }
        mod documented_on_vicidials_tables {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Documented, super::On::Vicidial); })*
        }
        mod vicidial_on_vicidials_tables {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Vicidial, super::On::Vicidial); })*
        }
    };
}

files! { version auth add_phone update_phone add_phone_alias update_phone_alias server_refresh filters
add_user copy_user update_user user_details logged_in_agents ;
functions agent_status user_group_status agent_campaigns campaigns_list blind_monitor update_remote_agent reset_password vm_list container_list
logout call_agent webserver webphone_url agc_version }

#[test]
fn local_times_of_new_york_change_nothing() {
    for file in ["auth", "add_phone_alias", "logged_in_agents"] {
        replay(file, Dialect::Documented, On::VicidialIn("America/New_York"));
    }
}

#[test]
fn local_times_of_kolkata_change_nothing() {
    for file in ["auth", "add_phone_alias"] {
        replay(file, Dialect::Vicidial, On::VicidialIn("Asia/Kolkata"));
    }
}

fn replay(file: &str, dialect: Dialect, on: On) {
    let folder = tempfile::tempdir().unwrap();
    let replies = if dialect == Dialect::Documented { "documented" } else { "vicidial" };
    let mailer = TestMailer::new(folder.path());
    // Scenarios of this file rename the caller's account, and the digest that replaces a password may follow only after that.
    // On VICIdial's own tables no digest may replace a password.
    let upgrade = if file == "blind_monitor" || on.is_vicidial() { "false" } else { "true" };
    let rules = ["--dialers", "queue", "--reachable-agents", "all", "--upgrade-passwords", upgrade];
    let flags = [&["--replies", replies, "--mail-command", mailer.path()], &rules[..]].concat();
    let started = on.start(folder.path(), &flags);
    let Some((server, database)) = started else { return };
    let seed = scenario::seed();
    let scenarios = scenario::read(file);
    let more = MoreTables::of(&scenarios);
    let (mut passed, mut failures) = (0, Vec::new());
    for scenario in scenarios {
        let left_out: &[&str] = if on.is_vicidial() { &REFUSED_BY_THE_COLUMN } else { &TWO_ROWS };
        if left_out.contains(&&*scenario.id) {
            continue;
        }
        database::set_up(&database, &seed, &more, &scenario.setup);
        mailer.prepare(scenario.mail_fails);
        let before = Snapshot::take(&database, &seed, &more);
        let replies: Vec<Reply> = scenario.requests.iter().map(|request| server.send(&request.bytes())).collect();
        let after = Snapshot::take(&database, &seed, &more);
        let judged = judge(&scenario, dialect, &replies, &before, &after);
        match judged.and_then(|()| mailer.judge(&scenario, &server)) {
            Ok(()) => passed += 1,
            Err(reason) => failures.push(format!("{} ({}): {reason}", scenario.id, scenario.title)),
        }
    }
    // Written directly to standard error, because the test harness captures the output of passing tests.
    let total = passed + failures.len();
    let _ = writeln!(std::io::stderr(), "corpus {file}, {replies}, {on:?}: {passed} of {total}");
    assert!(failures.is_empty(), "{} of {total} scenarios of {file}:\n{}", failures.len(), failures.join("\n"));
    assert!(passed > 0, "no scenario of {file} was replayed");
    assert_eq!(server.stop(), Some(0), "the server stops cleanly");
}

fn judge(
    scenario: &Scenario,
    dialect: Dialect,
    replies: &[Reply],
    before: &Snapshot,
    after: &Snapshot,
) -> Result<(), String> {
    if let Some(rule) = &scenario.differs {
        return scenario::judge_difference(rule, scenario, dialect == Dialect::Documented, replies, before, after);
    }
    if let Some((_, wanted)) = DIFFERENT_ON_PURPOSE.iter().find(|(id, _)| *id == scenario.id) {
        let other = replies.iter().find(|reply| reply.status != 200 || !reply.body.contains(wanted));
        return other
            .map_or(Ok(()), |other| Err(format!("reply {} {:?}, wanted {wanted:?}", other.status, other.body)));
    }
    for (request, reply) in scenario.requests.iter().zip(replies) {
        let wanted = match dialect {
            Dialect::Documented => request.documented.as_deref(),
            Dialect::Vicidial => request.vicidial.as_deref(),
        };
        if let Some(wanted) = &request.table {
            let found = scenario::table(&reply.body);
            if reply.status != 200 || found != *wanted {
                return Err(format!("table {} {found:?}, wanted {wanted:?}", reply.status));
            }
        }
        if let Some(wanted) = &request.redirects_to {
            let goes_there = reply.head.contains(&format!("\r\nlocation: {}\r\n", wanted.to_ascii_lowercase()));
            if !goes_there || !reply.body.starts_with(&request.lines_before) {
                return Err(format!("redirect {} {}", reply.head, reply.body));
            }
        }
        let Some(wanted) = wanted else { continue };
        if reply.status != 200 || !scenario::matches(wanted, &reply.body) {
            return Err(format!("reply {} {:?}, wanted {wanted:?}", reply.status, reply.body));
        }
    }
    after.compare_rows(&before.changed_by(&scenario.state))?;
    after.compare_admin_log(scenario.admin_log.as_deref())?;
    after.compare_api_log(scenario.api_log.as_deref())
}
