//! Registrations: stored states, their history, and the number of expected registrations.

use fleet::FleetTx;
use fleet::records::PhoneKey;
use fleet::registrations::RegistrationState;
use fleet::tx::Log;

use crate::support::Fixture;

const CHANNEL: &str = "SIP/100";

async fn note(fixture: &Fixture, address: Option<&'static str>) {
    fixture.clock.forward(60);
    fixture.store.write(move |tx| tx.record_registration("10.0.9.8 ", CHANNEL, address)).await.unwrap();
}

async fn state(fixture: &Fixture) -> Option<RegistrationState> {
    fixture.store.read(|tx| tx.registration_state("10.0.9.8", CHANNEL)).await.unwrap()
}

/// The addresses of the registration's changes before this one, latest first; `None` for a change to unregistered.
async fn changes(fixture: &Fixture, before: i64, at_most: u32) -> Vec<Option<String>> {
    let changes =
        fixture.store.read(move |tx| tx.registration_history("10.0.9.8", CHANNEL, before, at_most)).await.unwrap();
    changes.into_iter().map(|change| change.address).collect()
}

#[tokio::test]
async fn the_last_state_of_a_registration_and_each_change_are_stored_once() {
    let fixture = Fixture::new();
    note(&fixture, None).await;
    assert_eq!(state(&fixture).await, None, "the phone has never registered");
    let (here, there) = (Some("192.0.2.7:5060"), Some("192.0.2.8:5060"));
    for address in [here, here, Some(""), there, None, None] {
        note(&fixture, address).await;
    }
    assert_eq!(changes(&fixture, i64::MAX, 9).await, [None, there.map(str::to_owned), here.map(str::to_owned)]);
    assert_eq!(changes(&fixture, 3, 1).await, [there.map(str::to_owned)]);
    let gone = RegistrationState { address: None, since: "2026-11-21 05:37:00".into() };
    assert_eq!(state(&fixture).await, Some(gone), "since the first report of this state");
    note(&fixture, Some("")).await;
    assert_eq!(state(&fixture).await.unwrap().address.as_deref(), Some(""));
    let seen = fixture.store.read(|tx| tx.registrations_after("10.0.9.8", "", 9)).await.unwrap();
    assert_eq!(seen, [CHANNEL]);
    let key = PhoneKey { extension: "100".into(), server_ip: "10.0.9.8".into() };
    fixture.store.write(move |tx| tx.delete_phone(&key)).await.unwrap();
    assert_eq!(state(&fixture).await, None, "deleting the phone deletes its registration");
}

#[tokio::test]
async fn old_changes_are_deleted_but_the_current_state_stays() {
    let fixture = Fixture::new();
    note(&fixture, Some("192.0.2.7:5060")).await;
    fixture.clock.forward(91 * 24 * 60 * 60);
    note(&fixture, Some("192.0.2.8:5060")).await;
    let forget = |days| {
        fixture.store.write(move |tx: &mut dyn FleetTx| {
            let before = tx.now().days_before(days);
            tx.forget(Log::Line, before, 10)
        })
    };
    assert_eq!(forget(90).await.unwrap(), 1);
    assert_eq!(changes(&fixture, i64::MAX, 9).await.len(), 1);
    fixture.clock.forward(91 * 24 * 60 * 60);
    assert_eq!(forget(90).await.unwrap(), 1);
    note(&fixture, Some("192.0.2.8:5060")).await;
    assert_eq!(changes(&fixture, i64::MAX, 9).await, [], "an unchanged state is not a change");
}

#[tokio::test]
async fn phones_are_listed_by_extension_and_dialer_with_their_channels() {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones (extension, server_ip, login, protocol, is_webphone, active) VALUES
             ('101', '10.0.9.8', '101a', 'PJSIP', 'N', 'N'), ('102', '10.0.9.8', '102a', 'IAX2', 'N', 'Y'),
             ('1020', '10.0.9.8', '1020a', 'SIP', 'Y', 'Y');",
    );
    let list = |begins: &'static str, after: &'static str| {
        let phones = fixture.store.read(move |tx| tx.phones_for_registrations(begins, after, 9));
        async move {
            let phones = phones.await.unwrap().into_iter();
            phones.map(|phone| (phone.login.clone(), phone.line(), phone.active)).collect::<Vec<_>>()
        }
    };
    let all = list("", "100").await;
    assert_eq!(
        all,
        [("101a".into(), Some("PJSIP/101".into()), false), ("102a".into(), None, true), ("1020a".into(), None, true)]
    );
    assert_eq!(list("", "").await.len(), 6);
    assert_eq!(list("102", "102").await.len(), 1);
}

#[tokio::test]
async fn the_number_of_expected_registrations_follows_changes_of_phones() {
    let fixture = Fixture::new();
    let expected = || async {
        let dialers = fixture.store.read(|tx| tx.expected_lines()).await.unwrap();
        let one = dialers.into_iter().find(|dialer| dialer.server_ip == "10.0.9.8").unwrap();
        (one.lines, one.changes)
    };
    let (lines, mut before) = expected().await;
    assert_eq!(lines, 1);
    let steps = [
        ("INSERT INTO phones (extension, server_ip, login, protocol) VALUES ('501', '10.0.9.8', '501a', 'SIP')", 2),
        ("INSERT INTO phones (extension, server_ip, login, protocol) VALUES ('502', '10.0.9.8', '502a', 'IAX2')", 2),
        ("UPDATE phones SET protocol = 'PJSIP' WHERE login = '502a'", 3),
        ("UPDATE phones SET active = 'N' WHERE login = '501a'", 2),
        ("UPDATE phones SET is_webphone = 'Y' WHERE login = '502a'", 1),
        ("UPDATE phones SET active = 'Y' WHERE login = '501a'", 2),
        ("DELETE FROM phones WHERE login = '501a'", 1),
    ];
    for (sql, lines) in steps {
        fixture.sql(sql);
        let (found, changes) = expected().await;
        assert_eq!(found, lines, "{sql}");
        assert_eq!(changes != before, !sql.contains("IAX2"), "{sql}");
        before = changes;
    }
    fixture.sql("UPDATE phones SET fullname = 'x', active = active, protocol = protocol");
    assert_eq!(expected().await, (1, before), "these changes do not affect registrations");
    let named = fixture.store.read(|tx| tx.registrations_expected_on("10.0.9.8")).await.unwrap();
    assert_eq!(named.len(), 1);
}
