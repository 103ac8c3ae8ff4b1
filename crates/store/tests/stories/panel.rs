//! Admin sessions, paged lists, and access rights.

use std::net::{IpAddr, Ipv4Addr};

use fleet::admin_session;
use fleet::authorization::Role;
use fleet::lists::{NamePage, PhoneOrder, PhonePage};
use fleet::records::Alias;
use fleet::sessions::history::{PastSessionsFilter, PastSessionsQuery, Per};
use fleet::users::permissions::Access;

use crate::support::Fixture;

/// Begins an admin session with this digest.
async fn begin(fixture: &Fixture, user: &'static str, digest: &'static str) -> Option<Role> {
    fixture
        .store
        .write(move |tx| admin_session::begin(tx, user, digest, IpAddr::V4(Ipv4Addr::LOCALHOST)))
        .await
        .unwrap()
}

/// The account of the session with this digest, and whether its use must be recorded.
async fn found(fixture: &Fixture, digest: &'static str) -> Option<(String, bool)> {
    let visit = fixture.store.read(move |tx| admin_session::find(tx, digest)).await.unwrap();
    visit.map(|visit| (visit.user.user, visit.must_record_use))
}

#[tokio::test]
async fn a_session_ends_an_hour_after_its_last_use_and_twelve_hours_after_its_start() {
    let fixture = Fixture::new();
    assert_eq!(begin(&fixture, "6666", "used").await, Some(Role::Administrator));
    assert_eq!(begin(&fixture, "6666", "idle").await, Some(Role::Administrator));
    assert_eq!(found(&fixture, "used").await, Some(("6666".into(), false)));
    for _ in 0..12 {
        fixture.clock.forward(3599);
        let noted = found(&fixture, "used").await;
        assert_eq!(noted, Some(("6666".into(), true)));
        fixture.store.write(|tx| tx.touch_admin_session("used")).await.unwrap();
    }
    assert_eq!(found(&fixture, "idle").await, None);
    fixture.clock.forward(12);
    assert_eq!(found(&fixture, "used").await, None, "regardless of its use");
}

#[tokio::test]
async fn expired_sessions_are_deleted_when_the_next_begins() {
    let fixture = Fixture::new();
    begin(&fixture, "6666", "old").await;
    fixture.clock.forward(3600);
    begin(&fixture, "6666", "new").await;
    let old = fixture.store.read(|tx| Ok((tx.admin_session("old")?, tx.admin_session("new")?))).await.unwrap();
    assert!(old.0.is_none() && old.1.is_some());
}

#[tokio::test]
async fn a_session_needs_access_to_the_api_and_ends_with_its_account() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO vicidial_users (user, user_level) VALUES ('1001', 9)");
    assert_eq!(begin(&fixture, "1001", "agent").await, None);
    assert_eq!(begin(&fixture, "nobody", "nobody").await, None);
    begin(&fixture, "6666", "kept").await;
    fixture.sql("DELETE FROM vicidial_users WHERE user = '6666'");
    fixture.sql("INSERT INTO vicidial_users (user, user_level, vdc_agent_api_access) VALUES ('6666', 9, '1')");
    assert_eq!(found(&fixture, "kept").await, None, "a new account of the same name is another one");
}

#[tokio::test]
async fn names_are_listed_in_order_without_regard_to_letter_case() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO phones_alias (alias_id) VALUES ('b2'), ('A1'), ('B1'), ('a2'), ('c')");
    let list = |begins: &str, after: &str| {
        let wanted = NamePage { begins: begins.into(), after: after.into(), at_most: 2 };
        let aliases = fixture.store.read(move |tx| tx.list_aliases(&wanted));
        async { aliases.await.unwrap().into_iter().map(|alias| alias.alias_id).collect::<Vec<_>>() }
    };
    assert_eq!(list("", "").await, ["A1", "a2"]);
    assert_eq!(list("", "a2").await, ["B1", "b2"]);
    assert_eq!(list("", "b2").await, ["c"]);
    assert_eq!(list("B", "b1").await, ["b2"]);
}

#[tokio::test]
async fn phones_are_listed_in_pages_by_extension_or_login_on_one_dialer_or_all() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones (extension, server_ip, login, active) VALUES ('B1', '10.0.9.8', 'z1', 'N'), ('b2', '10.0.9.8', 'Y2', 'Y')",
    );
    let list = async |by: PhoneOrder, begins: &str, server_ip: &str, after: (&str, &str)| {
        let after = (after.0.to_owned(), after.1.to_owned());
        let (begins, server_ip) = (begins.into(), server_ip.into());
        let wanted = PhonePage { by, begins, server_ip, inactive: false, after, at_most: 2 };
        let phones = fixture.store.read(move |tx| tx.list_phones(&wanted)).await.unwrap();
        phones.into_iter().map(|phone| format!("{} {}", phone.login, phone.active)).collect::<Vec<_>>()
    };
    let first = ("", "");
    assert_eq!(list(PhoneOrder::Extension, "", "", first).await, ["100c true", "100a true"]);
    assert_eq!(list(PhoneOrder::Extension, "", "", ("100", "10.0.9.8")).await, ["100b true", "z1 false"]);
    assert_eq!(list(PhoneOrder::Extension, "B", "10.0.9.8", first).await, ["z1 false", "Y2 true"]);
    assert_eq!(list(PhoneOrder::Extension, "", "10.0.9.8", ("b1", "10.0.9.8")).await, ["Y2 true"]);
    assert_eq!(list(PhoneOrder::Login, "", "", first).await, ["100a true", "100b true"]);
    assert_eq!(list(PhoneOrder::Login, "y", "", first).await, ["Y2 true"]);
    assert_eq!(list(PhoneOrder::Login, "100", "10.0.9.9", first).await, ["100b true"]);
    let number = fixture.store.read(|tx| {
        let wanted = PhonePage { by: PhoneOrder::Login, at_most: 2, ..PhonePage::default() };
        Ok(tx.list_phones(&wanted)?.pop().map_or(0, |phone| phone.number))
    });
    let number = number.await.unwrap().to_string();
    assert_eq!(list(PhoneOrder::Login, "", "", ("100b", &number)).await, ["100c true", "Y2 true"]);
}

#[tokio::test]
async fn the_rights_of_an_account_are_changed_and_listed() {
    let fixture = Fixture::new();
    let change = |tx: &mut dyn fleet::FleetTx| {
        let account = tx.account("6666")?.unwrap();
        let access = Access {
            active: true,
            user_level: 8,
            vdc_agent_api_access: true,
            ast_admin_access: false,
            ast_delete_phones: false,
            api_allowed_functions: " version ".into(),
        };
        tx.set_access(account.user.user_id, &access)?;
        tx.list_users(&NamePage { begins: "66".into(), after: String::new(), at_most: 5 })
    };
    let users = fixture.store.write(change).await.unwrap();
    let [user] = &users[..] else { unreachable!() };
    assert_eq!((user.user.as_str(), user.user_level, user.ast_admin_access), ("6666", 8, false));
    assert_eq!(user.api_allowed_functions, " version ");
}

#[tokio::test]
async fn all_but_one_session_of_a_user_end_and_expired_ones_are_not_listed() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO vicidial_users (user, user_level, vdc_agent_api_access) VALUES ('7777', 7, '1')");
    begin(&fixture, "7777", "over").await;
    fixture.clock.forward(3599);
    begin(&fixture, "6666", "kept").await;
    begin(&fixture, "6666", "ended").await;
    fixture.clock.forward(1);
    begin_at_once(&fixture, "7777", "other").await;
    let listed = || async {
        let lines = fixture.store.read(|tx| admin_session::all(tx)).await.unwrap();
        lines.into_iter().map(|line| (line.row.user, line.number)).collect::<Vec<_>>()
    };
    let line = |user: &str, digest: &str| (user.to_owned(), admin_session::number(digest));
    let all = [line("7777", "other"), line("6666", "ended"), line("6666", "kept")];
    assert_eq!(listed().await, all, "the most recently used session comes first");
    assert_eq!(fixture.store.write(|tx| tx.end_admin_sessions_of("6666", "kept")).await.unwrap(), 1);
    assert_eq!(listed().await, [line("7777", "other"), line("6666", "kept")]);
}

/// Begins a session without deleting expired ones.
async fn begin_at_once(fixture: &Fixture, user: &'static str, digest: &'static str) {
    fixture.store.write(move |tx| tx.begin_admin_session(digest, user, IpAddr::V4(Ipv4Addr::LOCALHOST))).await.unwrap();
}

#[tokio::test]
async fn an_alias_is_deactivated_and_activated_with_its_other_values() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES ('Desk', 'one', '100a')");
    for active in [false, false, true] {
        let alias = Alias { alias_id: "desk".into(), alias_name: "two".into(), logins_list: "100b".into(), active };
        let written = alias.clone();
        fixture.store.write(move |tx| tx.update_alias(&written)).await.unwrap();
        let read = fixture.store.read(|tx| tx.alias("DESK")).await.unwrap();
        assert_eq!(read, Some(Alias { alias_id: "Desk".into(), ..alias }));
    }
}

/// The agents of the found logins, and where the next page begins.
async fn logins(fixture: &Fixture, wanted: &PastSessionsQuery) -> (Vec<String>, Option<(String, i64)>) {
    let wanted = wanted.clone();
    let found = fixture.store.read(move |tx| tx.list_logins(&wanted)).await.unwrap();
    (found.lines.into_iter().map(|line| line.user).collect(), found.goes_on)
}

#[tokio::test]
async fn logins_are_examined_in_limited_numbers_and_the_next_page_continues_after_them() {
    let fixture = Fixture::new();
    for number in 1..=10 {
        let user = if number % 5 == 0 { "seldom" } else { "often" };
        fixture.sql(&format!(
            "INSERT INTO hotdesk_session (user, state, server_ip, began, ended, end_reason) VALUES ('{user}', 'ended',
                 '10.0.9.{}', '2026-11-21 0{}:00:00', '2026-11-21 09:00:00', 'hung_up')",
            number % 2,
            number / 4
        ));
    }
    let (from, until) = ("2026-11-21 00:00:00".to_owned(), "2026-11-22 00:00:00".to_owned());
    let filter = PastSessionsFilter { from, until, user: "Seldom".into(), ..PastSessionsFilter::default() };
    let mut wanted = PastSessionsQuery { filter: filter.clone(), before: None, at_most: 5, looks_at: 4 };
    let mut pages = Vec::new();
    loop {
        let (found, goes_on) = logins(&fixture, &wanted).await;
        pages.push(found.len());
        wanted.before = goes_on;
        if wanted.before.is_none() {
            break;
        }
    }
    assert_eq!(pages, [1, 1, 0], "of the latest four, the next four, and the last two");
    let count = |looks_at| {
        let filter = filter.clone();
        fixture.store.read(move |tx| tx.count_logins(&filter, Per::Hour, looks_at))
    };
    let all = count(100).await.unwrap();
    let counted = |label: &str, dialer: &str| (label.to_owned(), dialer.to_owned(), 1);
    assert_eq!(all.counts, [counted("2026-11-21 02", "10.0.9.0"), counted("2026-11-21 01", "10.0.9.1")]);
    assert_eq!((all.counted, all.since), (2, None));
    let some = count(3).await.unwrap();
    assert_eq!((some.counted, some.since.as_deref()), (1, Some("2026-11-21 02:00:00")));
}
