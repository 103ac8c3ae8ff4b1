//! Two thousand agents at once.

use std::sync::Arc;

use fleet::sessions::timeline::EndReason;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::house::{House, boss, server_ip};

const AGENTS: usize = 2000;
const DIALERS: usize = 8;

/// So many log in at a time.
const AT_A_TIME: usize = 256;

/// Everybody logs in, once, and is live in the end. `meanwhile` happens during that.
async fn storm(house: &Arc<House>, meanwhile: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut logins = JoinSet::new();
    for agent in 0..AGENTS {
        let (house, places) = (Arc::clone(house), Arc::clone(&places));
        logins.spawn(async move {
            let _place = places.acquire().await.unwrap();
            let session = house.arrive(agent).await;
            assert_eq!(session.state, "live", "{agent}: {:?}", house.trail(session.session_id));
        });
    }
    tokio::join!(meanwhile, async {
        while let Some(login) = logins.join_next().await {
            login.unwrap();
        }
    });
}

/// Each reservation in its order: for any two dialers, (seats of one - 1) / its weight <= seats of the other / its weight.
fn was_even_at_every_moment(house: &House, weights: &[u32]) {
    let sql = house.sql();
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

/// Each agent has one session, one seat, one room and one call; then all go home, and nothing is left.
async fn everything_adds_up(house: &House) {
    let one_each = "SELECT count(DISTINCT user), count(*), (SELECT sum(seats) FROM hotdesk_seats),
                           (SELECT count(*) FROM vicidial_conferences WHERE extension <> ''),
                           (SELECT count(DISTINCT server_ip || conf_exten) FROM vicidial_live_agents)
                    FROM hotdesk_session WHERE ended IS NULL AND state = 'live'";
    let read = |row: &rusqlite::Row<'_>| (0..5).map(|column| row.get::<_, i64>(column)).collect::<Result<Vec<_>, _>>();
    assert_eq!(house.sql().query_row(one_each, [], read).unwrap(), [2000; 5]);
    house.until(|house| house.dialers.iter().map(|dialer| dialer.calls().len()).sum::<usize>() == AGENTS).await;
    for session in house.floor().snapshot().0.sessions {
        assert!(house.floor().log_out(session.session_id, EndReason::LoggedOut).await.unwrap());
    }
    assert_eq!(house.sql().query_row(one_each, [], read).unwrap(), [0; 5]);
    house.until(|house| house.dialers.iter().all(|dialer| dialer.calls().is_empty())).await;
    assert!(house.floor().dialers().iter().all(|view| view.seats == 0));
}

async fn a_calm_storm(weights: &[u32]) {
    let house = Arc::new(House::weighted(weights, AGENTS).await);
    let start = Instant::now();
    storm(&house, async {}).await;
    println!("{AGENTS} logins onto {DIALERS} dialers in {:?}", start.elapsed());
    was_even_at_every_moment(&house, weights);
    everything_adds_up(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_agents_spread_evenly_over_equal_dialers() {
    a_calm_storm(&[1; DIALERS]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_agents_spread_by_weight() {
    a_calm_storm(&[1, 2, 3, 4, 5, 6, 7, 8]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dialers_die_and_one_returns_during_the_storm_and_nobody_is_lost() {
    let house = Arc::new(House::weighted(&[1; DIALERS], AGENTS).await);
    storm(&house, async {
        house.until(|house| house.count("live") > AGENTS / 4).await;
        house.dialers[2].die();
        house.until(|house| house.count("live") > AGENTS / 3).await;
        house.dialers[5].die();
        house.until(|house| house.count("live") > AGENTS / 2).await;
        house.dialers[2].revive().await.unwrap();
    })
    .await;
    house.until(|house| house.count("live") == AGENTS && house.floor().dialers()[5].seats == 0).await;
    let stayed = house.floor().dialers().into_iter().enumerate().filter(|(dialer, _)| ![2, 5].contains(dialer));
    let seats: Vec<usize> = stayed.map(|(_, view)| view.seats).collect();
    assert!(seats.iter().max().unwrap() - seats.iter().min().unwrap() <= 1, "{seats:?}");
    everything_adds_up(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_agents_of_a_lost_dialer_are_live_again_on_the_others() {
    let house = House::weighted(&[1; DIALERS], 1000).await;
    for dialer in 1..DIALERS {
        house.floor().set_draining(&server_ip(dialer), true, boss()).await.unwrap();
    }
    for agent in 0..1000 {
        house.log_in(agent).await;
    }
    house.until(|house| house.count("live") == 1000).await;
    for dialer in 1..DIALERS {
        house.floor().set_draining(&server_ip(dialer), false, boss()).await.unwrap();
    }
    house.dialers[0].die();
    let lost = house.until(|house| house.floor().dialers()[0].health == "lost").await;
    house.until(|house| house.count("live") == 1000 && house.floor().dialers()[0].seats == 0).await;
    println!("1000 agents live elsewhere {:?} after their dialer was lost", lost.elapsed());
    let seats: Vec<usize> = house.floor().dialers()[1..].iter().map(|view| view.seats).collect();
    assert!(seats.iter().max().unwrap() - seats.iter().min().unwrap() <= 1, "{seats:?}");
}
