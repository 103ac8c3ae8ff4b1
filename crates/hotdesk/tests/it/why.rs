//! Tests of `hotdesk why`.

use rusqlite::Connection;

use crate::sandbox::Sandbox;

/// The demonstration fleet with an alias, conferences on every dialer, and a heartbeat of two of its three dialers.
fn floor() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.toml", include_str!("../../demo/fleet.toml"));
    assert_eq!(sandbox.run(&["apply", "fleet.toml"]).code, 0);
    Connection::open(sandbox.path("hotdesk.db"))
        .unwrap()
        .execute_batch(
            "INSERT INTO phones_alias (alias_id, logins_list) VALUES ('xyz100', '100a,100b,100c,nosuch');
             INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT '8600051', server_ip FROM servers;
             INSERT INTO server_updater SELECT server_ip, datetime('now') FROM servers WHERE server_ip <> '10.0.9.10';
             INSERT INTO vicidial_live_agents (user, server_ip, extension) VALUES ('a', '10.0.9.9', 'SIP/1'), ('b', '10.0.9.9', 'SIP/2');",
        )
        .unwrap();
    sandbox
}

const ONLY_THE_SERVER: &str = "This result is based on the database only. A running server also considers each dialer's health \
    and which phones are registered: GET /api/v1/decision.";

#[test]
fn it_shows_the_order_of_phones_and_why_others_are_left_out() {
    let ended = floor().run(&["why", "XYZ100"]);
    assert_eq!(
        ended.lines(),
        [
            "1. 100a on 10.0.9.8: 0 seats <- least loaded",
            "2. 100b on 10.0.9.9: 2 seats",
            "-  100c on 10.0.9.10: its dialer has never sent a heartbeat",
            "-  nosuch: no phone has this login",
            ONLY_THE_SERVER,
        ]
    );
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}

#[test]
fn it_fails_where_a_login_would() {
    let ended = floor().run(&["why", "100c"]);
    assert_eq!(ended.lines()[0], "no phone of this login is available");
    assert_eq!(ended.lines().last(), Some(&ONLY_THE_SERVER));
    assert_eq!(ended.code, 1);
    let ended = floor().run(&["why", "xyz100", "--campaign", "NOSUCH"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, "hotdesk: the campaign NOSUCH does not exist\n"));
    let sandbox = Sandbox::new();
    let ended = sandbox.run(&["why", "xyz100"]);
    assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{}", ended.err);
    assert!(!sandbox.path("hotdesk.db").exists(), "the command creates no database");
}

/// The number of seconds in a line, and the line with `N` instead.
fn without_seconds(line: &str) -> (u32, String) {
    let (before, rest) = line.split_once("last heartbeat ").unwrap();
    let (seconds, after) = rest.split_once(' ').unwrap();
    (seconds.parse().unwrap(), format!("{before}last heartbeat N {after}"))
}

#[test]
fn it_shows_how_old_a_dialers_heartbeat_is() {
    let sandbox = floor();
    sandbox.rows("UPDATE server_updater SET last_update = datetime('now', '-60 seconds') RETURNING 1");
    sandbox.rows("UPDATE servers SET active = 'N' WHERE server_ip = '10.0.9.9' RETURNING 1");
    let ended = sandbox.run(&["why", "xyz100"]);
    let (age, rung) = without_seconds(ended.lines()[0]);
    assert_eq!(rung, "1. 100a on 10.0.9.8: 0 seats, last heartbeat N seconds ago <- least loaded");
    assert!((60..90).contains(&age), "{age}");
    let (_, left_out) = without_seconds(ended.lines()[1]);
    assert_eq!(left_out, "-  100b on 10.0.9.9: its dialer is not active, last heartbeat N seconds ago");
    assert_eq!(ended.code, 0);
}

#[test]
fn it_changes_nothing() {
    let sandbox = floor();
    let rows =
        || sandbox.rows("SELECT extension FROM vicidial_conferences UNION ALL SELECT user FROM vicidial_live_agents");
    let before = rows();
    assert_eq!(sandbox.run(&["why", "xyz100"]).code, 0);
    assert_eq!(rows(), before);
}
