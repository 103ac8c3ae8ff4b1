//! An agent with an alias, two real dialers and a real softphone.

use std::time::Duration;

use dialers::call_id::CallId;
use dialers::dialer::{CallEvent, CallUpdate};
use dialers::event::ChannelEvent;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use super::call_centre::CallCentre;
use super::desk::Desk;
use super::lab::{Lab, say};
use super::wait::{PATIENCE, wait_until};

/// Waits until an agent has come into a room of this dialer: which room.
async fn joined(updates: &mut Receiver<CallUpdate>) -> (CallId, String) {
    let wait = async {
        loop {
            let news = updates.recv().await.unwrap();
            if let CallEvent::Channel { what: ChannelEvent::Joined { room }, .. } = news.what {
                return (news.call_id, room);
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_login_rings_the_least_loaded_dialer_and_the_agent_is_in_the_room() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    centre.sit_somebody_on(1);
    let desk = Desk::at(&centre.dialers[0]).await;
    let mut updates = desk.dialer.call_updates();
    let start = Instant::now();
    let id = centre.log_in();
    let (_, room) = joined(&mut updates).await;
    say(&format!("real Asterisk: an agent is in the room {:?} after the login", start.elapsed()));
    let stay = centre.live(id);
    assert_eq!((stay.server_ip, stay.room), (centre.dialers[0].ip().to_string(), room));
    assert_eq!((centre.dialers[0].calls(), centre.dialers[1].calls()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_whose_dialer_is_killed_is_in_a_room_of_the_other_one() {
    let Some(lab) = Lab::open() else { return };
    let mut centre = CallCentre::open(lab);
    let before = centre.arrive();
    assert_eq!(before.server_ip, centre.dialers[1].ip().to_string(), "on a tie the later phone");
    let desk = Desk::at(&centre.dialers[0]).await;
    let mut updates = desk.dialer.call_updates();
    let start = Instant::now();
    centre.dialers[1].kill();
    let (call_id, room) = joined(&mut updates).await;
    say(&format!("real Asterisk: from kill -9 to ConfbridgeJoin on the other dialer {:?}", start.elapsed()));
    let after = centre.live(before.id);
    assert_eq!((after.server_ip, after.room), (centre.dialers[0].ip().to_string(), room));
    assert!(centre.trail(before.id).contains(r#""cause":"dialer_lost""#), "{call_id}: {}", centre.trail(before.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_of_an_inactive_dialer_stays_and_lands_on_the_other_one_at_the_next_login() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    let first = centre.arrive();
    centre.sql(&format!("UPDATE servers SET active = 'N' WHERE server_ip = '{}'", first.server_ip));
    // Longer than it takes to see that: nobody is moved.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(centre.live(first.id), first);
    let second = centre.arrive();
    assert_ne!(second.server_ip, first.server_ip);
    let left = centre.dialer_at(&first.server_ip);
    wait_until("no call on the dialer that was left", || left.calls() == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_line_that_is_unregistered_on_one_dialer_is_rung_on_the_other() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    centre.phone.unregister(&centre.dialers[1]);
    let stay = centre.arrive();
    assert_eq!(stay.server_ip, centre.dialers[0].ip().to_string());
    assert!(!centre.trail(stay.id).contains("failed"), "it is known before: {}", centre.trail(stay.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dialer_that_freezes_during_a_login_and_wakes_later_leaves_one_call() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::open(lab);
    centre.dialers[1].freeze();
    let id = centre.log_in();
    assert_eq!(centre.stay(id).server_ip, centre.dialers[1].ip().to_string(), "nobody knows yet");
    let stay = centre.live(id);
    assert_eq!(stay.server_ip, centre.dialers[0].ip().to_string());
    centre.dialers[1].thaw();
    let desk = Desk::at(&centre.dialers[1]).await;
    wait_until("no call on the dialer that was frozen", || centre.dialers[1].calls() == 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(desk.dialer.calls().await.unwrap().is_empty());
    assert_eq!((centre.dialers[0].calls(), centre.dialers[1].calls()), (1, 0));
    assert_eq!(centre.live(id), stay);
}
