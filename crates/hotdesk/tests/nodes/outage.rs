//! One node whose database goes away under load and returns.

use std::sync::Arc;
use std::time::Duration;

use mysql::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::client::ask;
use crate::cutting::{Line, Proxy};
use crate::house::{House, PATIENCE, get, sessions, until};
use crate::load::{self, Balancer};
use crate::mariadb::Mariadb;

/// How long the database is away, and from one piece of work to the next.
fn size() -> (Duration, Duration) {
    let is_full = std::env::var("HOTDESK_STORM").is_ok_and(|size| size == "full");
    let (seconds, milliseconds) = if is_full { (30, 4) } else { (5, 20) };
    (Duration::from_secs(seconds), Duration::from_millis(milliseconds))
}

/// Acknowledgements in a second, on average from then on for so long.
fn rate(acknowledged: &[Instant], from: Instant, for_: Duration) -> f64 {
    let count = acknowledged.iter().filter(|at| (from..from + for_).contains(at)).count();
    f64::from(u32::try_from(count).unwrap()) / for_.as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_and_one_that_is_cut_off_return_and_nothing_is_lost() {
    let durable = ["--innodb-flush-log-at-trx-commit=1"];
    let Some(server) = Mariadb::start(tempfile::tempdir().unwrap(), &durable) else { return };
    let (agents, second) = (50, Duration::from_secs(1));
    let database = server.database();
    let name = database.rsplit_once('/').unwrap().1.to_owned();
    let house = House::new(database, &mut server.connect(&name), 2, agents, Duration::ZERO).await;
    let way = Proxy::to(("127.0.0.1".to_owned(), server.port)).await;
    let node = house.node_on(&format!("mariadb://root@127.0.0.1:{}/{name}", way.port()), "node");
    let balancer = Balancer::new(&[node.address()]);
    let (away, pace) = size();
    // As many as come before, between and behind the two outages.
    let aliases = usize::try_from((second * 20).as_millis() / pace.as_millis()).unwrap();
    let load = tokio::spawn(load::run(Arc::clone(&balancer), agents, aliases, pace));
    let mut back = Vec::new();
    for how in ["killed", "cut off"] {
        sleep(second * 5).await;
        let before = Instant::now();
        if how == "killed" {
            server.kill();
        } else {
            way.is(Line::Cut);
        }
        let unready = until("it is not ready", async || get(node.address(), "/readyz").await.status == 503).await;
        let words = get(node.address(), "/readyz").await.body;
        assert_eq!(words, "not ready: the database is unreachable; see the log\n");
        let asked = Instant::now();
        let answer = ask(node.address(), "GET", "/api/v1/dialers", "", PATIENCE).await.unwrap();
        eprintln!(
            "{how}: not ready {unready:?} later; meanwhile answered {} within {:?}",
            answer.status,
            asked.elapsed()
        );
        sleep((before + away).saturating_duration_since(Instant::now())).await;
        if how == "killed" {
            server.start_again();
        } else {
            way.is(Line::Open);
        }
        back.push((how, before, Instant::now()));
        until("it is ready", async || get(node.address(), "/readyz").await.status == 200).await;
        eprintln!("{how}: ready {:?} after its return", back.last().unwrap().2.elapsed());
    }
    let outcome = load.await.unwrap();
    for (how, before, back) in back {
        let (usual, again) = (
            rate(&outcome.acknowledged, before - second * 4, second * 4),
            rate(&outcome.acknowledged, back + second * 2, second * 2),
        );
        eprintln!("{how}: {usual} a second before, {again} from two seconds after its return on");
        assert!(again > usual * 0.8, "full speed again: {usual} before, {again} after");
    }
    let mut sql = server.connect(&name);
    let aliases: Vec<String> =
        sql.query("SELECT alias_id FROM phones_alias WHERE alias_id LIKE 'k%' ORDER BY alias_id").unwrap();
    assert!(aliases.iter().eq(&outcome.aliases), "what was acknowledged is there, and nothing else");
    until("all agents are live with one call each", async || {
        let sessions = sessions(node.address()).await;
        sessions.len() == agents && sessions.values().all(|state| state == "live") && house.calls() == agents
    })
    .await;
    node.terminate().unwrap();
    assert_eq!(node.wait().unwrap().1.code(), Some(0));
}
