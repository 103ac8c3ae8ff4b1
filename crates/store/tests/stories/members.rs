//! Setting `alias_members = registered`: only phones that have ever registered can join an alias.

use std::sync::Arc;

use fleet::Outcome;
use fleet::dialer_status::{Health, Registration};
use fleet::field::FieldId;
use fleet::login::PasswordCheck;
use fleet::non_agent_api::{add_phone_alias, update_phone_alias};
use fleet::password::StoredPassword;
use fleet::sessions::{LiveStatus, LoginPolicy};

use crate::support::{Fixture, ON_VICIDIAL, alias};

/// Live status with one registered channel on every dialer, and a policy that requires registered members.
struct RegisteredOnly {
    registered: &'static str,
}

impl LiveStatus for RegisteredOnly {
    fn health(&self, _: &str) -> Health {
        Health::Healthy
    }

    fn registration(&self, _: &str, channel: &str) -> Registration {
        if channel == self.registered { Registration::Registered } else { Registration::NotRegistered }
    }

    fn is_conference_in_use(&self, _: &str, _: &[&str], _: &str) -> bool {
        false
    }

    fn rules(&self) -> LoginPolicy {
        LoginPolicy { registered_members: true, ..LoginPolicy::default() }
    }
}

async fn call(fixture: &Fixture, function: &str, fields: &[(FieldId, &str)]) -> Outcome {
    let password_check = PasswordCheck::Right(StoredPassword::Plain("1234".into()));
    fixture.call_seen_by(Arc::new(RegisteredOnly { registered: "" }), "6666", password_check, function, fields).await
}

async fn register(fixture: &Fixture, server_ip: &'static str, channel: &'static str) {
    fixture.store.write(move |tx| tx.record_registration(server_ip, channel, Some("192.0.2.7:5060"))).await.unwrap();
}

fn added() -> Outcome {
    Outcome::AddPhoneAlias(add_phone_alias::Outcome::Added)
}

fn never_registered(login: &str) -> Outcome {
    Outcome::AddPhoneAlias(add_phone_alias::Outcome::NeverRegistered(login.to_owned()))
}

#[tokio::test]
async fn a_phone_that_never_registered_joins_no_new_alias_and_nothing_is_written() {
    let fixture = Fixture::new();
    register(&fixture, "10.0.9.8", "SIP/100").await;
    assert_eq!(call(&fixture, "add_phone_alias", &alias("team", "100A,100B,100c")).await, never_registered("100B"));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 0);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 0);
    let unknown = Outcome::AddPhoneAlias(add_phone_alias::Outcome::PhoneUnknown("nobody".into()));
    assert_eq!(
        call(&fixture, "add_phone_alias", &alias("team", "100b,nobody")).await,
        unknown,
        "the reply is the same as without the setting"
    );
    register(&fixture, "10.0.9.9", "SIP/100").await;
    assert_eq!(call(&fixture, "add_phone_alias", &alias("team", "100A,100B")).await, added());
}

#[tokio::test]
async fn the_form_with_an_extension_checks_every_phone_that_it_finds() {
    let fixture = Fixture::new();
    let form = [
        (FieldId::OtherFormAlias, "desk"),
        (FieldId::Extension, "100"),
        (FieldId::ProtocolName, "SIP"),
        (FieldId::Active, "N"),
    ];
    register(&fixture, "10.0.9.8", "SIP/100").await;
    register(&fixture, "10.0.9.9", "SIP/100").await;
    assert_eq!(call(&fixture, "add_phone_alias", &form).await, never_registered("100c"));
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM phones_alias"), 0);
    register(&fixture, "10.0.9.10", "SIP/100").await;
    assert_eq!(call(&fixture, "add_phone_alias", &form).await, added());
}

#[tokio::test]
async fn a_change_of_an_alias_checks_only_its_new_logins() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES ('team', 'name', '100a, 100b')");
    let change = async |logins: &str| {
        call(&fixture, "update_phone_alias", &[(FieldId::AliasId, "team"), (FieldId::PhoneLogins, logins)]).await
    };
    let updated = Outcome::UpdatePhoneAlias(update_phone_alias::Outcome::Updated);
    let refused = Outcome::UpdatePhoneAlias(update_phone_alias::Outcome::NeverRegistered("100c".into()));
    assert_eq!(change("100c,100b").await, refused);
    let list = || fixture.ask::<String>("SELECT logins_list FROM phones_alias");
    assert_eq!(list(), "100a, 100b");
    assert_eq!(change("100B,100a").await, updated);
    assert_eq!(list(), "100B,100a");
    register(&fixture, "10.0.9.10", "SIP/100").await;
    assert_eq!(change("100c,100b").await, updated);
}

#[tokio::test]
async fn phones_whose_registrations_no_dialer_reports_may_join() {
    let fixture = Fixture::new();
    for change in [
        "protocol = 'EXTERNAL'",
        "protocol = 'Zap'",
        "protocol = 'DAHDI'",
        "protocol = 'IAX2'",
        "is_webphone = 'Y'",
        "is_webphone = 'Y_API_LAUNCH'",
        "extension = 'trunk/100'",
    ] {
        fixture.sql(
            "DELETE FROM phones_alias; DELETE FROM phones WHERE login = 'xx';
             INSERT INTO phones (extension, server_ip, login) VALUES ('x', '10.0.9.8', 'xx');",
        );
        assert_eq!(call(&fixture, "add_phone_alias", &alias("team", "xx")).await, never_registered("xx"));
        fixture.sql(&format!("UPDATE phones SET {change} WHERE login = 'xx'"));
        assert_eq!(call(&fixture, "add_phone_alias", &alias("team", "xx")).await, added(), "{change}");
    }
    fixture.sql("UPDATE phones SET protocol = 'PJSIP' WHERE login = '100a'");
    register(&fixture, "10.0.9.8", "SIP/100").await;
    assert_eq!(call(&fixture, "add_phone_alias", &alias("other", "100a")).await, never_registered("100a"));
    register(&fixture, "10.0.9.8", "PJSIP/100").await;
    assert_eq!(call(&fixture, "add_phone_alias", &alias("other", "100a")).await, added());
}

#[tokio::test]
async fn a_currently_registered_phone_may_join_before_its_registration_is_stored() {
    let fixture = Fixture::new();
    let password_check = PasswordCheck::Right(StoredPassword::Plain("1234".into()));
    let live_status = Arc::new(RegisteredOnly { registered: "SIP/100" });
    let ending =
        fixture.call_seen_by(live_status, "6666", password_check, "add_phone_alias", &alias("team", "100a")).await;
    assert_eq!(ending, added());
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM hotdesk_line"), 0);
}

#[tokio::test]
async fn deleting_or_moving_a_phone_deletes_its_registration() {
    let fixture = Fixture::new();
    let channels = || fixture.ask::<String>("SELECT group_concat(server_ip || ' ' || channel) FROM hotdesk_line");
    let kept = "10.0.9.10 SIP/100,10.0.9.9 SIP/100";
    let changes = [
        "DELETE FROM phones WHERE login = '100a'",
        "UPDATE phones SET extension = '101' WHERE login = '100a'",
        "UPDATE phones SET server_ip = '10.0.9.11' WHERE login = '100a'",
        "DELETE FROM servers WHERE server_ip = '10.0.9.8'",
    ];
    // VICIdial's own tables have no triggers.
    for change in changes.into_iter().filter(|_| !ON_VICIDIAL) {
        let fixture = Fixture::new();
        for server_ip in ["10.0.9.8", "10.0.9.9", "10.0.9.10"] {
            register(&fixture, server_ip, "SIP/100").await;
        }
        register(&fixture, "10.0.9.8", "SIP/101").await;
        fixture.sql("UPDATE phones SET extension = '100', pass = 'new' WHERE login = '100a'");
        fixture.sql(change);
        let left: String = fixture.ask(
            "SELECT group_concat(server_ip || ' ' || channel ORDER BY server_ip) FROM hotdesk_line
             WHERE channel <> 'SIP/101'",
        );
        assert_eq!(left, kept, "{change}");
        let next = fixture.ask::<i64>("SELECT count(*) FROM hotdesk_line WHERE channel = 'SIP/101'");
        assert_eq!(next, i64::from(!change.contains("101") && !change.contains("servers")), "{change}");
    }
    register(&fixture, "10.0.9.8", "SIP/100").await;
    fixture
        .call("update_phone", &[(FieldId::Extension, "100"), (FieldId::ServerIp, "10.0.9.8"), (FieldId::Active, "N")])
        .await;
    assert_eq!(channels(), "10.0.9.8 SIP/100", "other changes keep the registration");
}

#[tokio::test]
async fn the_time_of_the_first_registration_never_changes() {
    let fixture = Fixture::new();
    register(&fixture, "10.0.9.8", "SIP/100").await;
    let first: String = fixture.ask("SELECT first_seen FROM hotdesk_line");
    fixture.clock.forward(60);
    register(&fixture, "10.0.9.8", "SIP/100").await;
    assert_eq!(fixture.ask::<String>("SELECT first_seen FROM hotdesk_line"), first);
    let is_seen = async |channel: &'static str| {
        fixture.store.read(move |tx| tx.ever_registered("10.0.9.8 ", channel)).await.unwrap()
    };
    assert!(is_seen("SIP/100").await && !is_seen("sip/100").await && !is_seen("SIP/101").await);
}

#[tokio::test]
async fn without_the_setting_no_registrations_are_read() {
    let fixture = Fixture::new();
    // Any look-up of registrations fails from now on.
    fixture.sql("DROP TABLE hotdesk_line");
    assert_eq!(fixture.call("add_phone_alias", &alias("team", "100a,100b")).await, added());
    let fields = [(FieldId::AliasId, "team"), (FieldId::PhoneLogins, "100c")];
    let updated = Outcome::UpdatePhoneAlias(update_phone_alias::Outcome::Updated);
    assert_eq!(fixture.call("update_phone_alias", &fields).await, updated);
}
