//! Recording of line registrations.

use std::collections::BTreeSet;

use dialers::line::Line;
use dialers::simulator::LineScript;
use fleet::dialer_status::Registration;

use crate::harness::{Harness, line, ms, server_ip};

/// Number of recorded lines.
const COUNT: &str = "SELECT count(*) FROM hotdesk_line";

/// Records every attempt to write a line, even to one that exists already.
const WATCH: &str = "CREATE TABLE attempt (channel TEXT);
     CREATE TRIGGER attempts BEFORE INSERT ON hotdesk_line BEGIN INSERT INTO attempt VALUES (NEW.channel); END;";

/// Waits until this many lines are recorded, and returns every count that it saw.
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
async fn lines_are_recorded_once_when_a_dialer_sends_its_list() {
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
    // Written after all earlier updates.
    harness.dialers[1].set_line(&Line::pjsip("late"), LineScript::answering());
    harness.dialers[0].set_line(&Line::sip("absent"), LineScript::unregistered());
    until_written(&harness, 7).await;
    assert_eq!(harness.ask::<String>("SELECT group_concat(channel) FROM attempt"), "PJSIP/late");
}

#[tokio::test]
async fn lines_that_register_together_are_written_in_one_transaction() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_written(&harness, 1).await;
    for number in 0..50 {
        harness.dialers[0].set_line(&Line::sip(&format!("new{number}")), LineScript::answering());
    }
    assert_eq!(until_written(&harness, 51).await, BTreeSet::from([1, 51]));
}

#[tokio::test]
async fn a_failed_write_of_lines_is_repeated() {
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

/// Waits until the history has this many rows.
async fn until_history(harness: &Harness, rows: i64) {
    harness.until(|harness| harness.ask::<i64>("SELECT count(*) FROM hotdesk_line_change") >= rows).await;
}

#[tokio::test]
async fn the_history_has_every_change_of_a_line_and_nothing_else() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_history(&harness, 1).await;
    harness.dialers[0].set_line(&line(0), LineScript::answering().from_port(5071));
    until_history(&harness, 2).await;
    harness.dialers[0].set_line(&line(0), LineScript::unregistered());
    until_history(&harness, 3).await;
    // This line was never registered, so it has no history.
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
    assert_eq!(history(&harness), all, "a restart adds nothing");
}

#[tokio::test]
async fn lines_that_unregistered_while_hotdesk_was_stopped_are_found_but_not_those_of_a_dead_dialer() {
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
    // Longer than the delay before the search for unregistered lines.
    tokio::time::sleep(ms(6500)).await;
    assert_eq!(history(&harness).len(), 5, "lines of an unreachable dialer keep their state");
}

#[tokio::test]
async fn a_line_view_has_the_address_and_the_time_of_the_last_change() {
    let harness = Harness::new(1, 1, ms(0)).await;
    until_history(&harness, 1).await;
    let view_now = || {
        let (floor, store) = (harness.floor(), harness.store());
        async move { store.read(move |tx| floor.line_with(tx, &server_ip(0), "SIP/p0")).await.unwrap() }
    };
    let since = |view: &floor::LineView| view.since.as_deref().and_then(fleet::Timestamp::from_stamp);
    let view = view_now().await;
    assert_eq!((view.registration, view.address.as_deref()), (Registration::Registered, Some("127.0.0.1:5070")));
    assert!(since(&view).is_some(), "{view:?}");
    harness.dialers[0].set_line(&line(0), LineScript::unregistered());
    harness
        .until(|harness| harness.floor().line(&server_ip(0), "SIP/p0").registration == Registration::NotRegistered)
        .await;
    assert_eq!(view_now().await.address, None);
    until_history(&harness, 2).await;
    assert!(since(&view_now().await).is_some());
    harness.sql().execute_batch("UPDATE hotdesk_line SET registered = 'Y'").unwrap();
    assert_eq!(view_now().await.since, None, "the recorded state differs");
    assert_eq!(harness.floor().line(&server_ip(9), "SIP/p0").registration, Registration::Unknown);
}
