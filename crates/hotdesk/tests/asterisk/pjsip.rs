//! Phones on `chan_pjsip`.

use std::net::Ipv4Addr;
use std::path::Path;

use dialers::event::ChannelEvent;
use fleet::dialer_status::Registration;
use fleet::dialer_status::RingEnd;

use super::call_centre::CallCentre;
use super::desk::{Desk, ROOM, until_told};
use super::lab::{Lab, PJ100, PJ101, say};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pjsip_line_is_known_from_the_list_and_by_events() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[PJ100, PJ101]);
    let early = Desk::at(&asterisk).await;
    early.until_known(PJ100, Registration::NotRegistered).await;
    let phone = lab.softphone(PJ100, &[&asterisk]);
    early.until_known(PJ100, Registration::Registered).await;
    // This one was not there when the phone registered.
    let late = Desk::at(&asterisk).await;
    late.until_known(PJ100, Registration::Registered).await;
    let address = phone.address();
    assert_eq!(
        [&early, &late].map(|desk| desk.dialer.line_address(&PJ100.line())),
        [Some(address.clone()), Some(address)]
    );
    assert_eq!([&early, &late].map(|desk| desk.dialer.lines_registered()), [Some(1); 2]);
    assert_eq!(late.dialer.registration(&PJ101.line()), Registration::NotRegistered);
    phone.unregister(&asterisk);
    late.until_known(PJ100, Registration::NotRegistered).await;
    phone.register(&asterisk);
    late.until_known(PJ100, Registration::Registered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pjsip_line_is_rung_into_its_room_and_one_that_is_not_registered_is_told_at_once() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[PJ100, PJ101]);
    let _phone = lab.softphone(PJ100, &[&asterisk]);
    let desk = Desk::at(&asterisk).await;
    for line in ["PJSIP/pj101", "PJSIP/unknown"] {
        assert_eq!(desk.dialer.ring(&desk.call(line)).await, Err(RingEnd::NotRegistered), "{line}");
    }
    let mut updates = desk.dialer.call_updates();
    let call = desk.call("PJSIP/pj100");
    let outcome = desk.dialer.ring(&call).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    until_told(&mut updates, call.call_id, |what| *what == ChannelEvent::Joined { room: ROOM.to_owned() }).await;
    assert!(asterisk.in_room(ROOM));
    desk.dialer.hang_up(call.call_id);
    until_told(&mut updates, call.call_id, |what| matches!(what, ChannelEvent::Ended { .. })).await;
}

/// Has the dialer ask its phones every second whether they are there.
fn qualify(_: Ipv4Addr, etc: &Path) {
    let file = etc.join("pjsip_wizard-hotdesk.conf");
    let accounts = std::fs::read_to_string(&file).unwrap();
    let asked = "aor/max_contacts=1\naor/qualify_frequency=1\naor/qualify_timeout=1\n";
    let asked = accounts.replace("aor/max_contacts=1\n", asked);
    assert_ne!(asked, accounts);
    std::fs::write(file, asked).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_phone_that_leaves_the_dialers_own_questions_unanswered_is_not_registered() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer_with(&[PJ100], qualify);
    let phone = lab.softphone(PJ100, &[&asterisk]);
    let desk = Desk::at(&asterisk).await;
    desk.until_known(PJ100, Registration::Registered).await;
    phone.kill();
    let took = desk.until_known(PJ100, Registration::NotRegistered).await;
    say(&format!("real Asterisk: a dead PJSIP phone that is asked every second is known after {took:?}"));
    assert!(asterisk.is_registered(PJ100), "its contact is still there");
    // One that comes later finds it in the list.
    let later = Desk::at(&asterisk).await;
    later.until_known(PJ100, Registration::NotRegistered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_login_with_a_pjsip_phone_is_rung_and_when_it_is_unregistered_the_other_dialer_is_chosen() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::of(lab, PJ100);
    let first = centre.arrive();
    let left = centre.dialer_at(&first.server_ip);
    assert_eq!(left.calls(), 1);
    centre.phone.unregister(left);
    // The server hears of it on a connection of its own, in the same moment.
    Desk::at(left).await.until_known(PJ100, Registration::NotRegistered).await;
    let second = centre.arrive();
    assert_ne!(second.server_ip, first.server_ip);
    assert!(!centre.trail(second.id).contains("failed"), "it is known before: {}", centre.trail(second.id));
}
