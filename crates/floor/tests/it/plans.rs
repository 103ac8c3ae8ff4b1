//! What is planned for a time is done then, once, also when Hotdesk was away.

use floor::Change;

use crate::house::{House, boss, ms, server_ip};

/// Plans something for so many seconds from now, as 6666 from 192.0.2.7.
fn plan(house: &House, act: &str, seconds: i64) {
    let plan = "INSERT INTO hotdesk_plan (server_ip, act, due, user, from_ip, made)
                VALUES (?1, ?2, datetime('now', ?3 || ' seconds'), '6666', '192.0.2.7', '2026-11-21 05:30:00')";
    house.sql().execute(plan, (server_ip(0), act, seconds)).unwrap();
}

fn is_draining(house: &House) -> bool {
    house.floor().dialer(&server_ip(0)).is_some_and(|dialer| dialer.draining)
}

/// The rows of the admin log about draining.
fn logged(house: &House) -> Vec<String> {
    let sql = house.sql();
    let columns = "user || ' ' || ip_address || ' ' || record_id || ' ' || event_notes";
    let mut select = sql.prepare(&format!("SELECT {columns} FROM vicidial_admin_log ORDER BY admin_log_id")).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_planned_drain_begins_and_ends_at_its_time_and_is_logged_with_who_planned_it() {
    let house = House::new(1, 1, ms(0)).await;
    let start = house.floor().snapshot().1;
    plan(&house, "drain", 2);
    plan(&house, "take", 4);
    house.floor().take_in().await;
    assert_eq!(house.floor().plans(&server_ip(0)).len(), 2);
    house.until(is_draining).await;
    let late: f64 =
        house.ask("SELECT 86400 * (julianday(done) - julianday(due)) FROM hotdesk_plan WHERE act = 'drain'");
    assert!((-0.01..=2.01).contains(&late), "{late}");
    house.until(|house| !is_draining(house)).await;
    let log = |draining| format!("6666 192.0.2.7 10.0.8.0 draining: {draining}, as planned at 2026-11-21 05:30:00");
    assert_eq!(logged(&house), [log("Y"), log("N")]);
    let told = house.floor().changes_after(start).unwrap();
    let done = |change: &Change| match change {
        Change::Done(done) => Some((done.act.clone(), done.user.clone(), done.planned)),
        _ => None,
    };
    let done: Vec<_> = told.iter().filter_map(|event| done(&event.change)).collect();
    assert_eq!(done, [("drain".into(), "6666".into(), true), ("take".into(), "6666".into(), true)]);
    assert!(house.floor().plans(&server_ip(0)).is_empty());
}

#[tokio::test]
async fn what_came_due_while_hotdesk_was_away_is_done_once_at_the_start() {
    let house = House::new(1, 1, ms(0)).await;
    house.floor().close();
    plan(&house, "drain", -3600);
    house.restart().await;
    house.until(is_draining).await;
    assert!(house.floor().set_draining(&server_ip(0), false, boss()).await.unwrap());
    house.restart().await;
    house.floor().take_in().await;
    assert!(!is_draining(&house));
    assert_eq!(logged(&house).len(), 2);
    assert_eq!(house.ask::<String>("SELECT outcome FROM hotdesk_plan"), "done");
}

#[tokio::test]
async fn lines_and_weights_are_taken_in_with_the_dialers_and_told_once_when_they_change() {
    let house = House::new(1, 3, ms(0)).await;
    house.floor().take_in().await;
    assert_eq!(house.floor().lines(&server_ip(0)).expected, 3);
    let start = house.floor().snapshot().1;
    let weight = "INSERT INTO vicidial_settings_containers (container_id, container_entry) VALUES ('AGENT_LOAD_BALANCING_WEIGHT', '10.0.8.0 , 30')";
    house.sql().execute(weight, []).unwrap();
    house.sql().execute("UPDATE phones SET active = 'N' WHERE extension = 'p1'", []).unwrap();
    house.floor().take_in().await;
    house.floor().take_in().await;
    assert_eq!((house.floor().weight(&server_ip(0)), house.floor().lines(&server_ip(0)).expected), (30, 2));
    let told = house.floor().changes_after(start).unwrap();
    let beside = |change: &Change| matches!(change, Change::Beside(view) if view.server_ip == server_ip(0));
    let lines = |change: &Change| matches!(change, Change::Lines(lines) if lines.expected == 2);
    assert_eq!(told.iter().filter(|event| beside(&event.change)).count(), 1);
    assert_eq!(told.iter().filter(|event| lines(&event.change)).count(), 1);
}
