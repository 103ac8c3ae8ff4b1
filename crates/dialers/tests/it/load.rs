//! Much at once, in real time.

use std::sync::Arc;

use dialers::dialer::Outcome;
use dialers::line::Line;
use dialers::simulator::{LineScript, SimulatedDialer};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::{Desk, account, any_port, ms, simulated};

#[tokio::test]
async fn a_thousand_rings_at_once_are_all_answered() {
    let lines = (0..1000).map(|number| (Line::sip(&number.to_string()), LineScript::answering()));
    let simulated = SimulatedDialer::start(any_port(), account(), lines).await.unwrap();
    let desk = Arc::new(Desk::at(&simulated).await);
    let start = Instant::now();
    let mut rings = JoinSet::new();
    for number in 0..1000 {
        let desk = Arc::clone(&desk);
        rings.spawn(async move {
            let mut call = desk.call(&format!("SIP/{number}"));
            call.timeout = ms(20_000);
            (call.mark, desk.dialer.ring(&call).await)
        });
    }
    for (mark, outcome) in rings.join_all().await {
        assert!(
            matches!(&outcome, Outcome::Answered { unique_id, .. } if *unique_id == mark.to_string()),
            "{mark}: {outcome:?}"
        );
    }
    let elapsed = start.elapsed();
    println!("1000 rings in {elapsed:?}: {:.0} a second", 1000.0 / elapsed.as_secs_f64());
    assert_eq!(simulated.calls().len(), 1000);
    assert_eq!(desk.dialer.calls().await.unwrap().len(), 1000);
    assert!(desk.dialer.health().borrow().is_well());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_events_does_not_hold_up_a_call() {
    let simulated = simulated().await;
    let desk = Desk::at(&simulated).await;
    let mut flood = 0;
    simulated.chatter(10_000);
    let call = desk.call("SIP/answers");
    let mut ring = std::pin::pin!(desk.dialer.ring(&call));
    let outcome = loop {
        tokio::select! {
            outcome = &mut ring => break outcome,
            () = tokio::task::yield_now() => {
                simulated.chatter(100);
                flood += 100;
            }
        }
        tokio::time::sleep(ms(5)).await;
    };
    assert!(matches!(outcome, Outcome::Answered { .. }), "{outcome:?}");
    assert!(flood > 0);
    assert!(desk.dialer.health().borrow().is_well());
}
