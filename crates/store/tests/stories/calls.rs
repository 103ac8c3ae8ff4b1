//! Concurrent calls, names with different spellings, and a database that another program also uses.

use std::sync::Arc;

use fleet::field::FieldId;
use fleet::non_agent_api::{add_phone, add_phone_alias, update_phone};
use fleet::{FleetTx, Outcome, TxError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Fixture, ON_VICIDIAL, alias, phone};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_simultaneous_phones_with_one_login_exactly_one_is_added() {
    let fixture = Arc::new(Fixture::new());
    let calls: Vec<_> = (0..32)
        .map(|call| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                let (extension, server) = (format!("x{call}"), ["10.0.9.8", "10.0.9.9", "10.0.9.10"][call % 3]);
                fixture.call("add_phone", &phone(&extension, server, if call % 2 == 0 { "same" } else { "SAME" })).await
            })
        })
        .collect();
    let mut endings = Vec::new();
    for call in calls {
        endings.push(call.await.unwrap());
    }
    let added = endings.iter().filter(|ending| **ending == Outcome::AddPhone(add_phone::Outcome::Added)).count();
    let refused =
        endings.iter().filter(|ending| **ending == Outcome::AddPhone(add_phone::Outcome::LoginExists)).count();
    assert_eq!((added, refused), (1, 31));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones WHERE lower(login) = 'same'"), 1);
}

#[tokio::test]
async fn names_ignore_letter_case_and_trailing_blanks() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO phones_alias (alias_id, logins_list) VALUES ('Team  ', '100a')");
    fixture.sql("UPDATE phones SET login = 'Own ' WHERE login = '100a'");
    let exists = Outcome::AddPhoneAlias(add_phone_alias::Outcome::AliasExists);
    assert_eq!(fixture.call("add_phone_alias", &alias("TEAM", "100b")).await, exists);
    let added = Outcome::AddPhoneAlias(add_phone_alias::Outcome::Added);
    assert_eq!(fixture.call("add_phone_alias", &alias("other", "OWN,100B")).await, added);
    let login_exists = Outcome::AddPhone(add_phone::Outcome::LoginExists);
    assert_eq!(fixture.call("add_phone", &phone("x1", "10.0.9.8", "own")).await, login_exists);
}

#[tokio::test]
async fn a_phone_can_respell_its_own_login_but_not_take_anothers() {
    let fixture = Fixture::new();
    let update = |login: &'static str| {
        [(FieldId::Extension, "100"), (FieldId::ServerIp, "10.0.9.8"), (FieldId::PhoneLogin, login)]
    };
    let taken = Outcome::UpdatePhone(update_phone::Outcome::LoginExists);
    assert_eq!(fixture.call("update_phone", &update("100B")).await, taken);
    let updated = fixture.call("update_phone", &update("100A")).await;
    assert!(matches!(updated, Outcome::UpdatePhone(update_phone::Outcome::Updated { .. })), "{updated:?}");
    assert_eq!(fixture.ask::<String>("SELECT login FROM phones WHERE server_ip = '10.0.9.8'"), "100A");
}

#[tokio::test]
async fn a_refused_update_changes_no_field_at_all() {
    let fixture = Fixture::new();
    let fields = [
        (FieldId::Extension, "100"),
        (FieldId::ServerIp, "10.0.9.8"),
        (FieldId::PhoneFullName, "Good name"),
        (FieldId::TemplateId, "nosuch"),
    ];
    let refused = Outcome::UpdatePhone(update_phone::Outcome::TemplateUnknown);
    assert_eq!(fixture.call("update_phone", &fields).await, refused);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones WHERE fullname <> ''"), 0);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 0);
}

#[tokio::test]
async fn only_a_dialer_with_generated_configuration_is_asked_to_rebuild() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE servers SET generate_vicidial_conf = 'N' WHERE server_ip = '10.0.9.9'");
    fixture.sql("UPDATE servers SET active_asterisk_server = 'N' WHERE server_ip = '10.0.9.10'");
    for (server, login) in [("10.0.9.8", "n1"), ("10.0.9.9", "n2"), ("10.0.9.10", "n3")] {
        assert_eq!(
            fixture.call("add_phone", &phone("new", server, login)).await,
            Outcome::AddPhone(add_phone::Outcome::Added)
        );
    }
    let asked: String = fixture.ask("SELECT group_concat(server_ip) FROM servers WHERE rebuild_conf_files = 'Y'");
    assert_eq!(asked, "10.0.9.8");
}

#[tokio::test]
async fn a_deleted_inactive_alias_is_active_when_it_is_added_again() {
    let fixture = Fixture::new();
    let other_form = [
        (FieldId::OtherFormAlias, "later"),
        (FieldId::Extension, "100"),
        (FieldId::ProtocolName, "SIP"),
        (FieldId::Active, "N"),
    ];
    fixture.call("add_phone_alias", &other_form).await;
    let is_active = |tx: &mut dyn FleetTx| -> Result<_, TxError> { Ok(tx.alias("LATER")?.map(|alias| alias.active)) };
    assert_eq!(fixture.store.read(is_active).await.unwrap(), Some(false));
    fixture.call("update_phone_alias", &[(FieldId::AliasId, "later"), (FieldId::DeleteAlias, "Y")]).await;
    assert_eq!(fixture.store.read(is_active).await.unwrap(), None);
    fixture.call("add_phone_alias", &alias("later", "100a")).await;
    assert_eq!(fixture.store.read(is_active).await.unwrap(), Some(true));
}

#[tokio::test]
async fn an_alias_list_longer_than_its_column_is_refused_and_not_cut() {
    let fixture = Fixture::new();
    let long = vec!["100a"; 52].join(",");
    let refused = Outcome::AddPhoneAlias(add_phone_alias::Outcome::FieldsRequired);
    assert_eq!(fixture.call("add_phone_alias", &alias("long", &long)).await, refused);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 0);
}

#[test]
fn for_any_calls_stored_logins_are_unique_and_every_alias_names_existing_phones() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let login =
        proptest::sample::select(vec!["100a", "100A", "n1", "N1", "n2", "", "x,y", "longer-than-twenty-characters"]);
    let step = (0..4, login.clone(), login, proptest::sample::select(vec!["10.0.9.8", "10.0.9.9", "10.9.9.9"]));
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let outcome = runner.run(&proptest::collection::vec(step, 1..25), |steps| {
        let fixture = Fixture::new();
        for (what, one, other, server) in steps {
            let extension = format!("e{one}");
            runtime.block_on(async {
                match what {
                    0 | 1 => fixture.call("add_phone", &phone(&extension, server, other)).await,
                    2 => {
                        let key = [(FieldId::Extension, &*extension), (FieldId::ServerIp, server)];
                        fixture.call("update_phone", &[key[0], key[1], (FieldId::PhoneLogin, other)]).await
                    }
                    _ => fixture.call("add_phone_alias", &alias("team", other)).await,
                }
            });
        }
        let twice = "SELECT count(*) FROM
             (SELECT 1 FROM phones GROUP BY lower(rtrim(login)) HAVING count(*) > 1) AS twice";
        prop_assert_eq!(fixture.ask::<i64>(twice), 0);
        let long = "SELECT count(*) FROM phones WHERE length(login) > 20 OR login = ''";
        prop_assert_eq!(fixture.ask::<i64>(long), 0);
        let logged = "SELECT (SELECT count(*) FROM vicidial_admin_log WHERE event_code = 'ADMIN API ADD PHONE')
                           = (SELECT count(*) - 3 FROM phones)";
        prop_assert_eq!(fixture.ask::<i64>(logged), 1);
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn a_very_long_list_of_phones_does_not_block_the_writer() {
    let fixture = Fixture::new();
    // VICIdial's table has no index on logins: each look-up reads all phones.
    let numbers = if ON_VICIDIAL { 10_000..10_500 } else { 10_000..30_000 };
    let rows = numbers.clone().map(|number| format!("({number}, '10.0.9.8', 'm{number}')")).collect::<Vec<_>>();
    fixture.sql(&format!("INSERT INTO phones (extension, server_ip, login) VALUES {}", rows.join(", ")));
    let logins = numbers.map(|number| format!("m{number}")).collect::<Vec<_>>().join(",");
    let began = tokio::time::Instant::now();
    let ending = fixture.call("add_phone_alias", &alias("many", &logins)).await;
    assert_eq!(ending, Outcome::AddPhoneAlias(add_phone_alias::Outcome::FieldsRequired), "too long, but all are known");
    let took = began.elapsed();
    assert!(took.as_secs() < 5, "every other call waited {took:?}");
}
