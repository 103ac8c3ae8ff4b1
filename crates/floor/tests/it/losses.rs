//! Dialers that are lost, and Hotdesk that is cut off.

use std::time::Duration;

use floor::Emptied;
use tokio::time::Instant;

use crate::house::{House, boss, ms, server_ip};

#[tokio::test]
async fn the_agents_of_a_dialer_that_dies_are_live_on_the_others_without_logging_in() {
    let house = House::new(4, 40, ms(5)).await;
    for agent in 0..40 {
        house.arrive(agent).await;
    }
    let start = Instant::now();
    house.dialers[0].die();
    let out = house.until(|house| house.floor().dialers()[0].health != "well").await;
    house.until(|house| house.count("live") == 40 && house.floor().dialers()[0].seats == 0).await;
    println!("out of placement after {:?}, all live elsewhere after {:?}", out - start, start.elapsed());
    assert_eq!(house.floor().dialers().iter().map(|view| view.seats).collect::<Vec<_>>().iter().sum::<usize>(), 40);
    let seats: Vec<usize> = house.floor().dialers()[1..].iter().map(|view| view.seats).collect();
    assert_eq!((seats.iter().min(), seats.iter().max()), (Some(&13), Some(&14)), "spread evenly");
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM hotdesk_session WHERE end_reason IS NOT NULL"), 0);
}

#[tokio::test]
async fn a_frozen_dialer_loses_its_agents_and_rings_nobody_when_it_wakes() {
    let house = House::new(3, 3, ms(5)).await;
    for agent in 0..3 {
        house.arrive(agent).await;
    }
    let start = Instant::now();
    house.dialers[0].freeze();
    let out = house.until(|house| house.floor().dialers()[0].health != "well").await;
    assert_eq!(house.floor().dialers()[0].seats, 1, "suspect only: a hiccup moves nobody");
    house.until(|house| house.count("live") == 3 && house.floor().dialers()[0].seats == 0).await;
    println!("out of placement after {:?}, live elsewhere after {:?}", out - start, start.elapsed());
    assert!(start.elapsed() >= Duration::from_secs(5), "only after 5 s of silence");
    house.dialers[0].mend();
    house.until(|house| house.floor().dialers()[0].health == "well" && house.dialers[0].calls().is_empty()).await;
    assert_eq!(house.dialers[1].calls().len() + house.dialers[2].calls().len(), 3);
}

#[tokio::test]
async fn a_dialer_that_dies_while_it_rings_is_followed_by_the_next_choice() {
    let house = House::new(2, 1, ms(300)).await;
    let session = house.log_in(0).await.session;
    assert_eq!(session.server_ip, server_ip(1));
    house.until(|house| house.dialers[1].calls().len() == 1).await;
    house.dialers[1].die();
    let arrived = house.settled(session.session_id).await;
    assert_eq!((arrived.state, arrived.server_ip), ("live", server_ip(0)));
}

#[tokio::test]
async fn most_dialers_gone_at_once_freeze_the_floor_until_they_are_back() {
    let house = House::new(8, 16, ms(5)).await;
    for agent in 0..16 {
        house.arrive(agent).await;
    }
    let before = house.floor().snapshot().0.sessions;
    for dialer in &house.dialers[..5] {
        dialer.freeze();
    }
    house.until(|house| house.floor().alarm().frozen).await;
    house.until(|house| house.floor().dialers().iter().filter(|view| view.health == "lost").count() == 5).await;
    tokio::time::sleep(ms(500)).await;
    assert_eq!(house.floor().snapshot().0.sessions, before, "nobody is moved");
    for dialer in &house.dialers[..5] {
        dialer.mend();
    }
    house.until(|house| !house.floor().alarm().frozen).await;
    assert_eq!(house.floor().snapshot().0.sessions, before);
    assert_eq!(house.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>(), 16, "nobody was rung again");
    assert!(house.floor().remove(before[0].session_id, boss()).await.unwrap());
}

#[tokio::test]
async fn agents_wait_for_a_dialer_when_there_is_no_other() {
    let house = House::new(1, 1, ms(5)).await;
    let session = house.arrive(0).await;
    house.dialers[0].die();
    house.until(|house| house.floor().dialers()[0].health == "lost").await;
    assert_eq!(house.session(session.session_id).state, "live");
    house.dialers[0].revive().await.unwrap();
    house.until(|house| house.dialers[0].calls().len() == 1).await;
    assert_eq!(house.settled(session.session_id).await.state, "live");
}

#[tokio::test]
async fn everybody_leaves_a_dialer_only_for_who_knows_how_many_are_in_a_call() {
    let house = House::new(3, 6, ms(5)).await;
    for agent in 0..6 {
        house.arrive(agent).await;
    }
    let on_first = |house: &House| house.floor().dialers()[0].seats;
    assert_eq!(on_first(&house), 2);
    house.sql().execute("UPDATE vicidial_live_agents SET status = 'INCALL' WHERE server_ip = '10.0.8.0'", []).unwrap();
    let floor = house.floor();
    assert_eq!(floor.empty("10.0.8.0", 1, boss()).await.unwrap(), Emptied::InCall(2));
    assert_eq!(floor.empty("10.9.9.9", 0, boss()).await.unwrap(), Emptied::NoSuchDialer);
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 0);
    assert_eq!(floor.empty("10.0.8.0", 2, boss()).await.unwrap(), Emptied::Done { moved: 2, stayed: 0 });
    house.until(|house| house.count("live") == 6 && on_first(house) == 0).await;
    house.until(|house| house.dialers[0].calls().is_empty()).await;
    assert_eq!(house.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 3);
    assert_eq!(floor.tally(), [("live".to_owned(), 8)].into());
}
