//! What dialers' configuration files are written from, and who is told when it changes.

use std::sync::{Arc, Mutex};

use fleet::dialer_files::{DialerRows, FileName, Loaded};
use fleet::field::FieldId;
use fleet::schema::{Row, Table};
use fleet::sessions::Engine;

use crate::support::Fixture;

async fn rows(fixture: &Fixture, server_ip: &'static str) -> Option<DialerRows> {
    fixture.store.read(move |tx| tx.dialer_rows(server_ip)).await.unwrap()
}

#[tokio::test]
async fn a_dialers_rows_are_its_own_active_phones_with_what_these_need() {
    let fixture = Fixture::new();
    fixture.sql(
        "UPDATE phones SET template_id = 'SIP_1', conf_override = 'qualify=yes', codecs_list = 'ulaw', conf_qualify = 'N',
             phone_ring_timeout = 25 WHERE login = '100a';
         INSERT INTO phones (extension, server_ip, login, active, template_id) VALUES
             ('101', '10.0.9.8', '101a', 'N', ''), ('102', '10.0.9.8', '', 'Y', 'missing');
         INSERT INTO vicidial_conf_templates (template_id, template_contents) VALUES ('sip_1', 'type=friend'), ('other', 'x=y');
         INSERT INTO phones_alias (alias_id, logins_list) VALUES
             ('100x', '100A ,100b'), ('not_here', '100b,,100c'), ('inactive', '100a'), ('of_101', '101a');
         INSERT INTO hotdesk_inactive_alias (alias_id) VALUES ('inactive');
         INSERT INTO vicidial_conferences (conf_exten, server_ip) VALUES
             ('8600052', '10.0.9.8'), ('8600051', '10.0.9.8'), ('8600053', '10.0.9.9');
         INSERT INTO vicidial_confbridges (conf_exten, server_ip) VALUES ('9600001', '10.0.9.8');
         UPDATE system_settings SET default_codecs = 'gsm';",
    );
    let mut found = rows(&fixture, "10.0.9.8 ").await.unwrap();
    found.phones.sort_by(|one, other| one.extension.cmp(&other.extension));
    let extensions: Vec<_> = found.phones.iter().map(|phone| phone.extension.as_str()).collect();
    assert_eq!(extensions, ["100", "102"]);
    let phone = &found.phones[0];
    assert_eq!((phone.conf_override.as_str(), phone.codecs_list.as_str()), ("qualify=yes", "ulaw"));
    assert_eq!((phone.phone_ring_timeout.as_str(), phone.conf_qualify), ("25", false));
    assert_eq!((phone.voicemail_timezone.as_str(), phone.voicemail_instructions.as_str()), ("eastern", "Y"));
    assert!(found.phones[1].conf_qualify && found.phones[1].conf_override.is_empty());
    assert_eq!(found.templates.into_iter().collect::<Vec<_>>(), [("sip_1".into(), "type=friend".into())]);
    let aliases: Vec<_> = found.aliases.iter().map(|alias| alias.alias_id.as_str()).collect();
    assert_eq!(aliases, ["100x"]);
    assert_eq!((found.rooms, found.engine), (vec!["8600051".into(), "8600052".into()], Engine::Meetme));
    assert_eq!(found.default_codecs, "gsm");
    fixture.sql("UPDATE servers SET conf_engine = 'CONFBRIDGE' WHERE server_ip = '10.0.9.8'");
    let found = rows(&fixture, "10.0.9.8").await.unwrap();
    assert_eq!((found.rooms, found.engine), (vec!["9600001".into()], Engine::Confbridge));
    assert_eq!(rows(&fixture, "10.0.9.77").await, None);
}

#[tokio::test]
async fn what_a_dialer_says_of_its_files_is_kept_and_goes_with_the_dialer() {
    let fixture = Fixture::new();
    let say = |digest: &str, loaded: &str, error: &str| {
        let said = Loaded {
            name: FileName::Sip,
            digest: digest.into(),
            loaded: loaded.into(),
            told: "2026-11-21 08:00:00".into(),
            error: error.into(),
        };
        fixture.store.write(move |tx| tx.store_file_state("10.0.9.8 ", &said))
    };
    say("one", "2026-11-21 07:59:00", "").await.unwrap();
    say("two", "", "chan_sip.so is not loaded").await.unwrap();
    let said = fixture.store.read(|tx| tx.loaded_files("10.0.9.8")).await.unwrap();
    let [sip] = &said[..] else { unreachable!("{said:?}") };
    assert_eq!(
        (sip.name, sip.digest.as_str(), sip.error.as_str()),
        (FileName::Sip, "two", "chan_sip.so is not loaded")
    );
    assert_eq!(sip.loaded, "2026-11-21 07:59:00", "what it read last is what it works with");
    assert_eq!(fixture.store.read(|tx| tx.loaded_files("10.0.9.9")).await.unwrap(), []);
    let mut dialer = Row::new(Table::Dialer);
    dialer.set("server_ip", "10.0.9.8".into());
    fixture.store.write(move |tx| tx.remove_row(&dialer)).await.unwrap();
    assert_eq!(fixture.store.read(|tx| tx.loaded_files("10.0.9.8")).await.unwrap(), []);
}

#[tokio::test]
async fn a_dialer_is_asked_to_read_its_configuration_until_it_has() {
    let fixture = Fixture::new();
    let asked = || async { fixture.store.read(|tx| tx.rebuild_requested("10.0.9.8")).await.unwrap() };
    assert!(!asked().await);
    fixture.sql("UPDATE servers SET rebuild_conf_files = 'Y'");
    assert!(asked().await);
    fixture.store.write(|tx| tx.mark_rebuilt("10.0.9.8 ")).await.unwrap();
    assert!(!asked().await);
    assert!(fixture.store.read(|tx| tx.rebuild_requested("10.0.9.9")).await.unwrap());
}

#[tokio::test]
async fn who_waits_for_files_is_told_of_phones_and_aliases_and_of_nothing_else() {
    let fixture = Fixture::new();
    // The first command may find what has been written before.
    fixture.store.write(|tx| tx.alias_exists("x")).await.unwrap();
    let mut told = fixture.store.files_changed();
    told.mark_unchanged();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut note = |what: &'static str| {
        if told.has_changed().unwrap() {
            seen.lock().unwrap().push(what);
        }
        told.mark_unchanged();
    };
    fixture.store.write(|tx| tx.alias_exists("x")).await.unwrap();
    fixture.store.write(|tx| tx.beat("10.0.9.8")).await.unwrap();
    note("a heartbeat");
    fixture
        .call(
            "add_phone_alias",
            &[(FieldId::AliasId, "100x"), (FieldId::AliasName, "x"), (FieldId::PhoneLogins, "100a,100b")],
        )
        .await;
    note("an alias");
    fixture
        .call(
            "update_phone",
            &[(FieldId::Extension, "100"), (FieldId::ServerIp, "10.0.9.8"), (FieldId::PhoneFullName, "Another")],
        )
        .await;
    note("a phone");
    fixture.store.write(|tx| tx.ask_rebuild_everywhere()).await.unwrap();
    note("a refresh");
    fixture.call("update_phone_alias", &[(FieldId::AliasId, "no_such_alias"), (FieldId::DeleteAlias, "Y")]).await;
    note("a refused call");
    assert_eq!(*seen.lock().unwrap(), ["an alias", "a phone", "a refresh"]);
}
