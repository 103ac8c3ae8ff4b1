//! Two nodes on one MariaDB.

use std::time::Duration;

use dialers::simulator::{Behaviour, LineScript};
use mysql::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::client::{ask, watch_until};
use crate::fixture::{Fixture, WAIT_LIMIT, get, leases, log_in, server_ip, sessions, until};
use crate::mariadb;
use crate::server::Server;

/// A fixture with two nodes that share its leases, and a separate database connection; `None` without MariaDB.
async fn two_nodes(dialers: usize, answers: Duration) -> Option<(Fixture, Server, Server, mysql::Conn)> {
    let server = mariadb::server()?;
    let database = server.database();
    let mut sql = server.connect(database.rsplit_once('/').unwrap().1);
    let fixture = Fixture::new(database, &mut sql, dialers, 8, answers).await;
    let (one, other) = (fixture.node("one"), fixture.node("other"));
    // One lease for each dialer, and one for the cluster.
    let all = dialers + 1;
    until("the leases are shared", async || {
        let held = leases(&mut sql);
        held.len() == 2
            && held.values().sum::<usize>() == all
            && held.values().all(|count| count.abs_diff(all - count) <= 1)
    })
    .await;
    Some((fixture, one, other, sql))
}

const IMMEDIATELY: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_nodes_leases_are_taken_over_within_two_seconds() {
    let Some((fixture, one, other, mut sql)) = two_nodes(3, IMMEDIATELY).await else { return };
    drop(one);
    let took = until("one node leads all", async || {
        let held = leases(&mut sql);
        held.len() == 1 && held.values().all(|count| *count == 4)
    })
    .await;
    eprintln!("taken over after {took:?}");
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    let figures = get(other.address(), "/metrics").await.body;
    assert!(figures.contains("hotdesk_takeovers_total 2") && figures.contains("hotdesk_leases 3"), "{figures}");
    let session = log_in(other.address(), 0).await;
    until("the agent is live", async || sessions(other.address()).await.get("a0").is_some_and(|state| state == "live"))
        .await;
    fixture.dialers.iter().for_each(|dialer| dialer.hang_up_at(&dialers::line::Line::sip("p0")));
    until("the session ends after the hang-up", async || sessions(other.address()).await.is_empty()).await;
    let timeline = get(other.address(), &format!("/api/v1/sessions/{session}")).await.body;
    assert!(timeline.contains("hung_up"), "{timeline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_node_releases_its_leases_at_once() {
    let Some((_house, one, _other, mut sql)) = two_nodes(3, IMMEDIATELY).await else { return };
    one.terminate().unwrap();
    let took = until("one node leads all", async || {
        let held = leases(&mut sql);
        held.len() == 1 && held.values().all(|count| *count == 4)
    })
    .await;
    eprintln!("handed over after {took:?}");
    assert!(took < Duration::from_secs(1), "it took {took:?}");
    assert_eq!(one.wait().unwrap().1.code(), Some(0));
    let left: Vec<String> = sql.query("SELECT node FROM hotdesk_node").unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_of_the_other_node_show_a_session_within_a_second() {
    let Some((_house, one, other, _sql)) = two_nodes(1, IMMEDIATELY).await else { return };
    let watched = tokio::spawn(watch_until(other.address(), r#""user":"a3""#, WAIT_LIMIT));
    // The stream must be open before the login.
    until("the node is ready", async || get(other.address(), "/readyz").await.status == 200).await;
    sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    log_in(one.address(), 3).await;
    let seen = watched.await.unwrap().unwrap().duration_since(began);
    eprintln!("seen after {seen:?}");
    assert!(seen < Duration::from_secs(1), "{seen:?}");
    for node in [&one, &other] {
        until("the session is live on each node", async || {
            sessions(node.address()).await.get("a3").is_some_and(|is| is == "live")
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_drain_is_executed_once_and_published_by_both_nodes() {
    let Some((_house, one, other, mut sql)) = two_nodes(1, IMMEDIATELY).await else { return };
    let watched = [&one, &other].map(|node| tokio::spawn(watch_until(node.address(), r#""act":"drain""#, WAIT_LIMIT)));
    sql.query_drop(format!(
        "INSERT INTO hotdesk_plan (server_ip, act, due, user, from_ip, made)
         VALUES ('{}', 'drain', utc_timestamp() + INTERVAL 2 SECOND, '6666', '127.0.0.1', utc_timestamp())",
        server_ip(0)
    ))
    .unwrap();
    for watched in watched {
        watched.await.unwrap().unwrap();
    }
    let logged: Option<i64> = sql
        .query_first("SELECT count(*) FROM vicidial_admin_log WHERE event_notes LIKE 'draining: Y, as planned%'")
        .unwrap();
    assert_eq!(logged, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nodes_call_is_not_hung_up_by_a_node_that_joins() {
    let Some((fixture, one, other, _sql)) = two_nodes(2, IMMEDIATELY).await else { return };
    log_in(one.address(), 1).await;
    until("the session is live", async || sessions(one.address()).await.get("a1").is_some_and(|state| state == "live"))
        .await;
    let third = fixture.node("third");
    sleep(Duration::from_secs(3)).await;
    assert_eq!(fixture.calls(), 1);
    for node in [&one, &other, &third] {
        assert_eq!(sessions(node.address()).await["a1"], "live");
    }
    drop(one);
    sleep(Duration::from_secs(3)).await;
    assert_eq!(
        (fixture.calls(), sessions(third.address()).await["a1"].as_str()),
        (1, "live"),
        "nor after its node has died"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_one_node_rings_is_logged_out_through_the_other() {
    let Some((fixture, one, other, _sql)) = two_nodes(1, IMMEDIATELY).await else { return };
    fixture.dialers[0].set_line(&dialers::line::Line::sip("p2"), LineScript::registered(Behaviour::NeverAnswers));
    let session = log_in(one.address(), 2).await;
    until("the phone rings", async || fixture.calls() == 1).await;
    let target = format!("/api/v1/sessions/{session}");
    let answer = ask(other.address(), "DELETE", &target, "", WAIT_LIMIT).await.unwrap();
    assert_eq!(answer.status, 204, "{answer:?}");
    let took = until("the phone stops ringing", async || fixture.calls() == 0).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    for node in [&one, &other] {
        until("no session is open", async || sessions(node.address()).await.is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_that_a_killed_node_was_ringing_are_live_with_one_call_each() {
    let Some((fixture, one, other, _sql)) = two_nodes(2, Duration::from_secs(1)).await else { return };
    for agent in 0..8 {
        log_in(one.address(), agent).await;
    }
    drop(one);
    until("all are live", async || {
        let sessions = sessions(other.address()).await;
        sessions.len() == 8 && sessions.values().all(|state| state == "live")
    })
    .await;
    until("each has one call", async || fixture.calls() == 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_are_counted_across_nodes() {
    let Some((_house, one, other, mut sql)) = two_nodes(1, IMMEDIATELY).await else { return };
    let wrong =
        |user: usize| format!(r#"{{"user":"nobody{user}","pass":"x","phone_login":"team0","phone_pass":"secret"}}"#);
    for number in 0..25 {
        for node in [&one, &other] {
            let answer = ask(node.address(), "POST", "/api/v1/sessions", &wrong(number), WAIT_LIMIT).await.unwrap();
            assert_eq!(answer.status, 401, "{answer:?}");
        }
    }
    for node in [&one, &other] {
        until("the address is blocked", async || {
            ask(node.address(), "POST", "/api/v1/sessions", &wrong(99), WAIT_LIMIT).await.unwrap().status == 429
        })
        .await;
    }
    let tried: Option<i64> = sql.query_first("SELECT count(*) FROM hotdesk_change WHERE told LIKE '%failed%'").unwrap();
    assert!((50..60).contains(&tried.unwrap()), "{tried:?}");
}
