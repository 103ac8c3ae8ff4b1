//! What becomes of lines is written down, once.

use std::collections::BTreeSet;

use dialers::line::Line;
use dialers::simulator::LineScript;
use fleet::dialer_status::Registration;

use crate::harness::{Harness, line, ms, server_ip};

/// How many lines are written down.
const COUNT: &str = "SELECT count(*) FROM hotdesk_line";

/// Tells of every attempt to write a line, even of one that is there already.
const WATCH: &str = "CREATE TABLE attempt (channel TEXT);
     CREATE TRIGGER attempts BEFORE INSERT ON hotdesk_line BEGIN INSERT INTO attempt VALUES (NEW.channel); END;";

/// Waits until so many lines are written down; returns every number that others have seen meanwhile.
async fn until_written(harness: &Harness, lines: i64) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    for _ in 0..6000 {
        let count = harness.ask(COUNT);
        numbers.insert(count);
        if count == lines {
            return numbers;
        }
        tokio::time::sleep(ms(5)).await;
    }
    unreachable!("never {lines} lines but {numbers:?}");
}

#[tokio::test]
async fn lines_are_written_down_when_a_dialers_list_has_come_and_never_again() {
    let harness = Harness::new(2, 3, ms(0)).await;
    until_written(&harness, 6).await;
    let lines: String = harness
        .ask("SELECT group_concat(server_ip || ' ' || channel, ', ') FROM (SELECT * FROM hotdesk_line ORDER BY 1, 2)");
    assert_eq!(
        lines,
        "10.0.8.0 SIP/p0, 10.0.8.0 SIP/p1, 10.0.8.0 SIP/p2, 10.0.8.1 SIP/p0, 10.0.8.1 SIP/p1, 10.0.8.1 SIP/p2"
    );
    harness.sql().execute_batch(WATCH).unwrap();
    harness.restart().await;
    harness.dialers[0].set_line(&line(0), LineScript::unregistered());
    harness.dialers[0].set_line(&line(0), LineScript::answering());
    // Written after all that was heard before it.
    harness.dialers[1].set_line(&Line::pjsip("late"), LineScript::answering());
    harness.dialers[0].set_line(&Line::sip("absent"), LineScript::unregistered());
    until_written(&harness, 7).await;
    assert_eq!(harness.ask::<String>("SELECT group_concat(channel) FROM attempt"), "PJSIP/late");
}

#[tokio::test]
async fn lines_that_register_within_a_moment_are_one_transaction() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_written(&harness, 1).await;
    for number in 0..50 {
        harness.dialers[0].set_line(&Line::sip(&format!("new{number}")), LineScript::answering());
    }
    assert_eq!(until_written(&harness, 51).await, BTreeSet::from([1, 51]));
}

#[tokio::test]
async fn lines_that_could_not_be_written_are_written_later() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_written(&harness, 1).await;
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON hotdesk_line BEGIN SELECT raise(ABORT, 'broken'); END";
    harness.sql().execute_batch(broken).unwrap();
    harness.dialers[0].set_line(&Line::sip("new"), LineScript::answering());
    tokio::time::sleep(ms(1200)).await;
    harness.sql().execute_batch("DROP TRIGGER broken").unwrap();
    until_written(&harness, 2).await;
}

/// The history of all lines: `d0 SIP/p0 Y 127.0.0.1:5070`, in order.
fn history(harness: &Harness) -> Vec<String> {
    let columns = "'d' || substr(server_ip, 8) || ' ' || channel || ' ' || registered || ' ' || address";
    let all =
        format!("SELECT ifnull(group_concat(row, ', '), '') FROM (SELECT {columns} AS row FROM hotdesk_line_change)");
    harness.ask::<String>(&all).split(", ").map(str::to_owned).collect()
}

/// Waits until the history has so many rows.
async fn until_history(harness: &Harness, rows: i64) {
    harness.until(|harness| harness.ask::<i64>("SELECT count(*) FROM hotdesk_line_change") >= rows).await;
}

#[tokio::test]
async fn every_change_of_a_line_is_kept_and_nothing_that_is_as_before() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_history(&harness, 1).await;
    harness.dialers[0].set_line(&line(0), LineScript::answering().from_port(5071));
    until_history(&harness, 2).await;
    harness.dialers[0].set_line(&line(0), LineScript::unregistered());
    until_history(&harness, 3).await;
    // Never registered, so nothing became of it.
    harness.dialers[0].set_line(&Line::sip("absent"), LineScript::unregistered());
    // Registered only for a moment.
    harness.dialers[0].set_line(&Line::pjsip("short"), LineScript::answering());
    harness.dialers[0].set_line(&Line::pjsip("short"), LineScript::unregistered());
    until_history(&harness, 5).await;
    let before = ["d0 SIP/p0 Y 127.0.0.1:5070", "d0 SIP/p0 Y 127.0.0.1:5071", "d0 SIP/p0 N "];
    let all = [&before[..], &["d0 PJSIP/short Y ", "d0 PJSIP/short N "]].concat();
    assert_eq!(history(&harness), all);
    harness.restart().await;
    tokio::time::sleep(ms(1200)).await;
    assert_eq!(history(&harness), all, "nothing is new after a restart");
}

#[tokio::test]
async fn lines_that_went_while_hotdesk_was_away_are_found_gone_and_those_of_a_dead_dialer_are_not() {
    let harness = Harness::new(2, 2, ms(0)).await;
    until_history(&harness, 4).await;
    harness.dialers[1].die();
    harness.restart_while(None, || harness.dialers[0].set_line(&line(1), LineScript::unregistered())).await;
    until_history(&harness, 5).await;
    assert_eq!(history(&harness)[4..], ["d0 SIP/p1 N "]);
    assert_eq!(harness.floor().lines_registered(&server_ip(0)), Some(1));
    assert_eq!(harness.floor().lines_registered(&server_ip(1)), None);
    harness.dialers[1].revive().await.unwrap();
    harness.until(|harness| harness.floor().lines_registered(&server_ip(1)) == Some(2)).await;
    // Longer than until it would be looked which lines are gone.
    tokio::time::sleep(ms(6500)).await;
    assert_eq!(history(&harness).len(), 5, "lines of a dialer that was away were not known, and are as before");
}

#[tokio::test]
async fn a_line_is_told_with_its_address_and_since_when_it_is_so() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_history(&harness, 1).await;
    let look = || {
        let (floor, store) = (harness.floor(), harness.store());
        async move { store.read(move |tx| floor.line_with(tx, &server_ip(0), "SIP/p0")).await.unwrap() }
    };
    let since = |view: &floor::LineView| view.since.as_deref().and_then(fleet::Timestamp::from_stamp);
    let view = look().await;
    assert_eq!((view.registration, view.address.as_deref()), (Registration::Registered, Some("127.0.0.1:5070")));
    assert!(since(&view).is_some(), "{view:?}");
    harness.dialers[0].set_line(&line(0), LineScript::unregistered());
    harness
        .until(|harness| harness.floor().line(&server_ip(0), "SIP/p0").registration == Registration::NotRegistered)
        .await;
    assert_eq!(look().await.address, None);
    until_history(&harness, 2).await;
    assert!(since(&look().await).is_some());
    harness.sql().execute_batch("UPDATE hotdesk_line SET registered = 'Y'").unwrap();
    assert_eq!(look().await.since, None, "what was written says otherwise");
    assert_eq!(harness.floor().line(&server_ip(9), "SIP/p0").registration, Registration::Unknown);
}
