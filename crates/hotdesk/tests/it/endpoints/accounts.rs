//! Accounts of the Non-Agent API: password digests, lock-out, allowed addresses.

use std::time::Duration;

use super::server;
use crate::support::{Server, get};

const REFRESH: &str = "source=test&function=server_refresh&stage=REFRESH";
const WRONG: &str = "ERROR: INVALID USERNAME OR PASSWORD\n";
const LOCKED: &str = "ERROR: TOO MANY LOGIN ATTEMPTS, TRY AGAIN IN 15 MINUTES - 6666\n";

fn refresh(server: &Server, pass: &str) -> String {
    server.call(&format!("{REFRESH}&user=6666&pass={pass}")).body
}

fn pass_and_digest(server: &Server) -> (String, Option<String>) {
    let select = "SELECT pass, (SELECT digest FROM hotdesk_credentials WHERE user = '6666') FROM vicidial_users";
    server.database().query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// Waits until this condition holds. Panics if it does not in time.
pub(super) fn eventually(mut shows: impl FnMut() -> bool) {
    for _ in 0..600 {
        if shows() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    panic!("timed out waiting");
}

#[test]
fn a_plain_password_becomes_a_digest_at_the_first_valid_login() {
    let (_folder, server) = server(&[]);
    assert_eq!(refresh(&server, "wrong"), WRONG);
    assert_eq!(pass_and_digest(&server), ("1234".into(), None), "a wrong login changes nothing");
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    eventually(|| pass_and_digest(&server).0.is_empty());
    assert!(pass_and_digest(&server).1.unwrap().starts_with("$argon2id$"));
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    assert_eq!(refresh(&server, "wrong"), WRONG);
}

#[test]
fn vicidials_digests_are_verified_and_new_passwords_get_one() {
    let (_folder, server) = server(&[]);
    let database = server.database();
    database
        .execute_batch(
            "UPDATE system_settings SET pass_hash_enabled = '1', pass_key = 'JlDJX2CwLQLgA8Fd', pass_cost = 8;
             UPDATE vicidial_users SET pass = '', pass_hash = 'nzHcFnOxuBybZJkZc4sJxrlYzhjGLNW', modify_users = '1' WHERE user = '6666';",
        )
        .unwrap();
    assert_eq!(refresh(&server, "wrong"), WRONG);
    assert!(refresh(&server, "PassWord").starts_with("SUCCESS"));
    assert!(refresh(&server, "PassWord").starts_with("SUCCESS"), "from the cache of verified passwords");
    assert_eq!(refresh(&server, "password"), WRONG);
    let update = "source=test&function=update_user&user=6666&pass=PassWord&agent_user=6666&agent_pass=1234";
    assert!(server.call(update).body.starts_with("SUCCESS"));
    let pass_hash: String =
        database.query_row("SELECT pass_hash FROM vicidial_users WHERE user = '6666'", [], |row| row.get(0)).unwrap();
    // Computed with PHP's `crypt`.
    assert_eq!(pass_hash, "4zz8IEE/KmP.PABvUp7MyvOIw0gmY82");
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    assert_eq!(refresh(&server, "PassWord"), WRONG);
}

#[test]
fn a_digest_is_enough_after_a_restart() {
    let (folder, first) = server(&[]);
    assert!(refresh(&first, "1234").starts_with("SUCCESS"));
    eventually(|| pass_and_digest(&first).0.is_empty());
    assert_eq!(first.stop(), Some(0));
    let second = Server::start(folder.path(), &[]);
    assert_eq!(refresh(&second, "wrong"), WRONG);
    assert!(refresh(&second, "1234").starts_with("SUCCESS"));
}

#[test]
fn a_flood_of_wrong_passwords_costs_few_digests_before_the_account_is_locked() {
    let (folder, first) = server(&[]);
    assert!(refresh(&first, "1234").starts_with("SUCCESS"));
    eventually(|| pass_and_digest(&first).0.is_empty());
    assert_eq!(first.stop(), Some(0));
    // A server that has not verified the right password yet must compute digests until the account is locked.
    let server = Server::start(folder.path(), &[]);
    std::thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| assert_ne!(refresh(&server, "wrong"), ""));
        }
    });
    assert_eq!(refresh(&server, "1234"), LOCKED);
    let metrics = server.send(&get("/metrics", &[])).body;
    let compared = metrics.lines().find_map(|line| line.strip_prefix("hotdesk_password_digests_total "));
    let compared: u32 = compared.unwrap().parse().unwrap();
    // Ten failures lock it; a few more verifications may have begun before the tenth was counted.
    assert!((10..=40).contains(&compared), "{compared} of 200 were compared");
}

#[test]
fn a_plain_password_stays_if_the_setting_says_so() {
    let (_folder, server) = server(&["--upgrade-passwords", "false"]);
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    assert_eq!(server.call("function=version").status, 200);
    assert_eq!(pass_and_digest(&server), ("1234".into(), None));
}

#[test]
fn a_password_that_another_program_writes_takes_effect_at_once() {
    let (_folder, server) = server(&[]);
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    eventually(|| pass_and_digest(&server).0.is_empty());
    server.database().execute("UPDATE vicidial_users SET pass = 'new'", []).unwrap();
    assert_eq!(refresh(&server, "1234"), WRONG);
    assert!(refresh(&server, "new").starts_with("SUCCESS"));
}

#[test]
fn deleting_an_account_deletes_its_digest() {
    let (_folder, server) = server(&[]);
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    eventually(|| pass_and_digest(&server).0.is_empty());
    let database = server.database();
    database.execute("DELETE FROM vicidial_users", []).unwrap();
    assert_eq!(refresh(&server, "1234"), WRONG);
    database.execute("INSERT INTO vicidial_users (user, user_level) VALUES ('6666', 9)", []).unwrap();
    assert_eq!(refresh(&server, "1234"), WRONG, "a new account of the same name has no password yet");
}

#[test]
fn ten_failures_lock_an_account_even_for_the_right_password() {
    let (_folder, server) = server(&[]);
    assert!(refresh(&server, "1234").starts_with("SUCCESS"));
    for _ in 0..10 {
        assert_eq!(refresh(&server, "wrong"), WRONG);
    }
    assert_eq!(refresh(&server, "wrong"), LOCKED);
    assert_eq!(refresh(&server, "1234"), LOCKED);
    server.database().execute("UPDATE vicidial_users SET last_login_date = '2026-01-01 00:00:00'", []).unwrap();
    assert!(refresh(&server, "1234").starts_with("SUCCESS"), "the lock ends after 15 minutes");
}

#[test]
fn a_forwarded_address_is_used_only_from_a_trusted_proxy() {
    let rules = "UPDATE system_settings SET allow_ip_lists = '1', system_ip_blacklist = 'BAD';
                 INSERT INTO vicidial_ip_list_entries VALUES ('BAD', '192.0.2.x');";
    let ask = |server: &Server| {
        let target = format!("/vicidial/non_agent_api.php?{REFRESH}&user=6666&pass=1234");
        server.send(&get(&target, &["X-Forwarded-For: 192.0.2.9"])).body
    };
    let (_folder, trusting) = server(&["--trusted-proxies", "127.0.0.1"]);
    trusting.database().execute_batch(rules).unwrap();
    assert_eq!(ask(&trusting), "ERROR: YOUR IP ADDRESS IS NOT ALLOWED - 192.0.2.9\n");
    let (_folder, plain) = server(&[]);
    plain.database().execute_batch(rules).unwrap();
    assert!(ask(&plain).starts_with("SUCCESS"));
}

#[test]
fn settings_that_another_program_changes_take_effect_at_once() {
    let (_folder, server) = server(&[]);
    let name =
        "alias_name=%C3%85ngstr%C3%B6m&phone_logins=100a&user=6666&pass=1234&source=test&function=add_phone_alias";
    assert!(server.call(&format!("{name}&alias_id=latin")).body.contains("|ngstrm|"));
    server.database().execute("UPDATE system_settings SET use_non_latin = '1'", []).unwrap();
    assert!(server.call(&format!("{name}&alias_id=other")).body.contains("|Ångström|"));
}
