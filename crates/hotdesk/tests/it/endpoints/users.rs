//! Users that are added and changed through the Non-Agent API.

use super::server;
use crate::support::Server;

const AS_ADMINISTRATOR: &str = "source=test&user=6666&pass=1234";
const WRONG: &str = "ERROR: INVALID USERNAME OR PASSWORD\n";

/// The server of [`super::server`], whose administrator may change users.
fn fixture() -> (tempfile::TempDir, Server) {
    let (folder, server) = server(&[]);
    server
        .database()
        .execute_batch(
            "UPDATE vicidial_users SET modify_users = '1', view_reports = '1';
             INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN'), ('AGENTS');",
        )
        .unwrap();
    (folder, server)
}

fn add(server: &Server, pass: &str) -> String {
    let fields = "agent_user=2001&agent_user_level=7&agent_full_name=New&agent_user_group=AGENTS";
    server.call(&format!("{AS_ADMINISTRATOR}&function=add_user&{fields}&agent_pass={pass}")).body
}

/// Calls the API as user 2001 with this password.
fn authenticate(server: &Server, pass: &str) -> String {
    server.call(&format!("source=test&user=2001&pass={pass}&function=user_details&agent_user=2001")).body
}

fn digests(server: &Server) -> i64 {
    let select = "SELECT count(*) FROM hotdesk_credentials WHERE user = '2001' AND digest LIKE '$argon2id$%'";
    server.database().query_row(select, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_new_user_can_log_in_and_the_password_is_stored_as_a_digest() {
    let (_folder, server) = fixture();
    assert_eq!(add(&server, "first-1"), "SUCCESS: add_user USER HAS BEEN ADDED - 6666|2001|first-1|7|New|AGENTS\n");
    assert_eq!(digests(&server), 1);
    let stored: String = server
        .database()
        .query_row("SELECT pass FROM vicidial_users WHERE user = '2001'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, "");
    assert!(
        authenticate(&server, "first-1").contains("DOES NOT HAVE PERMISSION"),
        "{}",
        authenticate(&server, "first-1")
    );
    assert_eq!(authenticate(&server, "first-2"), WRONG);
}

#[test]
fn a_changed_password_takes_effect_at_once() {
    let (_folder, server) = fixture();
    add(&server, "first-1");
    assert!(
        authenticate(&server, "first-1").contains("PERMISSION"),
        "the old password is in the cache of verified passwords"
    );
    let changed = server.call(&format!("{AS_ADMINISTRATOR}&function=update_user&agent_user=2001&agent_pass=second-2"));
    assert_eq!(changed.body, "SUCCESS: update_user USER HAS BEEN UPDATED - 6666|2001|\n");
    assert_eq!(authenticate(&server, "first-1"), WRONG);
    assert!(authenticate(&server, "second-2").contains("PERMISSION"));
}

#[test]
fn an_invalid_password_is_refused_and_not_repeated_in_the_reply_of_update_user() {
    let (_folder, server) = fixture();
    add(&server, "first-1");
    for pass in ["x".to_owned(), "y".repeat(101)] {
        let refused =
            server.call(&format!("{AS_ADMINISTRATOR}&function=update_user&agent_user=2001&agent_pass={pass}"));
        let wanted = "ERROR: update_user YOU MUST USE A VALID PASSWORD, THIS IS AN OPTIONAL FIELD - 6666|\n";
        assert_eq!(refused.body, wanted);
    }
    assert!(authenticate(&server, "first-1").contains("PERMISSION"), "the password has not changed");
}

#[test]
fn errors_carry_the_data_that_vicidial_puts_there() {
    let (_folder, server) = fixture();
    let add_phone = "function=add_phone&extension=cc300&dialplan_number=300&voicemail_id=300&phone_login=login300\
                     &phone_pass=test&server_ip=10.0.9.8&protocol=SIP&registration_password=test&phone_full_name=x\
                     &local_gmt=-5.00&outbound_cid=7275551212&template_id=nosuch";
    for (call, line) in [
        (
            "function=update_user&agent_user=nosuch&server_ip=10.0.9.8",
            "ERROR: update_user USER DOES NOT EXIST - 6666|10.0.9.8",
        ),
        (
            "function=update_phone&extension=100&server_ip=10.0.9.8&phone_ring_timeout=1&outbound_alt_cid=7275551212",
            "ERROR: update_phone PHONE RING TIMEOUT MUST BE FROM 2 TO 180 SECONDS, THIS IS AN OPTIONAL FIELD - \
             6666|7275551212",
        ),
        (add_phone, "ERROR: add_phone TEMPLATE ID DOES NOT EXIST, THIS IS AN OPTIONAL FIELD - 6666|login300|nosuch"),
    ] {
        assert_eq!(server.call(&format!("{AS_ADMINISTRATOR}&{call}")).body, format!("{line}\n"), "{call}");
    }
    server.database().execute("UPDATE servers SET active = 'N'", []).unwrap();
    let version = server.call("function=version").body;
    assert!(version.ends_with("|DST: 0|TZ: |TZNOW: 0|\n"), "{version}");
}

#[test]
fn an_account_without_the_permission_adds_no_users() {
    let (_folder, server) = fixture();
    server.database().execute("UPDATE vicidial_users SET modify_users = '0'", []).unwrap();
    assert_eq!(add(&server, "first-1"), "ERROR: add_user USER DOES NOT HAVE PERMISSION TO ADD USERS - 6666|0\n");
    assert_eq!(digests(&server), 0);
}

#[test]
fn two_thousand_agents_are_listed_completely_and_the_log_row_is_cut() {
    let (_folder, server) = fixture();
    let database = server.database();
    database
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 11999)
             INSERT INTO vicidial_users (user, full_name, user_group) SELECT 'a' || i, 'Agent ' || i, 'AGENTS' FROM n;
             INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, campaign_id)
                 SELECT user, '10.0.9.8', '8600051', 'SIP/' || user, 'READY', 'TEST' FROM vicidial_users
                 WHERE user LIKE 'a1%';",
        )
        .unwrap();
    let list = server.call(&format!("{AS_ADMINISTRATOR}&function=logged_in_agents")).body;
    assert_eq!(list.lines().count(), 2000);
    assert_eq!(list.lines().last(), Some("a11999|TEST|8600051|READY|0||0|Agent 11999|AGENTS|1"));
    let reason: String =
        database.query_row("SELECT result_reason FROM vicidial_api_log", [], |row| row.get(0)).unwrap();
    assert_eq!(reason.len(), 255);
    assert!(reason.starts_with("logged_in_agents a10000|TEST|"), "{reason}");
}
