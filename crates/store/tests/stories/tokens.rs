//! API tokens: a token authenticates as its account while both are valid.

use std::net::{IpAddr, Ipv4Addr};

use fleet::actor::{Actor, Source};
use fleet::audit_log::{AuditLogQuery, LogWindow};
use fleet::authorization::Scope;
use fleet::tokens::{self, Create, Created, Opened, Secret, Token, TokenQuery};
use fleet::{Rng, Timestamp};

use crate::support::Fixture;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Returns the same number every time.
struct Fixed(u8);

impl Rng for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn by(user: &str) -> Actor {
    Actor { user: user.to_owned(), from: HERE, source: Source::JsonApi }
}

/// Creates the token with this number, valid for a week.
async fn create(fixture: &Fixture, user: &str, number: u8) -> Created {
    let digest = Secret::new(&Fixed(number)).digest();
    let (name, scopes) = ("wallboard".to_owned(), vec![Scope::Sessions, Scope::Read]);
    let create = Create { name, scopes, days: 7, digest, by: by(user) };
    fixture.store.write(move |tx| create.execute(tx)).await.unwrap()
}

async fn made(fixture: &Fixture, user: &str, number: u8) -> Token {
    match create(fixture, user, number).await {
        Created::Done(token) => token,
        other => unreachable!("{other:?}"),
    }
}

/// The user that the token with this number authenticates and whether the use must be recorded, or the reason for the refusal.
async fn open(fixture: &Fixture, number: u8) -> Result<(String, bool), Opened> {
    let secret = Secret::new(&Fixed(number));
    match fixture.store.read(move |tx| tokens::open(tx, secret.reveal(), HERE)).await.unwrap() {
        Opened::In(bearer) => Ok((bearer.user.user, bearer.must_record_use)),
        other => Err(other),
    }
}

async fn list(fixture: &Fixture, user: &'static str, wanted: TokenQuery) -> Option<Vec<i64>> {
    let listed = fixture.store.read(move |tx| tokens::list(tx, user, &wanted)).await.unwrap();
    listed.map(|tokens| tokens.into_iter().map(|token| token.token_id).collect())
}

fn of(user: &str) -> TokenQuery {
    TokenQuery { user: user.to_owned(), after: 0, at_most: 100 }
}

#[tokio::test]
async fn a_token_is_valid_until_it_expires_and_its_use_is_recorded_once_a_minute() {
    let fixture = Fixture::new();
    let token = made(&fixture, "6666", 1).await;
    assert_eq!((token.name.as_str(), &*token.scopes), ("wallboard", &[Scope::Read, Scope::Sessions][..]));
    let stamp = |moment: Option<Timestamp>| moment.map(Timestamp::stamp);
    assert_eq!(stamp(token.made).as_deref(), Some("2026-11-21 05:31:00"));
    assert_eq!(stamp(token.expires).as_deref(), Some("2026-11-28 05:31:00"));
    assert_eq!(open(&fixture, 1).await, Ok(("6666".into(), true)));
    fixture.store.write(move |tx| tx.use_token(token.token_id)).await.unwrap();
    fixture.clock.forward(59);
    assert_eq!(open(&fixture, 1).await, Ok(("6666".into(), false)));
    fixture.clock.forward(1);
    assert_eq!(open(&fixture, 1).await, Ok(("6666".into(), true)));
    fixture.clock.forward(7 * 24 * 3600 - 61);
    assert!(open(&fixture, 1).await.is_ok());
    fixture.clock.forward(1);
    assert_eq!(open(&fixture, 1).await, Err(Opened::Over));
    assert_eq!(open(&fixture, 2).await, Err(Opened::Unknown));
}

#[tokio::test]
async fn a_token_ends_with_its_account_and_not_with_its_password() {
    let fixture = Fixture::new();
    made(&fixture, "6666", 1).await;
    fixture.sql(
        "UPDATE vicidial_users SET pass = 'another', failed_login_count = 99, last_login_date = '2026-11-21 05:31:00'",
    );
    assert!(open(&fixture, 1).await.is_ok(), "after a new password, and while the account is locked");
    for change in ["active = 'N'", "active = 'Y', user_level = 6"] {
        fixture.sql(&format!("UPDATE vicidial_users SET {change} WHERE user = '6666'"));
        assert_eq!(open(&fixture, 1).await, Err(Opened::AccountClosed), "{change}");
    }
    fixture.sql("UPDATE vicidial_users SET user_level = 9 WHERE user = '6666'");
    assert!(open(&fixture, 1).await.is_ok(), "as soon as the account is open again");
    fixture.sql("DELETE FROM vicidial_users WHERE user = '6666'");
    assert_eq!(open(&fixture, 1).await, Err(Opened::Unknown));
    fixture.sql(
        "INSERT INTO vicidial_users (user, user_level, vdc_agent_api_access, ast_admin_access)
         VALUES ('6666', 8, '1', '1')",
    );
    assert_eq!(open(&fixture, 1).await, Err(Opened::Unknown), "a new account of the same name is another one");
    assert_eq!(list(&fixture, "6666", of("")).await, Some(vec![]));
}

#[tokio::test]
async fn users_see_their_own_tokens_and_an_administrator_of_level_9_sees_all() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO vicidial_users (user, user_level, vdc_agent_api_access) VALUES ('looker', 7, '1'), ('noapi', 9, '0')",
    );
    assert_eq!(create(&fixture, "noapi", 9).await, Created::MayNot);
    assert_eq!(create(&fixture, "nobody", 9).await, Created::MayNot);
    let (own, other) = (made(&fixture, "looker", 1).await.token_id, made(&fixture, "6666", 2).await.token_id);
    assert_eq!(list(&fixture, "looker", of("")).await, Some(vec![own]));
    assert_eq!(list(&fixture, "looker", of("6666")).await, Some(vec![]));
    assert_eq!(list(&fixture, "6666", of("")).await, Some(vec![own, other]));
    assert_eq!(list(&fixture, "6666", of("Looker ")).await, Some(vec![own]));
    assert_eq!(list(&fixture, "6666", TokenQuery { after: own, ..of("") }).await, Some(vec![other]));
    assert_eq!(list(&fixture, "6666", TokenQuery { at_most: 1, ..of("") }).await, Some(vec![own]));
    assert_eq!(list(&fixture, "noapi", of("")).await, None);
    let revoke =
        |token_id: i64, user: &'static str| fixture.store.write(move |tx| tokens::revoke(tx, token_id, &by(user)));
    assert!(!revoke(other, "looker").await.unwrap(), "the token does not exist for this user");
    assert!(revoke(own, "6666").await.unwrap());
    assert!(!revoke(own, "6666").await.unwrap(), "the token was revoked before");
    assert_eq!(open(&fixture, 1).await, Err(Opened::Unknown));
    let window = LogWindow { at_most: 10, look_at: 10, ..LogWindow::default() };
    let wanted = AuditLogQuery { window, ..AuditLogQuery::default() };
    let log = fixture.store.read(move |tx| tx.admin_log(&wanted)).await.unwrap().rows;
    let reported = log.iter().rev().map(|row| format!("{} {} {}: {}", row.user, row.record_id, row.code, row.notes));
    let added = |id: i64| format!("token: {id}; name: wallboard; scopes: read sessions; expires: 2026-11-28 05:31:00");
    assert_eq!(
        reported.collect::<Vec<_>>(),
        [
            format!("looker looker ADMIN JSON API ADD TOKEN: {}", added(own)),
            format!("6666 6666 ADMIN JSON API ADD TOKEN: {}", added(other)),
            format!("6666 looker ADMIN JSON API REVOKE TOKEN: token: {own}; name: wallboard"),
        ]
    );
}

#[tokio::test]
async fn the_number_of_tokens_per_account_is_limited() {
    let fixture = Fixture::new();
    for number in 0..100 {
        made(&fixture, "6666", number).await;
    }
    assert_eq!(create(&fixture, "6666", 100).await, Created::TooMany);
}

#[tokio::test]
async fn an_address_that_is_blocked_for_an_account_is_blocked_for_its_tokens() {
    let fixture = Fixture::new();
    made(&fixture, "6666", 1).await;
    fixture.sql(
        "INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('BLACK', '127.0.0.1');
         UPDATE system_settings SET allow_ip_lists = '1', system_ip_blacklist = 'BLACK'",
    );
    assert_eq!(open(&fixture, 1).await, Err(Opened::AddressNotAllowed));
}
