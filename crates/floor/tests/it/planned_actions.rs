//! Planned drains, and the polled configuration of dialers.

use floor::Change;

use crate::harness::{Harness, boss, ms, server_ip};

/// Plans an action for this many seconds from now, as user 6666 from 192.0.2.7.
fn plan(harness: &Harness, act: &str, seconds: i64) {
    let plan = "INSERT INTO hotdesk_plan (server_ip, act, due, user, from_ip, made)
                VALUES (?1, ?2, datetime('now', ?3 || ' seconds'), '6666', '192.0.2.7', '2026-11-21 05:30:00')";
    harness.sql().execute(plan, (server_ip(0), act, seconds)).unwrap();
}

fn is_draining(harness: &Harness) -> bool {
    harness.floor().dialer(&server_ip(0)).is_some_and(|dialer| dialer.draining)
}

/// The rows of the admin log about draining.
fn logged(harness: &Harness) -> Vec<String> {
    let sql = harness.sql();
    let columns = "user || ' ' || ip_address || ' ' || record_id || ' ' || event_notes";
    let mut select = sql.prepare(&format!("SELECT {columns} FROM vicidial_admin_log ORDER BY admin_log_id")).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_planned_drain_begins_and_ends_at_its_time_and_is_logged_under_the_planning_user() {
    let harness = Harness::new(1, 1, ms(0)).await;
    let start = harness.floor().snapshot().1;
    plan(&harness, "drain", 2);
    plan(&harness, "take", 4);
    harness.floor().refresh_dialers().await;
    assert_eq!(harness.floor().plans(&server_ip(0)).len(), 2);
    harness.until(is_draining).await;
    let late: f64 =
        harness.ask("SELECT 86400 * (julianday(done) - julianday(due)) FROM hotdesk_plan WHERE act = 'drain'");
    assert!((-0.01..=2.01).contains(&late), "{late}");
    harness.until(|harness| !is_draining(harness)).await;
    let log = |draining| format!("6666 192.0.2.7 10.0.8.0 draining: {draining}, as planned at 2026-11-21 05:30:00");
    assert_eq!(logged(&harness), [log("Y"), log("N")]);
    let events = harness.floor().changes_after(start).unwrap();
    let done = |change: &Change| match change {
        Change::DialerAction(done) => Some((done.act.clone(), done.user.clone(), done.planned)),
        _ => None,
    };
    let done: Vec<_> = events.iter().filter_map(|event| done(&event.change)).collect();
    assert_eq!(done, [("drain".into(), "6666".into(), true), ("take".into(), "6666".into(), true)]);
    assert!(harness.floor().plans(&server_ip(0)).is_empty());
}

#[tokio::test]
async fn a_plan_that_came_due_while_hotdesk_was_stopped_is_executed_once_at_the_start() {
    let harness = Harness::new(1, 1, ms(0)).await;
    harness.floor().close();
    plan(&harness, "drain", -3600);
    harness.restart().await;
    harness.until(is_draining).await;
    assert!(harness.floor().set_draining(&server_ip(0), false, boss()).await.unwrap());
    harness.restart().await;
    harness.floor().refresh_dialers().await;
    assert!(!is_draining(&harness));
    assert_eq!(logged(&harness).len(), 2);
    assert_eq!(harness.ask::<String>("SELECT outcome FROM hotdesk_plan"), "done");
}

#[tokio::test]
async fn changed_lines_and_weights_are_published_once() {
    let harness = Harness::new(1, 3, ms(0)).await;
    harness.floor().refresh_dialers().await;
    assert_eq!(harness.floor().lines(&server_ip(0)).expected, 3);
    let start = harness.floor().snapshot().1;
    let weight = "INSERT INTO vicidial_settings_containers (container_id, container_entry) VALUES ('AGENT_LOAD_BALANCING_WEIGHT', '10.0.8.0 , 30')";
    harness.sql().execute(weight, []).unwrap();
    harness.sql().execute("UPDATE phones SET active = 'N' WHERE extension = 'p1'", []).unwrap();
    harness.floor().refresh_dialers().await;
    harness.floor().refresh_dialers().await;
    assert_eq!((harness.floor().weight(&server_ip(0)), harness.floor().lines(&server_ip(0)).expected), (30, 2));
    let events = harness.floor().changes_after(start).unwrap();
    let is_config = |change: &Change| matches!(change, Change::DialerConfig(view) if view.server_ip == server_ip(0));
    let lines = |change: &Change| matches!(change, Change::LineCounts(lines) if lines.expected == 2);
    assert_eq!(events.iter().filter(|event| is_config(&event.change)).count(), 1);
    assert_eq!(events.iter().filter(|event| lines(&event.change)).count(), 1);
}
