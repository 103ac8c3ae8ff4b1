//! Authentication of API calls, with a clock that the test advances.

use std::sync::Arc;

use fleet::Outcome;
use fleet::login::PasswordCheck;
use fleet::password::StoredPassword;

use crate::support::Fixture;

fn right() -> PasswordCheck {
    PasswordCheck::Right(StoredPassword::Plain("1234".into()))
}

fn wrong() -> PasswordCheck {
    PasswordCheck::Wrong(StoredPassword::Plain("1234".into()))
}

async fn authenticate(fixture: &Fixture, password_check: PasswordCheck) -> Outcome {
    fixture.call_as("6666", password_check, "nothing", &[]).await
}

const IN: Outcome = Outcome::UnknownFunction;

#[tokio::test]
async fn ten_failures_lock_an_account_until_15_minutes_after_its_last_login() {
    let fixture = Fixture::new();
    assert_eq!(authenticate(&fixture, right()).await, IN);
    for _ in 0..10 {
        fixture.clock.forward(1);
        assert_eq!(authenticate(&fixture, wrong()).await, Outcome::LoginIncorrect);
    }
    assert_eq!(authenticate(&fixture, right()).await, Outcome::Locked);
    fixture.clock.forward(889);
    assert_eq!(authenticate(&fixture, right()).await, Outcome::Locked, "899 s after the login");
    fixture.clock.forward(1);
    assert_eq!(authenticate(&fixture, right()).await, IN, "900 s after the login");
    assert_eq!(fixture.ask::<i64>("SELECT failed_login_count FROM vicidial_users"), 0);
}

#[tokio::test]
async fn after_an_old_login_the_count_restarts_once_and_then_locks() {
    let fixture = Fixture::new();
    for _ in 0..10 {
        assert_eq!(authenticate(&fixture, wrong()).await, Outcome::LoginIncorrect);
    }
    assert_eq!(authenticate(&fixture, wrong()).await, Outcome::LoginIncorrect, "the count restarts");
    assert_eq!(fixture.ask::<i64>("SELECT failed_login_count FROM vicidial_users"), 1);
    for _ in 0..9 {
        assert_eq!(authenticate(&fixture, wrong()).await, Outcome::LoginIncorrect);
    }
    assert_eq!(authenticate(&fixture, right()).await, Outcome::Locked);
    fixture.clock.forward(900);
    assert_eq!(authenticate(&fixture, right()).await, IN);
}

#[tokio::test]
async fn a_locked_account_does_not_count_further_failures() {
    let fixture = Fixture::new();
    assert_eq!(authenticate(&fixture, right()).await, IN);
    for _ in 0..30 {
        authenticate(&fixture, wrong()).await;
    }
    assert_eq!(fixture.ask::<i64>("SELECT failed_login_count FROM vicidial_users"), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_failures_all_count() {
    let fixture = Arc::new(Fixture::new());
    assert_eq!(authenticate(&fixture, right()).await, IN);
    let knocks: Vec<_> = (0..8)
        .map(|_| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move { authenticate(&fixture, wrong()).await })
        })
        .collect();
    for ending in knocks {
        assert_eq!(ending.await.unwrap(), Outcome::LoginIncorrect);
    }
    assert_eq!(fixture.ask::<i64>("SELECT failed_login_count FROM vicidial_users"), 8);
}

#[tokio::test]
async fn a_check_against_an_older_password_is_repeated() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE vicidial_users SET pass = 'changed'");
    for stale in [right(), wrong(), PasswordCheck::NoSuchUser] {
        assert_eq!(authenticate(&fixture, stale).await, Outcome::ReadAgain);
    }
    assert_eq!(fixture.ask::<i64>("SELECT failed_login_count FROM vicidial_users"), 0);
}

#[tokio::test]
async fn only_active_accounts_of_level_7_and_above_are_authenticated() {
    for (column, ending) in
        [("user_level = 7", IN), ("user_level = 6", Outcome::LoginIncorrect), ("active = 'N'", Outcome::LoginIncorrect)]
    {
        let fixture = Fixture::new();
        fixture.sql(&format!("UPDATE vicidial_users SET {column}"));
        assert_eq!(authenticate(&fixture, right()).await, ending, "{column}");
    }
}

#[tokio::test]
async fn ip_lists_apply_only_if_the_system_setting_is_on() {
    let lists = "INSERT INTO vicidial_ip_list_entries VALUES ('HERE', '127.0.0.x'), ('ELSEWHERE', '192.0.2.1');
                 INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN');
                 UPDATE vicidial_users SET user_group = 'admin';
                 UPDATE system_settings SET allow_ip_lists = '1';";
    for (rule, ending) in [
        ("SELECT 1", IN),
        ("UPDATE system_settings SET system_ip_blacklist = 'here'", Outcome::AddressNotAllowed),
        ("UPDATE system_settings SET system_ip_blacklist = 'ELSEWHERE'", IN),
        ("UPDATE vicidial_user_groups SET api_ip_list = 'HERE'", IN),
        ("UPDATE vicidial_user_groups SET api_ip_list = 'ELSEWHERE'", Outcome::AddressNotAllowed),
        ("UPDATE vicidial_user_groups SET api_ip_list = 'EMPTY'", Outcome::AddressNotAllowed),
        (
            "UPDATE vicidial_user_groups SET api_ip_list = 'ELSEWHERE'; UPDATE vicidial_users SET ignore_ip_list = '1'",
            IN,
        ),
        (
            "UPDATE vicidial_user_groups SET api_ip_list = 'ELSEWHERE'; UPDATE system_settings SET allow_ip_lists = '0'",
            IN,
        ),
    ] {
        let fixture = Fixture::new();
        fixture.sql(lists);
        fixture.sql(rule);
        assert_eq!(authenticate(&fixture, right()).await, ending, "{rule}");
    }
}

#[tokio::test]
async fn a_call_parsed_in_the_wrong_alphabet_is_parsed_again() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE system_settings SET use_non_latin = '1'");
    assert_eq!(authenticate(&fixture, right()).await, Outcome::ReadAgain);
    assert!(fixture.store.settings().use_non_latin, "the store reports the alphabet to use");
}

#[tokio::test]
async fn counters_that_are_not_numbers_read_as_zero() {
    for (column, ending) in [
        ("failed_login_count = 'many'", IN),
        ("failed_login_count = ''", IN),
        ("user_level = 'high'", Outcome::LoginIncorrect),
    ] {
        let fixture = Fixture::new();
        fixture.sql(&format!("UPDATE vicidial_users SET {column}"));
        assert_eq!(authenticate(&fixture, right()).await, ending, "{column}");
    }
}
