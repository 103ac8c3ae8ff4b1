//! Detection of failed dialers, and its delays.

use std::time::Duration;

use dialers::connection::ActionError;
use dialers::dialer::{ConnectionState, Trouble};
use fleet::dialer_status::RingEnd;
use tokio::time::Instant;

use crate::support::{Fixture, SECRET, any_port, ms, simulated};

fn trouble(health: ConnectionState) -> Option<Trouble> {
    match health {
        ConnectionState::Healthy => None,
        ConnectionState::Suspect { why, .. } | ConnectionState::Down { why, .. } => Some(why),
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_dialer_is_suspect_at_once_and_down_when_it_refuses_connections() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    let start = Instant::now();
    simulated.die();
    let (health, at) = fixture.until(|health| !health.is_healthy()).await;
    assert_eq!(health, ConnectionState::Suspect { since: at, why: Trouble::Closed });
    assert!(at - start < ms(50), "{:?}", at - start);
    let (health, at) = fixture.until(ConnectionState::is_down).await;
    assert_eq!(trouble(health), Some(Trouble::Refused));
    assert!(at - start < ms(1000), "{:?}", at - start);
    assert_eq!(fixture.dialer.ring(&fixture.call("SIP/answers")).await, Err(RingEnd::DialerLost));
}

#[tokio::test(start_paused = true)]
async fn a_frozen_dialer_is_suspect_within_two_seconds_and_down_after_five_of_silence() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.freeze();
    let start = Instant::now();
    let (health, at) = fixture.until(|health| !health.is_healthy()).await;
    assert_eq!(trouble(health), Some(Trouble::Unanswered));
    assert!((ms(1000)..ms(1600)).contains(&(at - start)), "{:?}", at - start);
    let (health, at) = fixture.until(ConnectionState::is_down).await;
    assert_eq!(trouble(health), Some(Trouble::Silent));
    assert!((ms(5000)..ms(5600)).contains(&(at - start)), "{:?}", at - start);
}

#[tokio::test(start_paused = true)]
async fn a_short_freeze_makes_a_dialer_suspect_and_keeps_its_connection() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.freeze();
    fixture.until(|health| matches!(health, ConnectionState::Suspect { .. })).await;
    simulated.recover();
    fixture.healthy().await;
    assert_eq!(simulated.counts().logins, 1);
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_was_never_reached_is_down() {
    let port = tokio::net::TcpListener::bind(any_port()).await.unwrap().local_addr().unwrap();
    let fixture = Fixture::watching(port, crate::support::account(), 1);
    assert!(matches!(
        *fixture.dialer.connection_state().borrow(),
        ConnectionState::Suspect { why: Trouble::NotConnectedYet, .. }
    ));
    fixture.until(ConnectionState::is_down).await;
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_is_frozen_from_the_start_is_down_after_five_seconds() {
    let simulated = simulated().await;
    simulated.freeze();
    let start = Instant::now();
    let fixture = Fixture::watching(simulated.address(), crate::support::account(), 1);
    let (health, at) = fixture.until(ConnectionState::is_down).await;
    assert_eq!(trouble(health), Some(Trouble::Silent));
    assert_eq!(at - start, Duration::from_secs(5));
    simulated.recover();
    fixture.healthy().await;
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_restarts_is_healthy_within_the_longest_reconnect_pause() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.die();
    fixture.until(ConnectionState::is_down).await;
    tokio::time::advance(Duration::from_mins(1)).await;
    simulated.revive().await.unwrap();
    let start = Instant::now();
    fixture.healthy().await;
    assert!(start.elapsed() <= ms(2100), "{:?}", start.elapsed());
    assert_eq!(simulated.counts().logins, 2);
}

#[tokio::test(start_paused = true)]
async fn pauses_between_connection_attempts_grow_to_a_limit() {
    // Accepts and closes at once.
    let listener = tokio::net::TcpListener::bind(any_port()).await.unwrap();
    let _fixture = Fixture::watching(listener.local_addr().unwrap(), crate::support::account(), 1);
    let mut waits = Vec::new();
    let mut before = None;
    for _ in 0..8 {
        drop(listener.accept().await.unwrap());
        let now = Instant::now();
        waits.extend(before.map(|before: Instant| (now - before).as_millis()));
        before = Some(now);
    }
    // Timers have a precision of a millisecond.
    let expected = [100, 200, 400, 800, 1600, 2000, 2000];
    let is_near = |(wait, due): (&u128, u128)| (due..due + 5).contains(wait);
    assert!(waits.iter().zip(expected).all(is_near), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_makes_a_dialer_suspect_but_never_down() {
    let simulated = simulated().await;
    let mut account = crate::support::account();
    account.secret = dialers::action::Secret::new(format!("{SECRET}not"));
    let fixture = Fixture::watching(simulated.address(), account, 1);
    fixture.until(|health| trouble(*health) == Some(Trouble::LoginRefused)).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let health = *fixture.dialer.connection_state().borrow();
    assert!(matches!(health, ConnectionState::Suspect { why: Trouble::LoginRefused, .. }), "{health:?}");
    assert!(!format!("{:?}", fixture.dialer).contains(SECRET));
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_is_shutting_down_is_suspect_but_not_down_while_it_has_calls() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    assert!(fixture.dialer.ring(&fixture.call("SIP/answers")).await.is_ok());
    simulated.begin_shutdown();
    fixture.until(|health| trouble(*health) == Some(Trouble::ShuttingDown)).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(matches!(
        *fixture.dialer.connection_state().borrow(),
        ConnectionState::Suspect { why: Trouble::ShuttingDown, .. }
    ));
    assert_eq!(simulated.calls().len(), 1);
    simulated.die();
    fixture.until(ConnectionState::is_down).await;
}

#[tokio::test(start_paused = true)]
async fn reloads_and_commands_need_a_connection() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    assert_eq!(fixture.dialer.reload(Some("chan_sip.so")).await, Ok(()));
    assert_eq!(fixture.dialer.command("core show version").await, Ok(vec!["a simulated dialer".to_owned()]));
    simulated.die();
    fixture.until(ConnectionState::is_down).await;
    assert_eq!(fixture.dialer.reload(None).await, Err(ActionError::NotConnected));
}

#[tokio::test(start_paused = true)]
async fn a_long_healthy_time_resets_the_reconnect_pause() {
    let simulated = simulated().await;
    let fixture = Fixture::at(&simulated).await;
    simulated.die();
    tokio::time::sleep(Duration::from_mins(1)).await;
    simulated.revive().await.unwrap();
    fixture.healthy().await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    simulated.die();
    fixture.until(|health| !health.is_healthy()).await;
    let start = Instant::now();
    simulated.revive().await.unwrap();
    fixture.healthy().await;
    assert!(start.elapsed() < ms(200), "{:?}", start.elapsed());
}
