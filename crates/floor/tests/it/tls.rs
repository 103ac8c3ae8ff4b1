//! A dialer whose row requires TLS.

use crate::harness::{Harness, ms};

fn set_tls(harness: &Harness, word: &str) {
    harness.sql().execute("UPDATE hotdesk_dialer SET ami_tls = ?1", [word]).unwrap();
}

/// Health and trouble of the only dialer, once the floor has it.
fn dialer(harness: &Harness) -> Option<(&'static str, Option<&'static str>)> {
    harness.floor().dialers().pop().map(|view| (view.health, view.trouble))
}

fn has_health(harness: &Harness, health: &str) -> bool {
    dialer(harness).is_some_and(|(known, _)| known == health)
}

#[tokio::test]
async fn a_dialer_whose_row_requires_tls_is_reached_with_tls_and_rings() {
    let harness = Harness::with_tls().await;
    let session = harness.arrive(0).await;
    assert_eq!(session.state, "live");
    assert_eq!(harness.dialers[0].calls().len(), 1);
}

#[tokio::test]
async fn a_change_of_the_row_takes_effect_while_the_floor_is_open() {
    let harness = Harness::with_tls().await;
    set_tls(&harness, "N");
    // This dialer does not respond to plain TCP.
    harness.until(|harness| has_health(harness, "down")).await;
    set_tls(&harness, "Y");
    harness.until(|harness| has_health(harness, "healthy")).await;
}

#[tokio::test]
async fn without_authorities_a_dialer_whose_row_requires_tls_is_not_contacted() {
    let harness = Harness::with_tls().await;
    let logins = harness.dialers[0].counts().logins;
    harness.restart_trusting(None).await;
    let trouble = "no_authority";
    let expected = Some(("suspect", Some(trouble)));
    harness.until(|harness| dialer(harness) == expected).await;
    tokio::time::sleep(ms(500)).await;
    assert_eq!(harness.dialers[0].counts().logins, logins);
}
