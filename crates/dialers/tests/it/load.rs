//! Load, in real time.

use std::sync::Arc;

use dialers::dialer::AnsweredCall;
use dialers::line::Line;
use dialers::simulator::{LineScript, SimulatedDialer};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::{Fixture, account, any_port, ms, simulated};

#[tokio::test]
async fn a_thousand_simultaneous_rings_are_all_answered() {
    let lines = (0..1000).map(|number| (Line::sip(&number.to_string()), LineScript::answering()));
    let simulated = SimulatedDialer::start(any_port(), account(), lines).await.unwrap();
    let fixture = Arc::new(Fixture::at(&simulated).await);
    let start = Instant::now();
    let mut rings = JoinSet::new();
    for number in 0..1000 {
        let fixture = Arc::clone(&fixture);
        rings.spawn(async move {
            let mut call = fixture.call(&format!("SIP/{number}"));
            call.timeout = ms(20_000);
            (call.call_id, fixture.dialer.ring(&call).await)
        });
    }
    for (call_id, outcome) in rings.join_all().await {
        assert!(
            matches!(&outcome, Ok(AnsweredCall { unique_id, .. }) if *unique_id == call_id.to_string()),
            "{call_id}: {outcome:?}"
        );
    }
    let elapsed = start.elapsed();
    println!("1000 rings in {elapsed:?}: {:.0} a second", 1000.0 / elapsed.as_secs_f64());
    assert_eq!(simulated.calls().len(), 1000);
    assert_eq!(fixture.dialer.calls().await.unwrap().len(), 1000);
    assert!(fixture.dialer.connection_state().borrow().is_healthy());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_events_does_not_delay_a_call() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let mut flood = 0;
    simulated.send_unused_events(10_000);
    let call = fixture.call("SIP/answers");
    let mut ring = std::pin::pin!(fixture.dialer.ring(&call));
    let outcome = loop {
        tokio::select! {
            outcome = &mut ring => break outcome,
            () = tokio::task::yield_now() => {
                simulated.send_unused_events(100);
                flood += 100;
            }
        }
        tokio::time::sleep(ms(5)).await;
    };
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(flood > 0);
    assert!(fixture.dialer.connection_state().borrow().is_healthy());
}
