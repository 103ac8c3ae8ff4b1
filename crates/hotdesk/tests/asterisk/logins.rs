//! Logins with an alias, two real dialers and a real softphone.

use std::time::Duration;

use dialers::call_id::CallId;
use dialers::dialer::{CallEvent, CallUpdate};
use dialers::event::ChannelEvent;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use super::call_centre::CallCentre;
use super::dialer_client::DialerClient;
use super::lab::{Lab, say};
use super::wait::{WAIT_LIMIT, wait_until};

/// Waits until an agent joins a conference of this dialer. Returns the call and the conference.
async fn joined(updates: &mut Receiver<CallUpdate>) -> (CallId, String) {
    let wait = async {
        loop {
            let update = updates.recv().await.unwrap();
            if let CallEvent::Channel { what: ChannelEvent::Joined { conference }, .. } = update.what {
                return (update.call_id, conference);
            }
        }
    };
    tokio::time::timeout(WAIT_LIMIT, wait).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_login_rings_the_least_loaded_dialer_and_the_agent_joins_the_conference() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    centre.add_agent_on(1);
    let client = DialerClient::at(&centre.dialers[0]).await;
    let mut updates = client.dialer.call_updates();
    let start = Instant::now();
    let id = centre.log_in();
    let (_, conference) = joined(&mut updates).await;
    say(&format!("real Asterisk: an agent is in the conference {:?} after the login", start.elapsed()));
    let session = centre.live(id);
    assert_eq!((session.server_ip, session.conference), (centre.dialers[0].ip().to_string(), conference));
    assert_eq!((centre.dialers[0].calls(), centre.dialers[1].calls()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_whose_dialer_is_killed_joins_a_conference_on_the_other_one() {
    let Some(lab) = Lab::open() else { return };
    let mut centre = CallCentre::open(lab);
    let before = centre.arrive();
    assert_eq!(before.server_ip, centre.dialers[1].ip().to_string(), "the later phone wins a tie");
    let client = DialerClient::at(&centre.dialers[0]).await;
    let mut updates = client.dialer.call_updates();
    let start = Instant::now();
    centre.dialers[1].kill();
    let (call_id, conference) = joined(&mut updates).await;
    say(&format!("real Asterisk: from kill -9 to ConfbridgeJoin on the other dialer {:?}", start.elapsed()));
    let after = centre.live(before.id);
    assert_eq!((after.server_ip, after.conference), (centre.dialers[0].ip().to_string(), conference));
    assert!(
        centre.timeline(before.id).contains(r#""cause":"dialer_lost""#),
        "{call_id}: {}",
        centre.timeline(before.id)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_of_an_inactive_dialer_stays_until_the_next_login() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    let first = centre.arrive();
    centre.sql(&format!("UPDATE servers SET active = 'N' WHERE server_ip = '{}'", first.server_ip));
    // Longer than Hotdesk needs to see the change: nobody is moved.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(centre.live(first.id), first);
    let second = centre.arrive();
    assert_ne!(second.server_ip, first.server_ip);
    let left = centre.dialer_at(&first.server_ip);
    wait_until("no call on the previous dialer", || left.calls() == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_line_that_is_unregistered_on_one_dialer_is_rung_on_the_other() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    centre.phone.unregister(&centre.dialers[1]);
    let session = centre.arrive();
    assert_eq!(session.server_ip, centre.dialers[0].ip().to_string());
    assert!(
        !centre.timeline(session.id).contains("failed"),
        "the registration is known before the ring: {}",
        centre.timeline(session.id)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dialer_that_freezes_during_a_login_and_recovers_later_leaves_one_call() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    centre.dialers[1].freeze();
    let id = centre.log_in();
    assert_eq!(centre.session(id).server_ip, centre.dialers[1].ip().to_string(), "the freeze is not detected yet");
    let session = centre.live(id);
    assert_eq!(session.server_ip, centre.dialers[0].ip().to_string());
    centre.dialers[1].thaw();
    let client = DialerClient::at(&centre.dialers[1]).await;
    wait_until("no call on the dialer that was frozen", || centre.dialers[1].calls() == 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(client.dialer.calls().await.unwrap().is_empty());
    assert_eq!((centre.dialers[0].calls(), centre.dialers[1].calls()), (1, 0));
    assert_eq!(centre.live(id), session);
}
