//! The recorded scenarios of the real system, replayed over HTTP against the real server: reply bytes, the rows they left,
//! the admin log and the API log, in both dialects.

mod database;
mod login;
mod scenario;

use std::io::Write;

use crate::support::{Reply, Server};
use database::Snapshot;
use scenario::Scenario;

/// Scenarios in which Hotdesk differs on purpose although the corpus does not say so, each with its reason
/// (docs/quirks.md).
const DIFFERENT_ON_PURPOSE: [(&str, &str); 0] = [];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Documented,
    Vicidial,
}

macro_rules! files {
    ($($file:ident)*) => {
        mod documented {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Documented); })*
        }
        mod vicidial {
            $(#[test] fn $file() { super::replay(stringify!($file), super::Dialect::Vicidial); })*
        }
    };
}

files! { version auth add_phone update_phone add_phone_alias update_phone_alias server_refresh filters
add_user copy_user update_user user_details logged_in_agents }

fn replay(file: &str, dialect: Dialect) {
    let folder = tempfile::tempdir().unwrap();
    let replies = if dialect == Dialect::Documented { "documented" } else { "vicidial" };
    let server = Server::start(folder.path(), &["--replies", replies, "--dialers", "queue"]);
    let database = server.database();
    let seed = scenario::seed();
    let (mut passed, mut failures) = (0, Vec::new());
    for scenario in scenario::read(file) {
        if DIFFERENT_ON_PURPOSE.iter().any(|(id, _)| *id == scenario.id) {
            continue;
        }
        database::put_in_place(&database, &seed, &scenario.setup);
        let before = Snapshot::take(&database, &seed);
        let replies: Vec<Reply> = scenario.requests.iter().map(|request| server.send(&request.bytes())).collect();
        let after = Snapshot::take(&database, &seed);
        match judge(&scenario, dialect, &replies, &before, &after) {
            Ok(()) => passed += 1,
            Err(reason) => failures.push(format!("{} ({}): {reason}", scenario.id, scenario.title)),
        }
    }
    // Past the test harness, which keeps what passing tests print to itself.
    let total = passed + failures.len();
    let _ = writeln!(std::io::stderr(), "corpus {file}, {replies}: {passed} of {total}");
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
    for (request, reply) in scenario.requests.iter().zip(replies) {
        let wanted = match dialect {
            Dialect::Documented => request.documented.as_deref(),
            Dialect::Vicidial => request.vicidial.as_deref(),
        };
        let Some(wanted) = wanted else { continue };
        if reply.status != 200 || !scenario::matches(wanted, &reply.body) {
            return Err(format!("reply {} {:?}, wanted {wanted:?}", reply.status, reply.body));
        }
    }
    after.compare_rows(&before.changed_by(&scenario.state))?;
    after.compare_admin_log(scenario.admin_log.as_deref())?;
    after.compare_api_log(scenario.api_log.as_deref())
}
