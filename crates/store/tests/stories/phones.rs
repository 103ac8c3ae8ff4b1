//! Lists of phones and choices for their fields, as the panel shows them.

use fleet::lists::{PhoneOrder, PhonePage};
use fleet::phones::{Choices, DialerChoice};

use crate::support::Fixture;

/// The logins of a page.
async fn logins(fixture: &Fixture, wanted: PhonePage) -> Vec<String> {
    let phones = fixture.store.read(move |tx| tx.list_phones(&PhonePage { at_most: 3, ..wanted })).await.unwrap();
    phones.into_iter().map(|phone| phone.login).collect()
}

/// The number of the first found phone.
async fn number(fixture: &Fixture, wanted: PhonePage) -> String {
    let phones = fixture.store.read(move |tx| tx.list_phones(&PhonePage { at_most: 1, ..wanted })).await.unwrap();
    phones[0].number.to_string()
}

#[tokio::test]
async fn phones_of_one_dialer_are_listed_by_login_in_pages() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones (extension, server_ip, login) VALUES
             ('1', '10.0.9.8', 'B1'), ('2', '10.0.9.8', 'b2'), ('3', '10.0.9.8', 'same'), ('4', '10.0.9.8', 'SAME'),
             ('5', '10.0.9.9', 'b3'), ('6', '10.0.9.8', 'same ')",
    );
    let wanted = |begins: &str, login: &str, row: &str| PhonePage {
        by: PhoneOrder::Login,
        begins: begins.into(),
        server_ip: "10.0.9.8".into(),
        after: (login.into(), row.into()),
        ..PhonePage::default()
    };
    assert_eq!(logins(&fixture, wanted("", "", "")).await, ["100a", "B1", "b2"]);
    assert_eq!(logins(&fixture, wanted("B", "", "")).await, ["B1", "b2"]);
    let mut alike = Vec::new();
    let mut after = ("b2".to_owned(), number(&fixture, wanted("b2", "", "")).await);
    for _ in 0..3 {
        let one = PhonePage { at_most: 1, ..wanted("", &after.0, &after.1) };
        after.1 = number(&fixture, one.clone()).await;
        let page = fixture.store.read(move |tx| tx.list_phones(&one)).await.unwrap();
        after.0.clone_from(&page[0].login);
        alike.push(page[0].extension.clone());
    }
    assert_eq!(logins(&fixture, wanted("", &after.0, &after.1)).await, [""; 0], "no page follows the last one");
    alike.sort();
    assert_eq!(alike, ["3", "4", "6"], "each phone with this login appears once");
}

#[tokio::test]
async fn inactive_phones_are_found_among_all() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE phones SET active = 'N' WHERE login <> '100b'");
    let wanted = |server_ip: &str, extension: &str, at: &str| PhonePage {
        inactive: true,
        server_ip: server_ip.into(),
        after: (extension.into(), at.into()),
        ..PhonePage::default()
    };
    assert_eq!(logins(&fixture, wanted("", "", "")).await, ["100c", "100a"]);
    assert_eq!(logins(&fixture, wanted("", "100", "10.0.9.10")).await, ["100a"]);
    assert_eq!(logins(&fixture, wanted("10.0.9.8", "", "")).await, ["100a"]);
}

#[tokio::test]
async fn a_part_of_a_login_in_an_alias_does_not_match() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones_alias (alias_id, logins_list) VALUES ('z', '100A'), ('a', '200a, 100a ,x'), ('no', '1100a,100ab'),
             ('я', 'Ольга,b'), ('empty', '')",
    );
    let names = |login: &'static str| {
        let aliases = fixture.store.read(move |tx| tx.aliases_of_login(login));
        async { aliases.await.unwrap().into_iter().map(|alias| alias.alias_id).collect::<Vec<_>>() }
    };
    assert_eq!(names("100a").await, ["a", "z"]);
    assert_eq!(names("ОЛЬГА").await, ["я"]);
    assert!(names("").await.is_empty());
}

#[tokio::test]
async fn the_choices_of_a_phone_are_the_existing_dialers_templates_and_groups() {
    let fixture = Fixture::new();
    fixture.sql(
        "UPDATE servers SET server_id = 'z' WHERE server_ip = '10.0.9.8';
         UPDATE servers SET local_gmt = '1.00' WHERE server_ip = '10.0.9.9';
         DELETE FROM servers WHERE server_ip = '10.0.9.10';
         INSERT INTO vicidial_conf_templates (template_id, template_name) VALUES ('web', 'In the browser');
         INSERT INTO vicidial_user_groups (user_group) VALUES ('B'), ('A')",
    );
    let dialer = |server_ip: &str, server_id: &str, local_gmt: &str| DialerChoice {
        server_ip: server_ip.into(),
        server_id: server_id.into(),
        local_gmt: local_gmt.into(),
    };
    assert_eq!(
        fixture.store.read(|tx| tx.phone_choices()).await.unwrap(),
        Choices {
            dialers: vec![dialer("10.0.9.9", "b", "1.00"), dialer("10.0.9.8", "z", "-5.00")],
            templates: vec![("web".into(), "In the browser".into())],
            groups: vec!["A".into(), "B".into()],
        }
    );
}
