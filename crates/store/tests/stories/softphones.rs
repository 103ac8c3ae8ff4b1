//! Softphone links: each can be opened once, before it expires, with its key.

use fleet::actor::{Actor, Source};
use fleet::softphone_links::{LASTS, Made, Make, Setup, open};

use crate::support::Fixture;

async fn make(fixture: &Fixture, user: &str, alias_id: &str) -> Made {
    let by = Actor { user: user.to_owned(), ..Actor::command(Source::JsonApi) };
    let make = Make { alias_id: alias_id.to_owned(), key_digest: "d1".to_owned(), by };
    fixture.store.write(move |tx| make.execute(tx)).await.unwrap()
}

async fn opened(fixture: &Fixture, digest: &'static str) -> Option<Setup> {
    fixture.store.write(move |tx| open(tx, digest)).await.unwrap()
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones_alias (alias_id, logins_list) VALUES ('100x', '100a,gone,100b,100c'), ('none', '100c');
         UPDATE phones SET is_webphone = 'Y' WHERE login = '100c';
         UPDATE phones SET conf_secret = 'one' WHERE login = '100a';",
    );
    fixture
}

#[tokio::test]
async fn a_link_is_opened_once_and_returns_the_sip_phones() {
    let fixture = fixture();
    assert!(matches!(make(&fixture, "6666", "100X").await, Made::Done(_)));
    assert_eq!(opened(&fixture, "another").await, None);
    let setup = opened(&fixture, "d1").await.unwrap();
    let phones: Vec<_> = setup.phones.iter().map(|phone| (phone.login.as_str(), phone.conf_secret.as_str())).collect();
    assert_eq!((setup.alias_id.as_str(), phones), ("100x", vec![("100a", "one"), ("100b", "")]));
    assert_eq!(opened(&fixture, "d1").await, None, "a link opens only once");
    let logged: String = fixture.ask("SELECT event_code FROM vicidial_admin_log");
    assert_eq!(logged, "ADMIN JSON API ADD SOFTPHONE LINK");
}

#[tokio::test]
async fn a_link_expires_and_is_deleted_with_its_alias() {
    let fixture = fixture();
    make(&fixture, "6666", "100x").await;
    fixture.clock.forward(LASTS);
    assert_eq!(opened(&fixture, "d1").await, None);
    make(&fixture, "6666", "100x").await;
    assert_eq!(fixture.ask::<u32>("SELECT count(*) FROM hotdesk_softphone_link"), 1, "an expired link is deleted");
    fixture.sql("DELETE FROM phones_alias WHERE alias_id = '100x'");
    assert_eq!(opened(&fixture, "d1").await, None);
}

#[tokio::test]
async fn a_link_needs_the_right_to_change_aliases_and_an_existing_alias() {
    let fixture = fixture();
    fixture.sql("INSERT INTO vicidial_users (user, user_level, vdc_agent_api_access) VALUES ('7777', 7, '1')");
    assert_eq!(make(&fixture, "7777", "100x").await, Made::MayNot);
    assert_eq!(make(&fixture, "6666", "missing").await, Made::NoSuchAlias);
    assert_eq!(make(&fixture, "6666", "none").await, Made::NoAccounts);
    assert_eq!(opened(&fixture, "d1").await, None);
}

#[tokio::test]
async fn a_link_returns_only_phones_that_its_creator_can_see_when_it_is_opened() {
    let fixture = fixture();
    fixture.sql("INSERT INTO vicidial_user_groups (user_group, admin_viewable_groups) VALUES ('NORTH', 'NORTH')");
    fixture.sql("UPDATE vicidial_users SET user_group = 'NORTH' WHERE user = '6666'");
    fixture.sql("UPDATE phones_alias SET user_group = 'SOUTH' WHERE alias_id = '100x'");
    assert_eq!(make(&fixture, "6666", "100x").await, Made::NoSuchAlias);
    fixture.sql("UPDATE phones_alias SET user_group = 'NORTH' WHERE alias_id = '100x'");
    fixture.sql("UPDATE phones SET user_group = 'SOUTH'");
    assert_eq!(make(&fixture, "6666", "100x").await, Made::NoAccounts);
    fixture.sql("UPDATE phones SET user_group = 'NORTH'");
    assert!(matches!(make(&fixture, "6666", "100x").await, Made::Done(_)));
    fixture.sql("UPDATE phones SET user_group = 'SOUTH' WHERE login = '100b'");
    fixture.sql("UPDATE vicidial_users SET ast_admin_access = '0' WHERE user = '6666'");
    assert_eq!(opened(&fixture, "d1").await, None, "its creator lacks the right now");
    fixture.sql("UPDATE vicidial_users SET ast_admin_access = '1' WHERE user = '6666'");
    let setup = opened(&fixture, "d1").await.unwrap();
    assert_eq!(setup.phones.iter().map(|phone| phone.login.as_str()).collect::<Vec<_>>(), ["100a"]);
}
