//! Rows and pages of any table, and stored replies to repeatable changes.

use fleet::FleetTx;
use fleet::actor::{Actor, Source};
use fleet::idempotency::StoredReply;
use fleet::rows::change::{ChangeContext, Condition, RowAction, RowChange, execute};
use fleet::rows::{Page, tag};
use fleet::save::SaveRefusal;
use fleet::schema::{Row, Table};
use fleet::sessions::NoLiveStatus;
use fleet::tx::Log;

use crate::support::{Fixture, USER_PASSWORD, password_of};

const BY_EXTENSION: &[&str] = &["extension", "server_ip"];
const BY_DIALER: &[&str] = &["server_ip", "extension"];
const BY_LOGIN: &[&str] = &["login", "extension", "server_ip"];

fn named(section: Table, names: &[(&str, &str)]) -> Row {
    let mut entry = Row::new(section);
    for (key, value) in names {
        entry.set(key, (*value).to_owned());
    }
    entry
}

async fn row(fixture: &Fixture, named: Row) -> Option<Row> {
    fixture.store.read(move |tx| tx.row(&named)).await.unwrap()
}

#[tokio::test]
async fn a_row_is_found_by_its_key_in_any_letter_case_with_its_columns_of_other_tables() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES ('Team', 'The team', '100a,100b');
         INSERT INTO hotdesk_inactive_alias (alias_id) VALUES ('team');
         INSERT INTO hotdesk_dialer (server_ip, ami_host) VALUES ('10.0.9.8', '192.0.2.1');
         INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('Office', '10.0.1.1'), ('Office', '10.0.0.x');",
    );
    let alias = row(&fixture, named(Table::Alias, &[("alias_id", "TEAM")])).await.unwrap();
    assert_eq!((alias.text("alias_id"), alias.text("active")), ("Team", "N"));
    let phone = [("server_ip", "10.0.9.8"), ("extension", "100")];
    let phone = row(&fixture, named(Table::Phone, &phone)).await.unwrap();
    assert_eq!((phone.text("phone_login"), phone.text("phone_ring_timeout")), ("100a", "60"));
    let dialer = row(&fixture, named(Table::Dialer, &[("server_ip", "10.0.9.8")])).await.unwrap();
    assert_eq!((dialer.text("server_id"), dialer.text("ami_host"), dialer.text("ami_port")), ("a", "192.0.2.1", "0"));
    let list = row(&fixture, named(Table::IpList, &[("ip_list_id", "office")])).await.unwrap();
    assert_eq!((list.text("ip_list_id"), list.text("entries")), ("Office", "10.0.0.x,10.0.1.1"));
    assert_eq!(row(&fixture, named(Table::Alias, &[("alias_id", "none")])).await, None);
    assert_eq!(row(&fixture, named(Table::IpList, &[("ip_list_id", "none")])).await, None);
}

/// The first page of phones of this size, and all pages together.
async fn all(fixture: &Fixture, page: Page) -> Vec<String> {
    let mut found = Vec::new();
    let mut page = page;
    loop {
        let asked = page.clone();
        let rows = fixture.store.read(move |tx| tx.page(&asked)).await.unwrap();
        let Some(last) = rows.last() else { return found };
        page.after = page.columns.iter().map(|column| last.text(column).to_owned()).collect();
        found.extend(rows.iter().map(|row| format!("{}{}", row.text("extension"), &row.text("server_ip")[7..])));
        assert!(rows.len() <= page.at_most as usize && found.len() < 100);
    }
}

#[tokio::test]
async fn pages_follow_each_other_in_the_order_of_an_index_both_ways() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones (extension, server_ip, login) VALUES ('B1', '10.0.9.8', 'z'), ('b1', '10.0.9.9', 'Z'),
             ('a1', '10.0.9.8', ''), ('c1', '10.0.9.9', '')",
    );
    for at_most in [1, 2, 3, 20] {
        let page = |columns, descending, begins: &str, is_exact| Page {
            table: Table::Phone,
            columns,
            descending,
            begins: begins.to_owned(),
            is_exact,
            after: Vec::new(),
            at_most,
        };
        // Addresses of dialers are ordered as text.
        let mut backwards = ["10010", "1008", "1009", "a18", "B18", "b19", "c19"];
        assert_eq!(all(&fixture, page(BY_EXTENSION, false, "", false)).await, backwards);
        backwards.reverse();
        assert_eq!(all(&fixture, page(BY_EXTENSION, true, "", false)).await, backwards);
        assert_eq!(all(&fixture, page(BY_EXTENSION, false, "B", false)).await, ["B18", "b19"]);
        assert_eq!(all(&fixture, page(BY_EXTENSION, true, "b1", true)).await, ["b19", "B18"]);
        assert_eq!(all(&fixture, page(BY_DIALER, false, "10.0.9.8", true)).await, ["1008", "a18", "B18"]);
        assert_eq!(all(&fixture, page(BY_DIALER, true, "10.0.9.8", true)).await, ["B18", "a18", "1008"]);
        assert_eq!(
            all(&fixture, page(BY_LOGIN, false, "", false)).await,
            ["a18", "c19", "1008", "1009", "10010", "B18", "b19"]
        );
        assert_eq!(all(&fixture, page(BY_LOGIN, true, "z", false)).await, ["b19", "B18"]);
    }
}

#[tokio::test]
async fn ip_lists_are_paged_as_whole_lists() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('a', '10.0.0.1'), ('a', '10.0.0.2'),
             ('b', '10.0.0.3'), ('c', '10.0.0.4')",
    );
    let page = |after: &[&str], descending| Page {
        table: Table::IpList,
        columns: &["ip_list_id"],
        descending,
        begins: String::new(),
        is_exact: false,
        after: after.iter().map(|name| (*name).to_owned()).collect(),
        at_most: 2,
    };
    let lists = |page: Page| async {
        let rows = fixture.store.read(move |tx| tx.page(&page)).await.unwrap();
        rows.iter().map(|row| format!("{} {}", row.text("ip_list_id"), row.text("entries"))).collect::<Vec<_>>()
    };
    assert_eq!(lists(page(&[], false)).await, ["a 10.0.0.1,10.0.0.2", "b 10.0.0.3"]);
    assert_eq!(lists(page(&["b"], false)).await, ["c 10.0.0.4"]);
    assert_eq!(lists(page(&["b"], true)).await, ["a 10.0.0.1,10.0.0.2"]);
}

#[tokio::test]
async fn a_row_that_others_refer_to_is_recognized() {
    let fixture = Fixture::new();
    fixture.sql(
        "UPDATE phones SET template_id = 'Sip' WHERE server_ip = '10.0.9.8';
         UPDATE vicidial_users SET user_group = 'ADMIN';
         INSERT INTO vicidial_user_groups (user_group, api_ip_list) VALUES ('ADMIN', 'office');
         INSERT INTO vicidial_live_agents (user, server_ip, campaign_id) VALUES ('1001', '10.0.9.8', 'SALES');",
    );
    for (section, key, used) in [
        (Table::Template, "template_id", "SIP"),
        (Table::UserGroup, "user_group", "admin"),
        (Table::IpList, "ip_list_id", "Office"),
        (Table::Campaign, "campaign_id", "Sales"),
    ] {
        for (name, expected) in [(used, true), ("none", false)] {
            let row = named(section, &[(key, name)]);
            assert_eq!(fixture.store.read(move |tx| tx.find_reference(&row)).await.unwrap(), expected, "{name}");
        }
    }
}

#[tokio::test]
async fn the_key_of_tags_is_generated_once() {
    let fixture = Fixture::new();
    assert_eq!(fixture.store.read(|tx| tx.tag_key()).await.unwrap(), None);
    for key in ["first", "second"] {
        fixture.store.write(move |tx| tx.keep_tag_key(key)).await.unwrap();
    }
    assert_eq!(fixture.store.read(|tx| tx.tag_key()).await.unwrap(), Some("first".to_owned()));
}

#[tokio::test]
async fn a_reply_is_stored_for_a_day_for_its_account_and_deleted_in_slices() {
    let fixture = Fixture::new();
    let repeat = |user: &str, body: &str| StoredReply {
        user: user.to_owned(),
        key: "Key".to_owned(),
        request: "digest".to_owned(),
        status: 201,
        etag: "tag".to_owned(),
        location: "/api/v1/aliases/Ä".to_owned(),
        body: body.to_owned(),
    };
    let keep = |repeat: StoredReply| {
        let write = fixture.store.write(move |tx| tx.keep_repeat(&repeat));
        async { write.await.unwrap() }
    };
    let find = |user: &'static str, key: &'static str| {
        let write = fixture.store.write(move |tx| tx.repeat(user, key));
        async { write.await.unwrap() }
    };
    keep(repeat("6666", "{}")).await;
    assert_eq!(find("6666", "Key").await, Some(repeat("6666", "{}")));
    assert_eq!(find("6666", "key").await, None, "letter case counts in a client's key");
    assert_eq!(find("7777", "Key").await, None);
    fixture.clock.forward(24 * 60 * 60);
    assert_eq!(find("6666", "Key").await, None);
    keep(repeat("6666", "other")).await;
    assert_eq!(find("6666", "Key").await, Some(repeat("6666", "other")));
    keep(repeat("7777", "{}")).await;
    keep(repeat("8888", "{}")).await;
    fixture.clock.forward(24 * 60 * 60 + 1);
    keep(repeat("9999", "{}")).await;
    let forget = || {
        let write = fixture.store.write(|tx| {
            let before = tx.now().days_before(1);
            tx.forget(Log::Repeat, before, 2)
        });
        async { write.await.unwrap() }
    };
    assert_eq!((forget().await, forget().await, forget().await), (2, 1, 0));
    assert!(find("9999", "Key").await.is_some());
}

#[tokio::test]
async fn two_simultaneous_requests_with_one_key_cause_one_change() {
    let fixture = Fixture::new();
    let write = |number: usize| {
        fixture.store.write(move |tx| {
            if let Some(before) = tx.repeat("6666", "key")? {
                return Ok(before.body);
            }
            let repeat = StoredReply {
                user: "6666".to_owned(),
                key: "key".to_owned(),
                request: String::new(),
                status: 200,
                etag: String::new(),
                location: String::new(),
                body: number.to_string(),
            };
            tx.keep_repeat(&repeat)?;
            Ok(repeat.body)
        })
    };
    let (one, two, three) = tokio::join!(write(1), write(2), write(3));
    let (one, two, three) = (one.unwrap(), two.unwrap(), three.unwrap());
    assert!(one == two && two == three, "{one} {two} {three}");
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM hotdesk_repeat"), 1);
}

#[tokio::test]
async fn an_abandoned_command_changes_nothing() {
    let fixture = Fixture::new();
    let outcome = fixture.store.write(|tx| {
        tx.keep_tag_key("key")?;
        Err::<(), _>(fleet::TxError::GivenUp)
    });
    assert!(matches!(outcome.await, Err(store::WriteError::Command(fleet::TxError::GivenUp))));
    assert_eq!(fixture.store.read(|tx| tx.tag_key()).await.unwrap(), None);
}

/// Executes a change as user 6666.
async fn change(fixture: &Fixture, named: Row, act: RowAction, condition: Condition) -> Result<Row, SaveRefusal> {
    let password = password_of(&named).filter(|_| matches!(act, RowAction::Create(_)));
    let change = RowChange { row: named, act, password, condition };
    let actor = Actor { user: "6666".to_owned(), ..Actor::command(Source::JsonApi) };
    let change = move |tx: &mut dyn FleetTx| {
        execute(tx, &change, ChangeContext { actor: &actor, tag_key: "key", live_status: &NoLiveStatus })
    };
    fixture.save(change).await
}

#[tokio::test]
async fn of_simultaneous_writers_with_the_same_version_one_succeeds_and_the_others_get_the_new_version() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES ('team', 'The team', '100a')");
    let team = named(Table::Alias, &[("alias_id", "team")]);
    let seen = tag(&row(&fixture, team.clone()).await.unwrap(), "key");
    let write = |login: &str| {
        change(&fixture, team.clone(), RowAction::AddMember(login.to_owned()), Condition::Is(vec![seen.clone()]))
    };
    let outcomes: [_; 2] = tokio::join!(write("100b"), write("100c")).into();
    let now = row(&fixture, team.clone()).await.unwrap();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(now.clone())).count(), 1, "{outcomes:?}");
    let stale = Err(SaveRefusal::Stale { row: Box::new(now), keys: Vec::new() });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == stale).count(), 1, "{outcomes:?}");
}

#[tokio::test]
async fn rows_of_every_table_are_added_changed_and_deleted_with_audit_rows() {
    let fixture = Fixture::new();
    fixture.sql(
        "UPDATE vicidial_users SET modify_users = '1', delete_users = '1', user_group = 'ADMIN' WHERE user = '6666';
         INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN')",
    );
    let user = [("full_name", "Agent"), ("user_level", "1"), ("user_group", "ADMIN"), USER_PASSWORD];
    for (section, name, values, patch) in [
        (Table::Template, ("template_id", "sip"), &[("template_contents", "a")][..], ("template_contents", "b")),
        (Table::Campaign, ("campaign_id", "SALES"), &[], ("campaign_name", "Sales")),
        (Table::IpList, ("ip_list_id", "office"), &[("entries", "10.0.0.1")], ("entries", "10.0.0.1,10.0.0.2")),
        (Table::UserGroup, ("user_group", "NORTH"), &[], ("group_name", "North")),
        (Table::Dialer, ("server_ip", "10.0.9.7"), &[("ami_host", "192.0.2.1")], ("ami_host", "192.0.2.2")),
        (Table::User, ("user", "2001"), &user, ("full_name", "Lead")),
        (Table::Alias, ("alias_id", "team"), &[("alias_name", "Team"), ("phone_logins", "100a")], ("active", "N")),
    ] {
        let key = named(section, &[name]);
        let none = || Condition::None;
        let added = change(&fixture, key.clone(), RowAction::Create(named(section, values)), none()).await.unwrap();
        assert!(values.iter().all(|(key, value)| added.text(key) == *value), "{added:?}");
        let again = change(&fixture, key.clone(), RowAction::Create(named(section, values)), none()).await;
        assert_eq!(again, Err(SaveRefusal::Exists));
        let patched = change(&fixture, key.clone(), RowAction::Patch(named(section, &[patch])), none()).await.unwrap();
        assert_eq!(patched.text(patch.0), patch.1);
        assert_ne!(tag(&patched, "key"), tag(&added, "key"));
        assert_eq!(change(&fixture, key.clone(), RowAction::Delete, none()).await, Ok(patched));
        assert_eq!(row(&fixture, key.clone()).await, None, "{section:?}");
        let count = format!("SELECT count(*) FROM vicidial_admin_log WHERE event_section = '{}'", section.log_name());
        assert_eq!(fixture.ask::<i64>(&count), 3, "{section:?}");
    }
}

#[tokio::test]
async fn columns_of_a_phone_without_a_form_field_are_saved_through_rows() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE vicidial_users SET user_group = 'ADMIN' WHERE user = '6666'");
    let key = named(Table::Phone, &[("server_ip", "10.0.9.8"), ("extension", "100")]);
    let values =
        [("codecs_list", "ulaw,g729"), ("conf_qualify", "N"), ("mohsuggest", "quiet"), ("phone_ring_timeout", "30")];
    let patched =
        change(&fixture, key.clone(), RowAction::Patch(named(Table::Phone, &values)), Condition::None).await.unwrap();
    assert_eq!(values.map(|(key, _)| patched.text(key)), values.map(|(_, value)| value));
    assert_eq!(row(&fixture, key).await, Some(patched));
}

#[tokio::test]
async fn dialers_are_listed_in_the_order_of_their_addresses() {
    let fixture = Fixture::new();
    fixture.sql(
        "DELETE FROM servers;
         INSERT INTO servers (server_id, server_ip) VALUES ('c', '10.0.9.10'), ('a', '10.0.10.1'), ('b', '10.0.9.8');
         INSERT INTO phones (extension, server_ip, login, protocol) VALUES
             ('900', '10.0.9.10', '900b', 'SIP'), ('900', '10.0.10.1', '900c', 'SIP'), ('900', '10.0.9.8', '900a', 'SIP');",
    );
    let sorted = ["10.0.9.8", "10.0.9.10", "10.0.10.1"];
    let addresses = |rows: Vec<Row>| rows.iter().map(|row| row.text("server_ip").to_owned()).collect::<Vec<_>>();
    let all = fixture.store.read(|tx| tx.rows(Table::Dialer)).await.unwrap();
    assert_eq!(addresses(all), sorted);
    let page = |begins: &str, after: &str, descending, at_most| Page {
        table: Table::Dialer,
        columns: &["server_ip"],
        descending,
        begins: begins.to_owned(),
        is_exact: false,
        after: if after.is_empty() { Vec::new() } else { vec![after.to_owned()] },
        at_most,
    };
    for (page, expected) in [
        (page("", "", false, 2), &sorted[..2]),
        (page("", "10.0.9.10", false, 2), &sorted[2..]),
        (page("10.0.9.", "", false, 9), &sorted[..2]),
        (page("", "10.0.10.1", true, 1), &sorted[1..2]),
    ] {
        let shown = format!("{page:?}");
        let found = fixture.store.read(move |tx| tx.page(&page)).await.unwrap();
        assert_eq!(addresses(found), expected, "{shown}");
    }
    let logins = fixture.store.read(|tx| tx.logins_of_extension("900", "SIP")).await.unwrap();
    assert_eq!(logins, ["900a", "900b", "900c"]);
    let managers = fixture.store.read(|tx| tx.managers()).await.unwrap();
    assert_eq!(managers.into_iter().map(|manager| manager.server_ip).collect::<Vec<_>>(), sorted);
}
