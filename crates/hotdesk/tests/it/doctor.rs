//! Tests of `hotdesk doctor`.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::sandbox::Sandbox;
use crate::simulate::Simulated;

const FLEET: &str = include_str!("../../demo/fleet.toml");

fn sandbox_with_fleet() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.toml", FLEET);
    assert_eq!(sandbox.run(&["apply", "fleet.toml"]).code, 0);
    sandbox
}

/// Runs the doctor after this statement. Returns its exit code and its lines.
fn after(statement: &str) -> (i32, Vec<String>) {
    let sandbox = sandbox_with_fleet();
    sandbox.rows(&format!("{statement} RETURNING 1"));
    let ended = sandbox.run(&["doctor"]);
    assert_eq!(ended.err, "");
    (ended.code, ended.lines().into_iter().map(str::to_owned).collect())
}

#[test]
fn the_demonstration_fleet_has_no_problems() {
    let ended = sandbox_with_fleet().run(&["doctor"]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (0, "no problems found\n", ""));
}

#[test]
fn a_missing_database_is_reported_and_not_created() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run(&["doctor"]);
    assert_eq!(
        (ended.code, ended.lines()),
        (
            1,
            vec![
                "wrong: the database hotdesk.db does not exist: run `hotdesk migrate` to create it, or choose another with --database"
            ]
        )
    );
    assert!(!sandbox.path("hotdesk.db").exists());
}

#[test]
fn a_database_that_other_users_can_read_is_reported() {
    let sandbox = sandbox_with_fleet();
    std::fs::set_permissions(sandbox.path("hotdesk.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = sandbox.run(&["doctor"]);
    assert_eq!(
        (ended.code, ended.lines()),
        (
            1,
            vec![
                "wrong: hotdesk.db contains passwords, and other users can access it (mode 644): run `chmod 600 hotdesk.db`"
            ]
        )
    );
}

#[test]
fn damaged_and_invalid_database_files_are_reported_in_one_line() {
    let sandbox = Sandbox::new();
    sandbox.write("hotdesk.db", &"this is no database ".repeat(100));
    std::fs::set_permissions(sandbox.path("hotdesk.db"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let ended = sandbox.run(&["doctor"]);
    assert_eq!((ended.code, ended.lines().len(), ended.err.as_str()), (1, 1, ""));
    assert!(ended.out.contains("file is not a database"), "{}", ended.out);

    let sandbox = sandbox_with_fleet();
    let mut bytes = std::fs::read(sandbox.path("hotdesk.db")).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5A);
    std::fs::write(sandbox.path("hotdesk.db"), bytes).unwrap();
    let ended = sandbox.run(&["doctor"]);
    assert_eq!((ended.code, ended.lines().len(), ended.err.as_str()), (1, 1, ""), "{}", ended.out);
    assert!(ended.out.contains("restore the latest backup"), "{}", ended.out);
}

#[test]
fn another_schema_version_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.write("hotdesk.db", "");
    std::fs::set_permissions(sandbox.path("hotdesk.db"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let none = sandbox.run(&["doctor"]);
    assert_eq!((none.code, none.lines()), (1, vec!["wrong: hotdesk.db has no tables yet: run `hotdesk migrate`"]));
    sandbox.rows("PRAGMA user_version = 99");
    let newer = sandbox.run(&["doctor"]);
    assert_eq!(newer.code, 1);
    assert!(newer.out.contains("have schema version 99") && newer.out.contains("use a newer Hotdesk"), "{}", newer.out);
    sandbox.rows("PRAGMA user_version = -1");
    let older = sandbox.run(&["doctor"]);
    assert!(
        older.out.contains("have schema version -1") && older.out.contains("run `hotdesk migrate`"),
        "{}",
        older.out
    );
}

#[test]
fn a_fleet_without_an_administrator_is_reported() {
    let (code, lines) = after("UPDATE vicidial_users SET ast_admin_access = '0'");
    assert_eq!((code, lines.len()), (1, 1));
    assert!(lines[0].starts_with("wrong: no account can administrate: run `hotdesk user add "), "{}", lines[0]);
}

#[test]
fn aliases_with_missing_members_or_two_on_one_dialer_are_reported() {
    let (code, lines) = after("INSERT INTO phones_alias (alias_id, logins_list) VALUES ('xyz100', '100a,101a,gone')");
    assert_eq!(code, 1);
    assert!(
        lines[0].starts_with(r#"wrong: alias xyz100 contains the login "gone", which no phone has: "#),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("wrong: alias xyz100 contains 2 phones on the dialer 10.0.9.8 (100a, 101a)"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with(
            "wrong: Hotdesk has no account on the dialer 10.0.9.8, so it cannot ring phones on it, but alias xyz100 has phones on it: set "
        ),
        "{}",
        lines[2]
    );
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_phone_without_its_dialer_is_reported() {
    let (code, lines) = after("UPDATE phones SET server_ip = '10.9.9.9' WHERE login = '100a'");
    assert_eq!((code, lines.len()), (1, 1));
    assert!(lines[0].starts_with("wrong: phone 10.9.9.9/100 is on the dialer 10.9.9.9, which does not exist"));
}

#[test]
fn a_login_of_two_phones_is_reported() {
    let (code, lines) = after("UPDATE phones SET login = '100A' WHERE login = '100b'");
    assert_eq!((code, lines.len()), (1, 1));
    assert!(
        lines[0].starts_with(r#"wrong: 2 phones (10.0.9.8/100, 10.0.9.9/100) have the same login "100a": "#),
        "{}",
        lines[0]
    );
}

#[test]
fn functions_that_never_match_are_reported() {
    let (code, lines) = after("UPDATE vicidial_users SET api_allowed_functions = 'add_phone'");
    assert_eq!((code, lines.len()), (1, 1));
    assert!(lines[0].starts_with("wrong: user 6666 can never call add_phone, since "), "{}", lines[0]);
}

#[test]
fn plain_passwords_and_missing_groups_are_hints() {
    let (code, lines) = after("UPDATE vicidial_users SET pass = 'hunter2', user_group = 'GONE'");
    assert_eq!((code, lines.len()), (0, 3));
    assert!(lines[0].starts_with("hint: passwords are stored as plain text, for 6666: "), "{}", lines[0]);
    assert!(lines[1].starts_with("hint: the user group GONE does not exist, but is used by user 6666: "));
    assert_eq!(lines[2], "no problems found");
    assert!(lines.iter().all(|line| !line.contains("hunter2")));
}

const ACCOUNT: &str = "ASTmgrUSERNAME = 'hotdesk', ASTmgrSECRET = 'Sesame'";

#[test]
fn invalid_manager_settings_of_a_dialer_are_reported() {
    let (code, lines) =
        after(&format!("UPDATE servers SET {ACCOUNT}, telnet_host = '10.0.9.300' WHERE server_ip = '10.0.9.8'"));
    assert_eq!(code, 1);
    assert_eq!(
        lines,
        [
            "wrong: the manager interface of the dialer 10.0.9.8 has an invalid address, \"10.0.9.300\": correct telnet_host \
             with `hotdesk apply`",
            "hint: the dialer 10.0.9.8 has no conferences yet: start `hotdesk serve`, which creates them",
        ]
    );
    let (code, lines) = after(&format!("UPDATE servers SET {ACCOUNT}, telnet_host = '10.0.9.8'"));
    assert_eq!(code, 1);
    assert!(
        lines[0].starts_with(
            "wrong: the dialers 10.0.9.8, 10.0.9.9, 10.0.9.10 have the same manager interface, 10.0.9.8:5038: correct telnet_host"
        ),
        "{}",
        lines[0]
    );
    assert!(lines.iter().all(|line| !line.contains("Sesame")));
}

#[test]
fn dialers_with_no_or_few_conferences_are_reported() {
    let sandbox = sandbox_with_fleet();
    sandbox.rows(&format!("UPDATE servers SET {ACCOUNT} RETURNING 1"));
    sandbox.rows("INSERT INTO vicidial_confbridges (conf_exten, server_ip) VALUES (8600051, '10.0.9.8') RETURNING 1");
    sandbox.rows(
        "INSERT INTO vicidial_conferences (conf_exten, server_ip, extension)
         VALUES (8600051, '10.0.9.9', ''), (8600052, '10.0.9.9', 'SIP/100'), (8600051, '10.0.9.10', 'SIP/100') RETURNING 1",
    );
    let ended = sandbox.run(&["doctor"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    let lines = ended.lines();
    assert!(
        lines[0].starts_with("wrong: the dialer 10.0.9.8 has no conferences in vicidial_conferences, so"),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("wrong: the dialer 10.0.9.10 has 0 of 1 conferences free: add some"), "{}", lines[1]);
    assert!(lines[2].starts_with("hint: the dialer 10.0.9.9 has 1 of 2 conferences free: add some"), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
}

#[test]
fn sessions_on_a_deleted_dialer_are_reported() {
    let open = "INSERT INTO hotdesk_session (user, server_ip, began) VALUES ('7001', '10.9.9.9', ''), ('7002', '10.9.9.9', '')";
    let (code, lines) = after(open);
    assert_eq!((code, lines.len()), (1, 1));
    assert!(
        lines[0].starts_with(
            "wrong: the sessions of 2 agents (7001, 7002) are open on the dialer 10.9.9.9, which does not exist: add the dialer again"
        ),
        "{}",
        lines[0]
    );
}

/// A fleet with one active dialer at this local port, with this secret; the others are inactive.
fn sandbox_with_dialer_at(port: u16, secret: &str) -> Sandbox {
    let sandbox = sandbox_with_fleet();
    sandbox.rows("UPDATE servers SET active = 'N' RETURNING 1");
    sandbox.rows(&format!(
        "UPDATE servers SET active = 'Y', telnet_host = '127.0.0.1', telnet_port = {port}, ASTmgrUSERNAME = 'hotdesk',
                ASTmgrSECRET = '{secret}' WHERE server_ip = '10.0.9.8' RETURNING 1"
    ));
    sandbox.rows("INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT 8600000 + value, '10.0.9.8' FROM json_each('[51,52,53,54,55]') RETURNING 1");
    sandbox
}

#[test]
fn dialers_are_contacted_only_on_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let sandbox = sandbox_with_dialer_at(port, "kept");
    listener.set_nonblocking(true).unwrap();
    assert_eq!(sandbox.run(&["doctor"]).out, "no problems found\n");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    // A listener that accepts connections and does not respond.
    let asked = sandbox.run(&["doctor", "--dialers"]);
    assert_eq!(
        (asked.code, asked.out.as_str()),
        (
            1,
            &*format!(
                "wrong: the manager interface of the dialer 10.0.9.8 (127.0.0.1:{port}) does not respond: check whether Asterisk hangs, \
                 and restart it\n"
            )
        )
    );
    drop(listener);
    let refused = sandbox.run(&["doctor", "--dialers"]);
    assert!(
        refused.out.contains(&format!("(127.0.0.1:{port}) refuses connections: start Asterisk with")),
        "{}",
        refused.out
    );
}

#[test]
fn a_dialer_that_refuses_the_login_is_reported() {
    let simulated = Simulated::start("kept");
    let asked = sandbox_with_dialer_at(simulated.port, "kept").run(&["doctor", "--dialers"]);
    assert_eq!((asked.code, asked.out.as_str()), (0, "no problems found\n"));
    let asked = sandbox_with_dialer_at(simulated.port, "Sesame").run(&["doctor", "--dialers"]);
    assert_eq!(asked.code, 1);
    assert!(asked.out.contains(" refuses the account hotdesk: set the same user and secret"), "{}", asked.out);
    assert!(!asked.out.contains("Sesame") && asked.err.is_empty(), "{}{}", asked.out, asked.err);
}

#[test]
fn a_dialer_that_requires_tls_is_never_contacted_without() {
    let simulated = Simulated::start("kept");
    let sandbox = sandbox_with_dialer_at(simulated.port, "kept");
    sandbox.rows("INSERT INTO hotdesk_dialer (server_ip, ami_tls) VALUES ('10.0.9.8', 'Y') RETURNING 1");
    let asked = sandbox.run(&["doctor", "--dialers"]);
    assert_eq!(asked.code, 1);
    assert!(
        asked.out.contains(" was not tested (no certificate authority is set (ami_ca)): set ami_ca"),
        "{}",
        asked.out
    );
    sandbox.write("ca.pem", &rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem());
    sandbox.write("hotdesk.toml", "ami_ca = \"ca.pem\"\n");
    let asked = sandbox.run(&["doctor", "--dialers", "--config", "hotdesk.toml"]);
    assert_eq!(asked.code, 1);
    assert!(asked.out.contains(" does not support TLS (it offers no usable TLS: "), "{}", asked.out);
}

#[test]
fn with_the_queue_driver_accounts_are_not_needed_but_conferences_are() {
    let sandbox = sandbox_with_fleet();
    sandbox.rows("INSERT INTO phones_alias (alias_id, logins_list) VALUES ('xyz100', '100a') RETURNING 1");
    sandbox.write("hotdesk.toml", "dialers = \"queue\"\n");
    let ended = sandbox.run(&["doctor", "--dialers", "--config", "hotdesk.toml"]);
    let lines = ended.lines();
    assert_eq!((ended.code, lines.len()), (1, 3), "{}", ended.out);
    assert!(
        lines
            .iter()
            .all(|line| line.contains(" has no conferences in vicidial_conferences, so no agent can log in on it: "))
    );
}
