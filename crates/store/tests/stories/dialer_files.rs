//! Source rows of dialers' configuration files, the files' reported states, and notifications about changes.

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
async fn a_dialers_rows_are_its_active_phones_with_their_templates_and_settings() {
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
    assert_eq!((found.conferences, found.engine), (vec!["8600051".into(), "8600052".into()], Engine::Meetme));
    assert_eq!(found.default_codecs, "gsm");
    fixture.sql("UPDATE servers SET conf_engine = 'CONFBRIDGE' WHERE server_ip = '10.0.9.8'");
    let found = rows(&fixture, "10.0.9.8").await.unwrap();
    assert_eq!((found.conferences, found.engine), (vec!["9600001".into()], Engine::Confbridge));
    assert_eq!(rows(&fixture, "10.0.9.77").await, None);
}

#[tokio::test]
async fn the_reported_state_of_a_dialers_files_is_stored_and_deleted_with_the_dialer() {
    let fixture = Fixture::new();
    let report = |digest: &str, loaded: &str, error: &str| {
        let state = Loaded {
            name: FileName::Sip,
            digest: digest.into(),
            loaded: loaded.into(),
            reported: "2026-11-21 08:00:00".into(),
            error: error.into(),
        };
        fixture.store.write(move |tx| tx.store_file_state("10.0.9.8 ", &state))
    };
    report("one", "2026-11-21 07:59:00", "").await.unwrap();
    report("two", "", "chan_sip.so is not loaded").await.unwrap();
    let states = fixture.store.read(|tx| tx.loaded_files("10.0.9.8")).await.unwrap();
    let [sip] = &states[..] else { unreachable!("{states:?}") };
    assert_eq!(
        (sip.name, sip.digest.as_str(), sip.error.as_str()),
        (FileName::Sip, "two", "chan_sip.so is not loaded")
    );
    assert_eq!(sip.loaded, "2026-11-21 07:59:00", "a failed load leaves the last loaded time");
    assert_eq!(fixture.store.read(|tx| tx.loaded_files("10.0.9.9")).await.unwrap(), []);
    let mut dialer = Row::new(Table::Dialer);
    dialer.set("server_ip", "10.0.9.8".into());
    fixture.store.write(move |tx| tx.remove_row(&dialer)).await.unwrap();
    assert_eq!(fixture.store.read(|tx| tx.loaded_files("10.0.9.8")).await.unwrap(), []);
}

#[tokio::test]
async fn a_rebuild_request_stays_until_the_dialer_has_rebuilt() {
    let fixture = Fixture::new();
    let is_requested = || async { fixture.store.read(|tx| tx.rebuild_requested("10.0.9.8")).await.unwrap() };
    assert!(!is_requested().await);
    fixture.sql("UPDATE servers SET rebuild_conf_files = 'Y'");
    assert!(is_requested().await);
    fixture.store.write(|tx| tx.mark_rebuilt("10.0.9.8 ")).await.unwrap();
    assert!(!is_requested().await);
    assert!(fixture.store.read(|tx| tx.rebuild_requested("10.0.9.9")).await.unwrap());
}

#[tokio::test]
async fn only_changes_of_phones_and_aliases_and_refreshes_notify_about_files() {
    let fixture = Fixture::new();
    // The first command can still report earlier writes.
    fixture.store.write(|tx| tx.alias_exists("x")).await.unwrap();
    let mut notified = fixture.store.files_changed();
    notified.mark_unchanged();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut note = |what: &'static str| {
        if notified.has_changed().unwrap() {
            seen.lock().unwrap().push(what);
        }
        notified.mark_unchanged();
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
