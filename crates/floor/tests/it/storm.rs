//! Load: two thousand agents log in at once.

use std::sync::Arc;

use fleet::sessions::timeline::EndReason;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::harness::{Harness, boss, server_ip};

const AGENTS: usize = 2000;
const DIALERS: usize = 8;

/// Concurrent logins.
const CONCURRENT_LOGINS: usize = 256;

/// Logs every agent in once, and checks that each is live at the end. `meanwhile` runs during the logins.
async fn storm(harness: &Arc<Harness>, meanwhile: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(CONCURRENT_LOGINS));
    let mut logins = JoinSet::new();
    for agent in 0..AGENTS {
        let (harness, permits) = (Arc::clone(harness), Arc::clone(&permits));
        logins.spawn(async move {
            let _permit = permits.acquire().await.unwrap();
            let session = harness.arrive(agent).await;
            assert_eq!(session.state, "live", "{agent}: {:?}", harness.timeline(session.session_id));
        });
    }
    tokio::join!(meanwhile, async {
        while let Some(login) = logins.join_next().await {
            login.unwrap();
        }
    });
}

/// Checks every reservation in order: for any two dialers, (seats of one - 1) / its weight <= seats of the other / its
/// weight.
fn assert_even_at_every_moment(harness: &Harness, weights: &[u32]) {
    let sql = harness.sql();
    let mut select = sql.prepare("SELECT server_ip FROM hotdesk_session ORDER BY session_id").unwrap();
    let places = select.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let mut seats = vec![0_u32; weights.len()];
    for (turn, place) in places.enumerate() {
        let dialer = (0..weights.len()).find(|dialer| server_ip(*dialer) == place).unwrap();
        seats[dialer] += 1;
        for (other, weight) in weights.iter().enumerate() {
            let is_fair = (seats[dialer] - 1) * weight <= seats[other] * weights[dialer];
            assert!(is_fair, "login {turn}: {seats:?} for weights {weights:?}");
        }
    }
    assert_eq!(seats.iter().sum::<u32>() as usize, AGENTS);
}

/// Checks that each agent has one session, one seat, one conference and one call; then logs all out and checks that
/// nothing is left.
async fn assert_consistent_until_logout(harness: &Harness) {
    let one_each = "SELECT count(DISTINCT user), count(*), (SELECT sum(seats) FROM hotdesk_seats),
                           (SELECT count(*) FROM vicidial_conferences WHERE extension <> ''),
                           (SELECT count(DISTINCT server_ip || conf_exten) FROM vicidial_live_agents)
                    FROM hotdesk_session WHERE ended IS NULL AND state = 'live'";
    let read = |row: &rusqlite::Row<'_>| (0..5).map(|column| row.get::<_, i64>(column)).collect::<Result<Vec<_>, _>>();
    assert_eq!(harness.sql().query_row(one_each, [], read).unwrap(), [2000; 5]);
    harness.until(|harness| harness.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>() == AGENTS).await;
    for session in harness.floor().snapshot().0.sessions {
        assert!(harness.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap());
    }
    assert_eq!(harness.sql().query_row(one_each, [], read).unwrap(), [0; 5]);
    harness.until(|harness| harness.dialers.iter().all(|dialer| dialer.calls().is_empty())).await;
    assert!(harness.floor().dialers().iter().all(|view| view.seats == 0));
}

async fn storm_without_faults(weights: &[u32]) {
    let harness = Arc::new(Harness::weighted(weights, AGENTS).await);
    let start = Instant::now();
    storm(&harness, async {}).await;
    println!("{AGENTS} logins onto {DIALERS} dialers in {:?}", start.elapsed());
    assert_even_at_every_moment(&harness, weights);
    assert_consistent_until_logout(&harness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_agents_spread_evenly_over_equal_dialers() {
    storm_without_faults(&[1; DIALERS]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_agents_spread_by_weight() {
    storm_without_faults(&[1, 2, 3, 4, 5, 6, 7, 8]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_lost_when_two_dialers_die_and_one_recovers_during_the_logins() {
    let harness = Arc::new(Harness::weighted(&[1; DIALERS], AGENTS).await);
    storm(&harness, async {
        harness.until(|harness| harness.count("live") > AGENTS / 4).await;
        harness.dialers[2].die();
        harness.until(|harness| harness.count("live") > AGENTS / 3).await;
        harness.dialers[5].die();
        harness.until(|harness| harness.count("live") > AGENTS / 2).await;
        harness.dialers[2].revive().await.unwrap();
    })
    .await;
    harness.until(|harness| harness.count("live") == AGENTS && harness.floor().dialers()[5].seats == 0).await;
    let stayed = harness.floor().dialers().into_iter().enumerate().filter(|(dialer, _)| ![2, 5].contains(dialer));
    let seats: Vec<usize> = stayed.map(|(_, view)| view.seats).collect();
    assert!(seats.iter().max().unwrap() - seats.iter().min().unwrap() <= 1, "{seats:?}");
    assert_consistent_until_logout(&harness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_agents_of_a_dead_dialer_are_rehomed() {
    let harness = Harness::weighted(&[1; DIALERS], 1000).await;
    for dialer in 1..DIALERS {
        harness.floor().set_draining(&server_ip(dialer), true, boss()).await.unwrap();
    }
    for agent in 0..1000 {
        harness.log_in(agent).await;
    }
    harness.until(|harness| harness.count("live") == 1000).await;
    for dialer in 1..DIALERS {
        harness.floor().set_draining(&server_ip(dialer), false, boss()).await.unwrap();
    }
    harness.dialers[0].die();
    let lost = harness.until(|harness| harness.floor().dialers()[0].health == "down").await;
    harness.until(|harness| harness.count("live") == 1000 && harness.floor().dialers()[0].seats == 0).await;
    println!("1000 agents live elsewhere {:?} after their dialer went down", lost.elapsed());
    let seats: Vec<usize> = harness.floor().dialers()[1..].iter().map(|view| view.seats).collect();
    assert!(seats.iter().max().unwrap() - seats.iter().min().unwrap() <= 1, "{seats:?}");
}
