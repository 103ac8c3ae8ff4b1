//! Names with letters beyond ASCII ignore letter case if the system setting `use_non_latin` is on.

use fleet::FleetTx;
use fleet::records::Alias;

use crate::support::{Fixture, ON_VICIDIAL};

fn alias(name: &str) -> Alias {
    Alias { alias_id: name.to_owned(), alias_name: name.to_owned(), logins_list: "100a".to_owned(), active: true }
}

async fn found(fixture: &Fixture, name: &'static str) -> Option<String> {
    let find = move |tx: &mut dyn FleetTx| Ok(tx.alias(name)?.map(|alias| alias.alias_id));
    let (written, read) = (fixture.store.write(find).await.unwrap(), fixture.store.read(find).await.unwrap());
    assert_eq!(written, read, "the writer and the readers find the same");
    written
}

fn non_latin() -> Fixture {
    let fixture = Fixture::new();
    fixture.sql("UPDATE system_settings SET use_non_latin = '1'");
    fixture
}

#[tokio::test]
async fn any_letter_case_finds_a_name() {
    let fixture = non_latin();
    assert_eq!(found(&fixture, "ОЛЬГА").await, None);
    fixture.store.write(|tx| tx.add_alias(&alias("Ольга"))).await.unwrap();
    for spelling in ["Ольга", "ольга", "ОЛЬГА", "оЛьГа  "] {
        assert_eq!(found(&fixture, spelling).await.as_deref(), Some("Ольга"), "{spelling}");
    }
    assert_eq!(found(&fixture, "Олег").await, None);
    fixture.store.write(|tx| tx.delete_alias("ОЛЬГА")).await.unwrap();
    assert_eq!(found(&fixture, "Ольга").await, None);
    fixture.store.write(|tx| tx.add_alias(&alias("ольгА"))).await.unwrap();
    assert_eq!(found(&fixture, "ОЛЬГА").await.as_deref(), Some("ольгА"));
}

#[tokio::test]
async fn a_name_that_another_program_writes_is_found() {
    let fixture = non_latin();
    assert_eq!(found(&fixture, "ÅNGSTRÖM").await, None);
    fixture.sql("INSERT INTO phones_alias (alias_id) VALUES ('Ångström')");
    assert_eq!(found(&fixture, "ÅNGSTRÖM").await.as_deref(), Some("Ångström"));
}

#[tokio::test]
async fn a_name_that_was_rolled_back_is_not_found() {
    if ON_VICIDIAL {
        // VICIdial's own tables have no transactions.
        return;
    }
    let fixture = non_latin();
    assert_eq!(found(&fixture, "ольга").await, None);
    let failed = fixture
        .store
        .write(|tx| {
            tx.add_alias(&alias("Ольга"))?;
            tx.add_alias(&alias("Ольга"))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(found(&fixture, "ольга").await, None);
}

#[tokio::test]
async fn logins_extensions_and_users_are_found_in_any_letter_case() {
    let fixture = non_latin();
    fixture.sql(
        "UPDATE phones SET login = 'Телефон', extension = 'Стол' WHERE login = '100a';
         UPDATE vicidial_users SET user = 'Админ', user_group = 'Группа';
         INSERT INTO vicidial_user_groups (user_group) VALUES ('ГРУППА');
         INSERT INTO vicidial_conf_templates (template_id) VALUES ('Шаблон');",
    );
    let all = |tx: &mut dyn FleetTx| {
        let key = fleet::records::PhoneKey { extension: "СТОЛ".into(), server_ip: "10.0.9.8".into() };
        Ok([
            tx.login_exists("ТЕЛЕФОН")?,
            tx.phone_exists(&key)?,
            tx.user("админ")?.is_some(),
            tx.user_group("группа")?.is_some(),
            tx.template_exists("ШАБЛОН")?,
        ])
    };
    assert_eq!(fixture.store.write(all).await.unwrap(), [true; 5]);
    fixture.sql("UPDATE system_settings SET use_non_latin = '0'");
    let found = [fixture.folds_every_letter(); 5];
    assert_eq!(
        fixture.store.write(all).await.unwrap(),
        found,
        "without the setting, only the tables' collation can ignore their letter case"
    );
}
