//! Crash safety: the writes of an acknowledged call survive a kill completely.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use crate::load::{self, Reply, Work};
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{fleet_rows, http};

const CONNECTIONS: usize = 32;

/// Each round kills its server after this time, plus up to [`WITHIN`].
const NOT_BEFORE: Duration = Duration::from_millis(30);
const WITHIN: Duration = Duration::from_millis(700);

/// An endless series of new aliases, and those that were acknowledged.
#[derive(Default)]
struct Aliases {
    sent: u64,
    acknowledged: BTreeSet<String>,
    refused: Vec<String>,
}

impl Work for Aliases {
    fn next(&mut self, _: Instant, request: &mut Vec<u8>) -> Option<u64> {
        self.sent += 1;
        fleet_rows::write_call(request, &alias_id(self.sent));
        Some(self.sent)
    }

    fn answered(&mut self, number: u64, reply: Reply<'_>, _: Instant, _: Instant) {
        if reply.is_success {
            self.acknowledged.insert(alias_id(number));
        } else {
            self.refused.push(String::from_utf8_lossy(reply.body).into_owned());
        }
    }
}

fn alias_id(number: u64) -> String {
    format!("k{number:09}")
}

#[test]
fn every_acknowledged_alias_survives_a_kill() {
    let rounds = std::env::var("HOTDESK_CRASH_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
    let mut acknowledged = 0;
    for round in 1..=rounds {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let database = folder.path().join("hotdesk.db");
        assert!(hotdesk(folder.path(), ["migrate"]).output().unwrap().status.success());
        fleet_rows::fill(&database, 0).unwrap();
        let aliases = load_until_killed(folder.path(), round);
        assert_eq!(aliases.refused, Vec::<String>::new(), "round {round}");

        let server = Server::start(&mut serve(folder.path())).unwrap();
        let mut request = Vec::new();
        fleet_rows::write_call(&mut request, "after");
        let target = String::from_utf8(request).unwrap();
        let (status, reply) = http::get(server.address(), target.split(' ').nth(1).unwrap()).unwrap();
        assert_eq!((status, &reply[..8]), (200, "SUCCESS:"), "round {round}: {reply}");
        server.terminate().unwrap();
        assert_eq!(server.wait().unwrap().1.code(), Some(0), "round {round}");

        assert_nothing_is_lost_or_partial(&database, &aliases, round);
        acknowledged += aliases.acknowledged.len();
        eprintln!("round {round}: {} of {} acknowledged before the kill", aliases.acknowledged.len(), aliases.sent);
    }
    assert!(acknowledged > 0, "no round acknowledged an alias before its kill");
}

/// Sends calls to a server, and kills it at a time that depends on the round.
fn load_until_killed(folder: &Path, round: u64) -> Aliases {
    let server = Server::start(&mut serve(folder)).unwrap();
    let address = server.address();
    let work = Rc::new(RefCell::new(Aliases::default()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let end = runtime.block_on(async {
        let kill = async move {
            tokio::time::sleep(moment_of(round)).await;
            drop(server);
            // The connections end with the server.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            end = load::run(address, CONNECTIONS, &work) => end,
            () = kill => Ok(()),
        }
    });
    assert!(end.is_err(), "round {round}: the server still answered after the kill");
    work.take()
}

/// A fixed time for each round, spread over [`WITHIN`].
fn moment_of(round: u64) -> Duration {
    let mixed = round.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32;
    NOT_BEFORE + WITHIN * u32::try_from(mixed % 1000).unwrap() / 1000
}

fn assert_nothing_is_lost_or_partial(database: &Path, aliases: &Aliases, round: u64) {
    let connection = Connection::open(database).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok", "round {round}");

    let stored = rows(&connection, "SELECT alias_id, alias_name || '/' || logins_list FROM phones_alias");
    let mut lost = aliases.acknowledged.iter().filter(|alias_id| !stored.contains_key(*alias_id));
    assert_eq!(lost.next(), None, "round {round}: acknowledged, but not stored");
    for (alias_id, values) in &stored {
        assert_eq!(*values, format!("Alias {alias_id}/{}", fleet_rows::LOGINS), "round {round}");
    }

    let added = "SELECT record_id, event_notes FROM vicidial_admin_log
                 WHERE event_section = 'PHONEALIASES' AND event_type = 'ADD' AND user = '6666'";
    let logged = rows(&connection, added);
    assert!(logged.keys().eq(stored.keys()), "round {round}: aliases and the admin log differ");
    assert!(logged.values().all(|notes| *notes == format!("phones: {}", fleet_rows::LOGINS)), "round {round}");

    let count = |sql| usize::try_from(connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap();
    assert_eq!(count("SELECT count(*) FROM phones_alias"), stored.len(), "round {round}");
    assert_eq!(count("SELECT count(*) FROM vicidial_admin_log"), stored.len(), "round {round}");
    let successes = "SELECT count(*) FROM vicidial_api_log WHERE function = 'add_phone_alias' AND result = 'SUCCESS'";
    assert_eq!(count(successes), stored.len(), "round {round}: aliases and the API log differ");
}

fn rows(connection: &Connection, sql: &str) -> BTreeMap<String, String> {
    let mut select = connection.prepare(sql).unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
