//! One node whose database fails under load and recovers.

use std::sync::Arc;
use std::time::Duration;

use mysql::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::client::ask;
use crate::fixture::{Fixture, WAIT_LIMIT, get, sessions, until};
use crate::load::{self, Balancer};
use crate::mariadb::Mariadb;
use crate::proxy::{Mode, Proxy};

/// Length of an outage, and interval between jobs.
fn size() -> (Duration, Duration) {
    let is_full = std::env::var("HOTDESK_STORM").is_ok_and(|size| size == "full");
    let (seconds, milliseconds) = if is_full { (30, 4) } else { (5, 20) };
    (Duration::from_secs(seconds), Duration::from_millis(milliseconds))
}

/// Average acknowledgements per second in this period.
fn rate(acknowledged: &[Instant], from: Instant, for_: Duration) -> f64 {
    let count = acknowledged.iter().filter(|at| (from..from + for_).contains(at)).count();
    f64::from(u32::try_from(count).unwrap()) / for_.as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_database_is_killed_or_disconnected() {
    let durable = ["--innodb-flush-log-at-trx-commit=1"];
    let Some(server) = Mariadb::start(tempfile::tempdir().unwrap(), &durable) else { return };
    let (agents, second) = (50, Duration::from_secs(1));
    let database = server.database();
    let name = database.rsplit_once('/').unwrap().1.to_owned();
    let fixture = Fixture::new(database, &mut server.connect(&name), 2, agents, Duration::ZERO).await;
    let proxy = Proxy::to(("127.0.0.1".to_owned(), server.port)).await;
    let node = fixture.node_on(&format!("mariadb://root@127.0.0.1:{}/{name}", proxy.port()), "node");
    let balancer = Balancer::new(&[node.address()]);
    let (outage, pace) = size();
    // Enough jobs for the time before, between and after the two outages.
    let aliases = usize::try_from((second * 20).as_millis() / pace.as_millis()).unwrap();
    let load = tokio::spawn(load::run(Arc::clone(&balancer), agents, aliases, pace));
    let mut back = Vec::new();
    for how in ["killed", "disconnected"] {
        sleep(second * 5).await;
        let before = Instant::now();
        if how == "killed" {
            server.kill();
        } else {
            proxy.set(Mode::Cut);
        }
        let unready = until("the node is not ready", async || get(node.address(), "/readyz").await.status == 503).await;
        let words = get(node.address(), "/readyz").await.body;
        assert_eq!(words, "not ready: the database is unreachable; see the log\n");
        let asked = Instant::now();
        let answer = ask(node.address(), "GET", "/api/v1/dialers", "", WAIT_LIMIT).await.unwrap();
        eprintln!(
            "{how}: not ready after {unready:?}; a request meanwhile got {} after {:?}",
            answer.status,
            asked.elapsed()
        );
        sleep((before + outage).saturating_duration_since(Instant::now())).await;
        if how == "killed" {
            server.start_again();
        } else {
            proxy.set(Mode::Open);
        }
        back.push((how, before, Instant::now()));
        until("the node is ready", async || get(node.address(), "/readyz").await.status == 200).await;
        eprintln!("{how}: ready {:?} after the recovery", back.last().unwrap().2.elapsed());
    }
    let outcome = load.await.unwrap();
    for (how, before, back) in back {
        let (usual, again) = (
            rate(&outcome.acknowledged, before - second * 4, second * 4),
            rate(&outcome.acknowledged, back + second * 2, second * 2),
        );
        eprintln!("{how}: {usual} per second before, {again} per second from two seconds after the recovery");
        assert!(again > usual * 0.8, "the rate did not recover: {usual} before, {again} after");
    }
    let mut sql = server.connect(&name);
    let aliases: Vec<String> =
        sql.query("SELECT alias_id FROM phones_alias WHERE alias_id LIKE 'k%' ORDER BY alias_id").unwrap();
    assert!(aliases.iter().eq(&outcome.aliases), "the stored aliases are exactly the acknowledged ones");
    until("all agents are live with one call each", async || {
        let sessions = sessions(node.address()).await;
        sessions.len() == agents && sessions.values().all(|state| state == "live") && fixture.calls() == agents
    })
    .await;
    node.terminate().unwrap();
    assert_eq!(node.wait().unwrap().1.code(), Some(0));
}
