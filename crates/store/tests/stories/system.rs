//! Changes of the system settings through the panel.

use std::net::IpAddr;

use fleet::actor::{Actor, Source};
use fleet::records::SystemSettings;
use fleet::system_settings::{SaveSystemSettings, System, SystemSettingsOutcome};

use crate::support::Fixture;

async fn change(fixture: &Fixture, system: System, version: &str) -> SystemSettingsOutcome {
    let from: IpAddr = "192.0.2.7".parse().unwrap();
    let actor = Actor { user: "6666".into(), from, source: Source::Panel };
    let change = SaveSystemSettings { system, version: version.into(), actor };
    fixture.store.write(move |tx| change.execute(tx)).await.unwrap()
}

async fn now(fixture: &Fixture) -> System {
    fixture.store.read(|tx| tx.system()).await.unwrap()
}

#[tokio::test]
async fn a_change_applies_from_the_next_command_and_is_logged() {
    let fixture = Fixture::new();
    let before = now(&fixture).await;
    let settings = SystemSettings { use_non_latin: true, ..before.settings.clone() };
    let after = System { settings, pllb_grouping_limit: 7 };
    assert_eq!(change(&fixture, after.clone(), &before.version()).await, SystemSettingsOutcome::Done);
    assert!(fixture.store.write(|tx| tx.settings()).await.unwrap().use_non_latin);
    assert!(fixture.store.settings().use_non_latin);
    assert_eq!(fixture.store.read(|tx| tx.grouping_limit()).await.unwrap(), 7);
    let log: String = fixture
        .ask("SELECT user || ' ' || ip_address || ' ' || event_section || ' ' || event_notes FROM vicidial_admin_log");
    assert_eq!(log, "6666 192.0.2.7 SYSTEMSETTINGS use_non_latin: 0 to 1; pllb_grouping_limit: 100 to 7");
    assert_eq!(change(&fixture, before, "outdated").await, SystemSettingsOutcome::Outdated(after));
}

#[tokio::test]
async fn administrators_cannot_block_their_own_address_or_name_an_empty_ip_list() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO vicidial_ip_list_entries VALUES ('bad', '192.0.2.x'), ('other', '198.51.100.1');
         UPDATE vicidial_users SET user_group = 'ADMIN'; INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN')",
    );
    let before = now(&fixture).await;
    let with = |list: &str, limit| System {
        settings: SystemSettings {
            allow_ip_lists: true,
            system_ip_blacklist: list.into(),
            ..SystemSettings::default()
        },
        pllb_grouping_limit: limit,
    };
    let version = before.version();
    assert_eq!(change(&fixture, with("bad", 100), &version).await, SystemSettingsOutcome::LocksOwnAccountOut);
    assert_eq!(change(&fixture, with("nothing", 100), &version).await, SystemSettingsOutcome::NoSuchList);
    assert_eq!(change(&fixture, with("other", 0), &version).await, SystemSettingsOutcome::NoSuchLimit);
    assert_eq!(now(&fixture).await, before);
    assert_eq!(change(&fixture, with("other", 100), &version).await, SystemSettingsOutcome::Done);
    fixture.sql("UPDATE vicidial_users SET user_level = 8");
    assert_eq!(change(&fixture, before.clone(), &with("other", 100).version()).await, SystemSettingsOutcome::MayNot);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 1);
}
