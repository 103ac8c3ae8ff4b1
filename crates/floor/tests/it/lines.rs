//! Lines that were seen registered are written down, once.

use std::collections::BTreeSet;

use dialers::line::Line;
use dialers::simulator::LineScript;

use crate::house::{House, line, ms};

/// How many lines are written down.
const COUNT: &str = "SELECT count(*) FROM hotdesk_line";

/// Tells of every attempt to write a line, even of one that is there already.
const WATCH: &str = "CREATE TABLE attempt (channel TEXT);
     CREATE TRIGGER attempts BEFORE INSERT ON hotdesk_line BEGIN INSERT INTO attempt VALUES (NEW.channel); END;";

/// Waits until so many lines are written down; returns every number that others have seen meanwhile.
async fn until_written(house: &House, lines: i64) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    for _ in 0..6000 {
        let count = house.ask(COUNT);
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
    let house = House::new(2, 3, ms(0)).await;
    until_written(&house, 6).await;
    let lines: String = house
        .ask("SELECT group_concat(server_ip || ' ' || channel, ', ') FROM (SELECT * FROM hotdesk_line ORDER BY 1, 2)");
    assert_eq!(
        lines,
        "10.0.8.0 SIP/p0, 10.0.8.0 SIP/p1, 10.0.8.0 SIP/p2, 10.0.8.1 SIP/p0, 10.0.8.1 SIP/p1, 10.0.8.1 SIP/p2"
    );
    house.sql().execute_batch(WATCH).unwrap();
    house.restart().await;
    house.dialers[0].set_line(&line(0), LineScript::unregistered());
    house.dialers[0].set_line(&line(0), LineScript::answering());
    // Written after all that was heard before it.
    house.dialers[1].set_line(&Line::pjsip("late"), LineScript::answering());
    house.dialers[0].set_line(&Line::sip("absent"), LineScript::unregistered());
    until_written(&house, 7).await;
    assert_eq!(house.ask::<String>("SELECT group_concat(channel) FROM attempt"), "PJSIP/late");
}

#[tokio::test]
async fn lines_that_register_within_a_moment_are_one_transaction() {
    let house = House::new(1, 1, ms(0)).await;
    until_written(&house, 1).await;
    for number in 0..50 {
        house.dialers[0].set_line(&Line::sip(&format!("new{number}")), LineScript::answering());
    }
    assert_eq!(until_written(&house, 51).await, BTreeSet::from([1, 51]));
}

#[tokio::test]
async fn lines_that_could_not_be_written_are_written_later() {
    let house = House::new(1, 1, ms(0)).await;
    until_written(&house, 1).await;
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON hotdesk_line BEGIN SELECT raise(ABORT, 'broken'); END";
    house.sql().execute_batch(broken).unwrap();
    house.dialers[0].set_line(&Line::sip("new"), LineScript::answering());
    tokio::time::sleep(ms(1200)).await;
    house.sql().execute_batch("DROP TRIGGER broken").unwrap();
    until_written(&house, 2).await;
}
