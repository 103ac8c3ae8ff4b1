//! Tests of the crate `dialers` against a real dialer.

use std::time::Duration;

use dialers::dialer::{ConnectionState, Trouble};
use dialers::event::ChannelEvent;
use dialers::line::Line;
use fleet::dialer_status::Registration;
use fleet::dialer_status::RingEnd;
use tokio::time::Instant;

use super::dialer_client::{CONFERENCE, DialerClient, until_event};
use super::lab::{CC100, CC101, Lab, say};
use super::wait::wait_until;

const fn trouble(health: ConnectionState) -> Option<Trouble> {
    match health {
        ConnectionState::Healthy => None,
        ConnectionState::Suspect { why, .. } | ConnectionState::Down { why, .. } => Some(why),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_registered_softphone_is_rung_into_its_conference() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[CC100]);
    let _phone = lab.softphone(CC100, &[&asterisk]);
    let client = DialerClient::at(&asterisk).await;
    let mut updates = client.dialer.call_updates();
    let call = client.call("SIP/cc100");
    let start = Instant::now();
    let outcome = client.dialer.ring(&call).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    say(&format!("real Asterisk: a ring is answered after {:?}", start.elapsed()));
    until_event(&mut updates, call.call_id, |what| *what == ChannelEvent::Joined { conference: CONFERENCE.to_owned() })
        .await;
    assert!(asterisk.in_conference(CONFERENCE));
    client.dialer.hang_up(call.call_id);
    until_event(&mut updates, call.call_id, |what| matches!(what, ChannelEvent::Ended { .. })).await;
    wait_until("an empty conference", || !asterisk.in_conference(CONFERENCE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn ringing_an_unregistered_line_fails_at_once() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[CC100, CC101]);
    let _phone = lab.softphone(CC100, &[&asterisk]);
    let client = DialerClient::at(&asterisk).await;
    for line in ["SIP/cc101", "SIP/unknown"] {
        let start = Instant::now();
        assert_eq!(client.dialer.ring(&client.call(line)).await, Err(RingEnd::NotRegistered), "{line}");
        let took = start.elapsed();
        say(&format!("real Asterisk: {line} is reported as not registered after {took:?}"));
        assert!(took < Duration::from_secs(1), "{line}: {took:?}");
    }
    let mut changes = client.dialer.registration_changes();
    let known = changes.wait_for(|_| client.dialer.registration(&Line::sip("cc100")) == Registration::Registered);
    tokio::time::timeout(super::wait::WAIT_LIMIT, known).await.unwrap().unwrap();
    assert_eq!(client.dialer.registration(&Line::sip("cc101")), Registration::NotRegistered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn registrations_have_addresses_and_exclude_trunks() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer_with(&[CC100], |_, etc| {
        let file = etc.join("sip-hotdesk.conf");
        let accounts = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, accounts + "[trunk]\ntype=peer\nhost=127.0.0.1\nport=9\n").unwrap();
    });
    let early = DialerClient::at(&asterisk).await;
    early.until_known(CC100, Registration::NotRegistered).await;
    let phone = lab.softphone(CC100, &[&asterisk]);
    early.until_known(CC100, Registration::Registered).await;
    let late = DialerClient::at(&asterisk).await;
    late.until_known(CC100, Registration::Registered).await;
    let address = phone.address();
    assert_eq!(
        [&early, &late].map(|client| client.dialer.line_address(&CC100.line())),
        [Some(address.clone()), Some(address)]
    );
    assert_eq!(late.dialer.registration(&Line::sip("trunk")), Registration::Registered);
    for client in [early, late] {
        let counted = async {
            while client.dialer.lines_registered() != Some(1) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(super::wait::WAIT_LIMIT, counted).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_killed_dialer_is_detected_within_a_second_and_healthy_after_its_restart() {
    let Some(lab) = Lab::open() else { return };
    let mut asterisk = lab.dialer(&[CC100]);
    let client = DialerClient::at(&asterisk).await;
    let start = Instant::now();
    asterisk.kill();
    let health = client.until(|health| !health.is_healthy()).await;
    let took = start.elapsed();
    say(&format!("real Asterisk: kill -9 is detected after {took:?}"));
    assert_eq!(trouble(health), Some(Trouble::Closed));
    assert!(took < Duration::from_secs(1), "{took:?}");
    asterisk.restart();
    let start = Instant::now();
    client.until(ConnectionState::is_healthy).await;
    say(&format!("real Asterisk: it is healthy {:?} after its restart", start.elapsed()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_frozen_dialer_is_detected_within_two_seconds_and_healthy_after_it_continues() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[CC100]);
    let client = DialerClient::at(&asterisk).await;
    let start = Instant::now();
    asterisk.freeze();
    let health = client.until(|health| !health.is_healthy()).await;
    let took = start.elapsed();
    say(&format!("real Asterisk: SIGSTOP is detected after {took:?}"));
    assert_eq!(trouble(health), Some(Trouble::Unanswered));
    assert!(took < Duration::from_secs(2), "{took:?}");
    asterisk.thaw();
    client.until(ConnectionState::is_healthy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_ring_that_was_given_up_while_the_dialer_was_frozen_ends_at_its_first_event() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[CC100]);
    let _phone = lab.softphone(CC100, &[&asterisk]);
    let client = DialerClient::at(&asterisk).await;
    let mut updates = client.dialer.call_updates();
    asterisk.freeze();
    let call = client.call("SIP/cc100");
    assert_eq!(client.dialer.ring(&call).await, Err(RingEnd::DialerLost));
    asterisk.thaw();
    let start = Instant::now();
    // The dialer still executes the ring; otherwise this test would prove nothing.
    until_event(&mut updates, call.call_id, |what| *what == ChannelEvent::Created).await;
    until_event(&mut updates, call.call_id, |what| matches!(what, ChannelEvent::Ended { .. })).await;
    say(&format!("real Asterisk: a ring from before a freeze has ended {:?} after SIGCONT", start.elapsed()));
    client.until(ConnectionState::is_healthy).await;
    wait_until("no call", || asterisk.calls() == 0 && !asterisk.in_conference(CONFERENCE));
    assert!(client.dialer.calls().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_ring_that_was_given_up_on_a_connection_that_is_gone_ends_after_the_next_login() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[CC100]);
    let _phone = lab.softphone(CC100, &[&asterisk]);
    let client = DialerClient::at(&asterisk).await;
    let mut updates = client.dialer.call_updates();
    asterisk.freeze();
    let call = client.call("SIP/cc100");
    assert_eq!(client.dialer.ring(&call).await, Err(RingEnd::DialerLost));
    client.until(ConnectionState::is_down).await;
    asterisk.thaw();
    let start = Instant::now();
    let end = until_event(&mut updates, call.call_id, |what| matches!(what, ChannelEvent::Ended { .. }));
    if tokio::time::timeout(Duration::from_secs(5), end).await.is_ok() {
        let took = start.elapsed();
        say(&format!("real Asterisk: a ring from before a lost connection has ended {took:?} after SIGCONT"));
    } else {
        // Rarely, the dialer sees the closed connection before it reads the ring.
        assert!(asterisk.cli("core show channels count").contains("0 calls processed"));
    }
    client.until(ConnectionState::is_healthy).await;
    wait_until("no call", || asterisk.calls() == 0 && !asterisk.in_conference(CONFERENCE));
}
