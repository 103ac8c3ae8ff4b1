//! Every result of a ring on a healthy dialer, and its events.

use dialers::dialer::AnsweredCall;
use dialers::line::Line;
use dialers::simulator::CallState;
use fleet::dialer_status::RingEnd;
use tokio::time::Instant;

use crate::support::{Fixture, ms, simulated, story, until};

#[tokio::test(start_paused = true)]
async fn an_answered_line_joins_its_conference_and_leaves_it_when_the_agent_hangs_up() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    let call = fixture.call("SIP/answers");
    let unique_id = call.call_id.to_string();
    let outcome = fixture.dialer.ring(&call).await;
    assert_eq!(outcome, Ok(AnsweredCall { channel: "SIP/answers-00000001".to_owned(), unique_id }));
    assert_eq!(simulated.calls()[0].state, CallState::Up);
    simulated.hang_up_at(&Line::sip("answers"));
    let events = story(&mut updates).await;
    assert_eq!(events, ["created", "ringing", "up", "ANSWER", "joined 9600001", "left 9600001", "ended 16"]);
    assert_eq!(simulated.counts().hung_up, 0, "the client did not hang up");
}

#[tokio::test(start_paused = true)]
async fn an_extension_with_a_leading_two_leads_to_the_same_conference() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    let mut call = fixture.call("PJSIP/answers");
    call.exten = "28600051".to_owned();
    assert!(fixture.dialer.ring(&call).await.is_ok());
    fixture.dialer.hang_up(call.call_id);
    assert!(story(&mut updates).await.contains(&"joined 8600051".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn ringing_an_unregistered_line_fails_at_once_without_a_channel() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    let start = Instant::now();
    for channel in ["SIP/absent", "SIP/nobody", "PJSIP/nobody", "Local/8300@default"] {
        assert_eq!(fixture.dialer.ring(&fixture.call(channel)).await, Err(RingEnd::NotRegistered), "{channel}");
    }
    assert!(start.elapsed() < ms(100), "{:?}", start.elapsed());
    assert!(updates.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_line_rings_until_the_timeout() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    let start = Instant::now();
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/rings")).await, Err(RingEnd::NoAnswer));
    assert!((ms(2000)..ms(2100)).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert_eq!(story(&mut updates).await, ["created", "ringing", "ended 16"]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_but_registered_phone_does_not_even_ring() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/dead")).await, Err(RingEnd::NoAnswer));
    assert_eq!(story(&mut updates).await, ["created", "ended 16"]);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_call_and_a_busy_phone_are_rejected() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/rejects")).await, Err(RingEnd::Rejected));
    assert_eq!(story(&mut updates).await, ["created", "ringing", "BUSY", "ended 17"]);
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/busy")).await, Err(RingEnd::Rejected));
    assert_eq!(story(&mut updates).await, ["created", "BUSY", "ended 17"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_carries_the_dialers_message() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let refused = Err(RingEnd::Refused { words: "Extension does not exist.".to_owned() });
    let mut call = fixture.call("SIP/answers");
    call.exten = "1234".to_owned();
    assert_eq!(fixture.dialer.ring(&call).await, refused);
    let mut call = fixture.call("SIP/answers");
    call.context = "nowhere".to_owned();
    assert_eq!(fixture.dialer.ring(&call).await, refused);
}

#[tokio::test(start_paused = true)]
async fn fields_cannot_be_injected_into_a_call() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut call = fixture.call("SIP/answers");
    call.caller_id = "\"A\" <1>\r\nApplication: System".to_owned();
    let words = "the value of Callerid has a character that cannot be sent".to_owned();
    assert_eq!(fixture.dialer.ring(&call).await, Err(RingEnd::Refused { words }));
    let mut call = fixture.call("SIP/answers");
    call.variables.push(("A".to_owned(), "1,HOTDESK_CALL=other".to_owned()));
    let words = "the value of Variable has a character that cannot be sent".to_owned();
    assert_eq!(fixture.dialer.ring(&call).await, Err(RingEnd::Refused { words }));
    assert_eq!(simulated.counts().originates, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_hung_up_while_it_rings_is_given_up() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/rings");
    let (outcome, ()) = tokio::join!(fixture.dialer.ring(&call), async {
        until(&simulated, |simulated| simulated.calls().iter().any(|call| call.state == CallState::Ringing)).await;
        fixture.dialer.hang_up(call.call_id);
    });
    assert_eq!(outcome, Err(RingEnd::GivenUp));
    until(&simulated, |simulated| simulated.calls().is_empty()).await;
    assert_eq!(simulated.counts().hung_up, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_ended_elsewhere_while_it_rings_is_not_reported_as_unregistered() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/rings");
    let (outcome, ()) = tokio::join!(fixture.dialer.ring(&call), async {
        until(&simulated, |simulated| simulated.calls().iter().any(|call| call.state == CallState::Ringing)).await;
        simulated.hang_up_at(&Line::sip("rings"));
    });
    assert_eq!(outcome, Err(RingEnd::Failed { reason: 0 }));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_ring_is_hung_up() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut updates = fixture.dialer.call_updates();
    let call = fixture.call("SIP/rings");
    let start = Instant::now();
    tokio::select! {
        _ = fixture.dialer.ring(&call) => {}
        () = async { while !format!("{:?}", updates.recv().await).contains("Ringing") {} } => {}
    }
    until(&simulated, |simulated| simulated.calls().is_empty()).await;
    assert_eq!(simulated.counts().hung_up, 1);
    assert!(start.elapsed() < ms(1000), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_id_is_used_once_and_only_by_its_owner() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/answers");
    assert!(fixture.dialer.ring(&call).await.is_ok());
    assert_eq!(fixture.dialer.ring(&call).await, Err(RingEnd::Refused { words: "the call id is in use".to_owned() }));
    let other = Fixture::watching(simulated.address(), crate::support::account(), 2);
    let foreign = other.call("SIP/answers");
    assert!(matches!(fixture.dialer.ring(&foreign).await, Err(RingEnd::Refused { .. })));
    let calls = fixture.dialer.calls().await.unwrap();
    assert_eq!(calls.iter().map(|call| call.call_id).collect::<Vec<_>>(), [call.call_id]);
}
