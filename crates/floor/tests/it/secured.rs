//! A dialer that is reached with TLS, because its row says so.

use crate::house::{House, ms};

fn set_tls(house: &House, word: &str) {
    house.sql().execute("UPDATE hotdesk_dialer SET ami_tls = ?1", [word]).unwrap();
}

/// The one dialer's health and trouble, as soon as the floor has it.
fn dialer(house: &House) -> Option<(&'static str, Option<&'static str>)> {
    house.floor().dialers().pop().map(|view| (view.health, view.trouble))
}

fn has_health(house: &House, health: &str) -> bool {
    dialer(house).is_some_and(|(known, _)| known == health)
}

#[tokio::test]
async fn a_dialer_whose_row_says_tls_is_reached_with_tls_and_rings() {
    let house = House::secured().await;
    let session = house.arrive(0).await;
    assert_eq!(session.state, "live");
    assert_eq!(house.dialers[0].calls().len(), 1);
}

#[tokio::test]
async fn a_change_of_the_row_counts_while_the_floor_is_open() {
    let house = House::secured().await;
    set_tls(&house, "N");
    // In plain TCP, this dialer says nothing.
    house.until(|house| has_health(house, "lost")).await;
    set_tls(&house, "Y");
    house.until(|house| has_health(house, "well")).await;
}

#[tokio::test]
async fn without_authorities_a_dialer_whose_row_says_tls_is_not_contacted() {
    let house = House::secured().await;
    let logins = house.dialers[0].counts().logins;
    house.restart_believing(None).await;
    let trouble = "no_authority";
    let expected = Some(("suspect", Some(trouble)));
    house.until(|house| dialer(house) == expected).await;
    tokio::time::sleep(ms(500)).await;
    assert_eq!(house.dialers[0].counts().logins, logins);
}
