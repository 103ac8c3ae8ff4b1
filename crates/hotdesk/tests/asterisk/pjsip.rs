//! Phones on `chan_pjsip`.

use std::net::Ipv4Addr;
use std::path::Path;

use dialers::event::ChannelEvent;
use fleet::dialer_status::Registration;
use fleet::dialer_status::RingEnd;

use super::call_centre::CallCentre;
use super::dialer_client::{CONFERENCE, DialerClient, until_event};
use super::lab::{Lab, PJ100, PJ101, say};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn registrations_of_pjsip_lines_are_read_from_the_list_and_from_events() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[PJ100, PJ101]);
    let early = DialerClient::at(&asterisk).await;
    early.until_known(PJ100, Registration::NotRegistered).await;
    let phone = lab.softphone(PJ100, &[&asterisk]);
    early.until_known(PJ100, Registration::Registered).await;
    // This client connects after the phone has registered.
    let late = DialerClient::at(&asterisk).await;
    late.until_known(PJ100, Registration::Registered).await;
    let address = phone.address();
    assert_eq!(
        [&early, &late].map(|client| client.dialer.line_address(&PJ100.line())),
        [Some(address.clone()), Some(address)]
    );
    assert_eq!([&early, &late].map(|client| client.dialer.lines_registered()), [Some(1); 2]);
    assert_eq!(late.dialer.registration(&PJ101.line()), Registration::NotRegistered);
    phone.unregister(&asterisk);
    late.until_known(PJ100, Registration::NotRegistered).await;
    phone.register(&asterisk);
    late.until_known(PJ100, Registration::Registered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pjsip_line_is_rung_into_its_conference_and_an_unregistered_one_fails_at_once() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer(&[PJ100, PJ101]);
    let _phone = lab.softphone(PJ100, &[&asterisk]);
    let client = DialerClient::at(&asterisk).await;
    for line in ["PJSIP/pj101", "PJSIP/unknown"] {
        assert_eq!(client.dialer.ring(&client.call(line)).await, Err(RingEnd::NotRegistered), "{line}");
    }
    let mut updates = client.dialer.call_updates();
    let call = client.call("PJSIP/pj100");
    let outcome = client.dialer.ring(&call).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    until_event(&mut updates, call.call_id, |what| *what == ChannelEvent::Joined { conference: CONFERENCE.to_owned() })
        .await;
    assert!(asterisk.in_conference(CONFERENCE));
    client.dialer.hang_up(call.call_id);
    until_event(&mut updates, call.call_id, |what| matches!(what, ChannelEvent::Ended { .. })).await;
}

/// Makes the dialer send its phones an OPTIONS request every second.
fn qualify(_: Ipv4Addr, etc: &Path) {
    let file = etc.join("pjsip_wizard-hotdesk.conf");
    let accounts = std::fs::read_to_string(&file).unwrap();
    let qualified = "aor/max_contacts=1\naor/qualify_frequency=1\naor/qualify_timeout=1\n";
    let changed = accounts.replace("aor/max_contacts=1\n", qualified);
    assert_ne!(changed, accounts);
    std::fs::write(file, changed).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_phone_that_does_not_answer_the_dialers_qualify_requests_is_unregistered() {
    let Some(lab) = Lab::open() else { return };
    let asterisk = lab.dialer_with(&[PJ100], qualify);
    let phone = lab.softphone(PJ100, &[&asterisk]);
    let client = DialerClient::at(&asterisk).await;
    client.until_known(PJ100, Registration::Registered).await;
    phone.kill();
    let took = client.until_known(PJ100, Registration::NotRegistered).await;
    say(&format!("real Asterisk: a dead PJSIP phone that is qualified every second is detected after {took:?}"));
    assert!(asterisk.is_registered(PJ100), "its contact still exists");
    // A client that connects later gets it from the list.
    let later = DialerClient::at(&asterisk).await;
    later.until_known(PJ100, Registration::NotRegistered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_login_with_a_pjsip_phone_avoids_a_dialer_where_it_is_unregistered() {
    let Some(lab) = Lab::open() else { return };
    let centre = CallCentre::of(lab, PJ100);
    let first = centre.arrive();
    let left = centre.dialer_at(&first.server_ip);
    assert_eq!(left.calls(), 1);
    centre.phone.unregister(left);
    // The server gets the same event on its own connection at the same time.
    DialerClient::at(left).await.until_known(PJ100, Registration::NotRegistered).await;
    let second = centre.arrive();
    assert_ne!(second.server_ip, first.server_ip);
    assert!(
        !centre.timeline(second.id).contains("failed"),
        "the registration is known before the ring: {}",
        centre.timeline(second.id)
    );
}
