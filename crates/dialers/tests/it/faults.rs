//! Dialers that fail during an operation: no call is left over and none is lost.

use dialers::dialer::{CallEvent, ConnectionState};
use dialers::line::Line;
use dialers::simulator::{CallState, LineScript};
use fleet::dialer_status::RingEnd;
use tokio::time::Instant;

use crate::support::{Fixture, account, ms, simulated, story, until};

#[tokio::test(start_paused = true)]
async fn a_call_that_a_frozen_dialer_places_late_is_hung_up_and_the_next_one_stays() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.freeze();
    let start = Instant::now();
    let late = fixture.call("SIP/answers");
    assert_eq!(fixture.dialer.ring(&late).await, Err(RingEnd::DialerLost));
    assert!(start.elapsed() < ms(1600), "{:?}", start.elapsed());
    assert_eq!(simulated.counts().originates, 0);
    simulated.recover();
    until(&simulated, |simulated| simulated.counts().originates == 1).await;
    until(&simulated, |simulated| simulated.counts().hung_up == 1 && simulated.calls().is_empty()).await;
    fixture.healthy().await;
    let call = fixture.call("SIP/answers");
    assert!(fixture.dialer.ring(&call).await.is_ok());
    let calls = simulated.calls();
    assert_eq!(calls.iter().map(|call| call.unique_id.clone()).collect::<Vec<_>>(), [call.call_id.to_string()]);
}

#[tokio::test(start_paused = true)]
async fn a_late_call_is_hung_up_even_if_its_connection_was_closed_long_before() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.freeze();
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/answers")).await, Err(RingEnd::DialerLost));
    fixture.until(ConnectionState::is_down).await;
    tokio::time::sleep(ms(20_000)).await;
    simulated.recover();
    until(&simulated, |simulated| simulated.counts().originates == 1).await;
    until(&simulated, |simulated| simulated.calls().is_empty()).await;
    fixture.healthy().await;
    assert_eq!((simulated.counts().hung_up, simulated.calls()), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn calls_of_other_owners_are_never_hung_up() {
    let simulated = simulated().await;
    let (fixture, other) = (Fixture::at(&simulated).await, Fixture::watching(simulated.address(), account(), 2));
    other.healthy().await;
    let foreign = other.call("PJSIP/answers");
    assert!(other.dialer.ring(&foreign).await.is_ok());
    // The first client loses its connection, and finds the other's call on the next one.
    simulated.freeze();
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/answers")).await, Err(RingEnd::DialerLost));
    simulated.recover();
    until(&simulated, |simulated| simulated.counts().hung_up == 1).await;
    fixture.healthy().await;
    assert_eq!(fixture.dialer.calls().await.unwrap()[0].call_id, foreign.call_id);
    assert_eq!(simulated.calls()[0].unique_id, foreign.call_id.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_dies_during_a_ring_ends_the_ring_at_once() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/rings");
    let start = Instant::now();
    let (outcome, ()) = tokio::join!(fixture.dialer.ring(&call), async {
        until(&simulated, |simulated| simulated.calls().iter().any(|call| call.state == CallState::Ringing)).await;
        simulated.die();
    });
    assert_eq!(outcome, Err(RingEnd::DialerLost));
    assert!(start.elapsed() < ms(100), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ended_during_a_disconnect_is_reported_as_gone() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/answers");
    assert!(fixture.dialer.ring(&call).await.is_ok());
    let mut updates = fixture.dialer.call_updates();
    simulated.die();
    fixture.until(|health| !health.is_healthy()).await;
    simulated.revive().await.unwrap();
    let gone = async {
        loop {
            let update = updates.recv().await.unwrap();
            if update.what == CallEvent::Gone {
                break update.call_id;
            }
        }
    };
    let call_id = tokio::time::timeout(ms(60_000), gone).await.unwrap();
    assert_eq!(call_id, call.call_id);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_hung_up_during_an_outage_ends_when_the_dialer_recovers() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/answers");
    assert!(fixture.dialer.ring(&call).await.is_ok());
    simulated.freeze();
    fixture.until(ConnectionState::is_down).await;
    fixture.dialer.hang_up(call.call_id);
    simulated.recover();
    until(&simulated, |simulated| simulated.calls().is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_sends_garbage_is_suspect_until_it_recovers() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.send_garbage();
    fixture.until(|health| !health.is_healthy()).await;
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/answers")).await, Err(RingEnd::DialerLost));
    simulated.recover();
    fixture.healthy().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_dialer_still_rings() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    fixture.registrations_known().await;
    let mut updates = fixture.dialer.call_updates();
    simulated.slow_down(ms(20));
    simulated.set_line(&Line::sip("quick"), LineScript::answering());
    assert!(fixture.dialer.ring(&fixture.call("SIP/quick")).await.is_ok());
    simulated.hang_up_at(&Line::sip("quick"));
    assert_eq!(story(&mut updates).await.last().unwrap(), "ended 16");
}

#[tokio::test(start_paused = true)]
async fn a_ring_fails_with_its_connection_even_if_a_new_connection_opens_before_it_is_polled() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let call = fixture.call("SIP/rings");
    let mut ring = std::pin::pin!(fixture.dialer.ring(&call));
    tokio::select! {
        _ = &mut ring => {}
        () = until(&simulated, |simulated| simulated.calls().iter().any(|call| call.state == CallState::Ringing)) => {}
    }
    simulated.die();
    fixture.until(|health| !health.is_healthy()).await;
    simulated.revive().await.unwrap();
    fixture.healthy().await;
    assert_eq!(ring.await, Err(RingEnd::DialerLost));
}
