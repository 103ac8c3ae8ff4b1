//! Deletion of old log rows and ended sessions.

use fleet::tx::{ApiEntry, Log};
use fleet::{Clock, FleetTx};

use crate::support::Fixture;

const DAY: i64 = 24 * 60 * 60;

fn entry(function: &str) -> ApiEntry<'_> {
    ApiEntry { user: "6666", function, result: "SUCCESS", reason: "", source: "test", request: "" }
}

async fn forget(fixture: &Fixture, days: u32, at_most: u32) -> usize {
    let work = move |tx: &mut dyn FleetTx| {
        let before = tx.now().days_before(days);
        tx.forget(Log::Api, before, at_most)
    };
    fixture.store.write(work).await.unwrap()
}

#[tokio::test]
async fn nothing_is_deleted_from_logs_that_vicidial_writes_too() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO vicidial_api_log (function, api_date) VALUES ('add_lead', '2001-01-01 00:00:00')");
    let rows = "('2001-01-01 00:00:00'), ('2001-01-01 00:00:00')";
    fixture.sql(&format!("INSERT INTO vicidial_admin_log (event_date) VALUES {rows}"));
    let deleted = usize::from(!fixture.store.is_shared_with_vicidial());
    assert_eq!(forget(&fixture, 1, 100).await, deleted);
    assert_eq!(forget_admin_log(&fixture).await, deleted);
    let left = fixture.ask::<i64>("SELECT count(*) FROM vicidial_api_log");
    assert_eq!(left, i64::from(fixture.store.is_shared_with_vicidial()));
}

async fn forget_admin_log(fixture: &Fixture) -> usize {
    let work = |tx: &mut dyn FleetTx| {
        let before = tx.now().days_before(1);
        tx.forget(Log::Admin, before, 100)
    };
    fixture.store.write(work).await.unwrap()
}

#[tokio::test]
async fn rows_older_than_the_limit_are_deleted_in_slices_and_newer_ones_stay() {
    let fixture = Fixture::new();
    if fixture.store.is_shared_with_vicidial() {
        return;
    }
    fixture.sql("INSERT INTO vicidial_api_log (function, api_date) VALUES ('undated', NULL)");
    for day in 0..10 {
        fixture.store.write(move |tx| tx.log_api(&entry(&format!("day{day}")))).await.unwrap();
        fixture.clock.forward(DAY);
    }
    assert_eq!(forget(&fixture, 4, 1).await, 1, "a row without a date counts as oldest");
    // Day 9 was one day ago, day 0 ten days ago.
    assert_eq!(forget(&fixture, 4, 4).await, 4);
    assert_eq!(forget(&fixture, 4, 4).await, 2);
    assert_eq!(forget(&fixture, 4, 4).await, 0);
    let left: String = fixture.ask("SELECT group_concat(function ORDER BY api_id) FROM vicidial_api_log");
    assert_eq!(left, "day6,day7,day8,day9");
}

#[tokio::test]
async fn each_log_is_deleted_separately() {
    let fixture = Fixture::new();
    if fixture.store.is_shared_with_vicidial() {
        return;
    }
    let rows = "('2001-01-01 00:00:00'), ('2001-01-01 00:00:00')";
    fixture.sql(&format!("INSERT INTO vicidial_admin_log (event_date) VALUES {rows}"));
    fixture.sql("INSERT INTO vicidial_api_log (api_date) VALUES ('2001-01-01 00:00:00')");
    assert_eq!(forget(&fixture, 1, 100).await, 1);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_admin_log"), 2);
    assert_eq!(forget_admin_log(&fixture).await, 1);
}

/// Adds a session of this agent, with start and end in days before now. Without an end, it is open.
fn session(fixture: &Fixture, user: &str, began: u32, ended: Option<u32>) {
    let before = |days: u32| format!("'{}'", fixture.clock.now().days_before(days).stamp());
    let (state, ended) = ended.map_or(("live", "NULL".to_owned()), |days| ("ended", before(days)));
    let began = before(began);
    fixture.sql(&format!(
        "INSERT INTO hotdesk_session (user, state, began, ended) VALUES ('{user}', '{state}', {began}, {ended})"
    ));
}

async fn forget_sessions(fixture: &Fixture, days: u32, at_most: u32) -> usize {
    let work = move |tx: &mut dyn FleetTx| {
        let before = tx.now().days_before(days);
        tx.forget(Log::Session, before, at_most)
    };
    fixture.store.write(work).await.unwrap()
}

#[tokio::test]
async fn sessions_that_ended_long_ago_are_deleted_in_slices_even_behind_an_open_one() {
    let fixture = Fixture::new();
    session(&fixture, "stays", 200, None);
    session(&fixture, "long", 200, Some(10));
    for number in 0..5 {
        session(&fixture, &format!("old{number}"), 150 - number, Some(140 - number));
    }
    session(&fixture, "new", 50, Some(50));
    session(&fixture, "just", 90, Some(90));
    assert_eq!(forget_sessions(&fixture, 90, 2).await, 2, "a full slice: more may follow");
    assert_eq!(forget_sessions(&fixture, 90, 2).await, 2);
    assert_eq!(forget_sessions(&fixture, 90, 2).await, 1);
    assert_eq!(forget_sessions(&fixture, 90, 2).await, 0);
    let left: String = fixture.ask("SELECT group_concat(user ORDER BY session_id) FROM hotdesk_session");
    assert_eq!(left, "stays,long,new,just");
}
