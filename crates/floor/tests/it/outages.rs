//! Dialers that go down, and the partition guard.

use std::time::Duration;

use floor::MoveAllOutcome;
use tokio::time::Instant;

use crate::harness::{Harness, boss, ms, server_ip};

#[tokio::test]
async fn the_agents_of_a_dead_dialer_are_rehomed_evenly_without_logging_in_again() {
    let harness = Harness::new(4, 40, ms(5)).await;
    for agent in 0..40 {
        harness.arrive(agent).await;
    }
    let start = Instant::now();
    harness.dialers[0].die();
    let out = harness.until(|harness| harness.floor().dialers()[0].health != "healthy").await;
    harness.until(|harness| harness.count("live") == 40 && harness.floor().dialers()[0].seats == 0).await;
    println!("out of placement after {:?}, all live elsewhere after {:?}", out - start, start.elapsed());
    assert_eq!(harness.floor().dialers().iter().map(|view| view.seats).collect::<Vec<_>>().iter().sum::<usize>(), 40);
    let seats: Vec<usize> = harness.floor().dialers()[1..].iter().map(|view| view.seats).collect();
    assert_eq!((seats.iter().min(), seats.iter().max()), (Some(&13), Some(&14)), "the agents are spread evenly");
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM hotdesk_session WHERE end_reason IS NOT NULL"), 0);
}

#[tokio::test]
async fn a_frozen_dialer_loses_its_agents_and_rings_nobody_when_it_recovers() {
    let harness = Harness::new(3, 3, ms(5)).await;
    for agent in 0..3 {
        harness.arrive(agent).await;
    }
    let start = Instant::now();
    harness.dialers[0].freeze();
    let out = harness.until(|harness| harness.floor().dialers()[0].health != "healthy").await;
    assert_eq!(harness.floor().dialers()[0].seats, 1, "a suspect dialer keeps its agents");
    harness.until(|harness| harness.count("live") == 3 && harness.floor().dialers()[0].seats == 0).await;
    println!("out of placement after {:?}, live elsewhere after {:?}", out - start, start.elapsed());
    assert!(start.elapsed() >= Duration::from_secs(5), "the dialer is down only after 5 s of silence");
    harness.dialers[0].recover();
    harness
        .until(|harness| harness.floor().dialers()[0].health == "healthy" && harness.dialers[0].calls().is_empty())
        .await;
    assert_eq!(harness.dialers[1].calls().len() + harness.dialers[2].calls().len(), 3);
}

#[tokio::test]
async fn when_a_dialer_dies_while_it_rings_the_next_choice_is_rung() {
    let harness = Harness::new(2, 1, ms(300)).await;
    let session = harness.log_in(0).await.session;
    assert_eq!(session.server_ip, server_ip(1));
    harness.until(|harness| harness.dialers[1].calls().len() == 1).await;
    harness.dialers[1].die();
    let arrived = harness.settled(session.session_id).await;
    assert_eq!((arrived.state, arrived.server_ip), ("live", server_ip(0)));
}

#[tokio::test]
async fn an_outage_of_most_dialers_freezes_the_floor_until_they_recover() {
    let harness = Harness::new(8, 16, ms(5)).await;
    for agent in 0..16 {
        harness.arrive(agent).await;
    }
    let before = harness.floor().snapshot().0.sessions;
    for dialer in &harness.dialers[..5] {
        dialer.freeze();
    }
    harness.until(|harness| harness.floor().alarm().frozen).await;
    harness.until(|harness| harness.floor().dialers().iter().filter(|view| view.health == "down").count() == 5).await;
    tokio::time::sleep(ms(500)).await;
    assert_eq!(harness.floor().snapshot().0.sessions, before, "nobody is moved");
    for dialer in &harness.dialers[..5] {
        dialer.recover();
    }
    harness.until(|harness| !harness.floor().alarm().frozen).await;
    assert_eq!(harness.floor().snapshot().0.sessions, before);
    assert_eq!(harness.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>(), 16, "nobody was rung again");
    assert!(harness.floor().remove(before[0].session_id, boss()).await.unwrap());
}

#[tokio::test]
async fn agents_of_the_only_dialer_wait_for_it() {
    let harness = Harness::new(1, 1, ms(5)).await;
    let session = harness.arrive(0).await;
    harness.dialers[0].die();
    harness.until(|harness| harness.floor().dialers()[0].health == "down").await;
    assert_eq!(harness.session(session.session_id).state, "live");
    harness.dialers[0].revive().await.unwrap();
    harness.until(|harness| harness.dialers[0].calls().len() == 1).await;
    assert_eq!(harness.settled(session.session_id).await.state, "live");
}

#[tokio::test]
async fn moving_all_agents_needs_the_number_of_agents_in_a_call() {
    let harness = Harness::new(3, 6, ms(5)).await;
    for agent in 0..6 {
        harness.arrive(agent).await;
    }
    let on_first = |harness: &Harness| harness.floor().dialers()[0].seats;
    assert_eq!(on_first(&harness), 2);
    harness
        .sql()
        .execute("UPDATE vicidial_live_agents SET status = 'INCALL' WHERE server_ip = '10.0.8.0'", [])
        .unwrap();
    let floor = harness.floor();
    assert_eq!(floor.move_all_agents("10.0.8.0", 1, boss()).await.unwrap(), MoveAllOutcome::InCall(2));
    assert_eq!(floor.move_all_agents("10.9.9.9", 0, boss()).await.unwrap(), MoveAllOutcome::NoSuchDialer);
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 0);
    assert_eq!(
        floor.move_all_agents("10.0.8.0", 2, boss()).await.unwrap(),
        MoveAllOutcome::Done { moved: 2, stayed: 0 }
    );
    harness.until(|harness| harness.count("live") == 6 && on_first(harness) == 0).await;
    harness.until(|harness| harness.dialers[0].calls().is_empty()).await;
    assert_eq!(harness.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 3);
    assert_eq!(floor.outcome_counts(), [("live".to_owned(), 8)].into());
}
