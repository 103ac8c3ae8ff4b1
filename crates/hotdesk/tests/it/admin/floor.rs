//! The floor page and its live updates.

use super::Browser;
use crate::endpoints::staffed::Staffed;

#[test]
fn a_card_shows_lines_and_calls_and_follows_registrations() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "looker", "lpass");
    let floor = browser.get("/admin/").body;
    for words in ["<span data-lines>Phones ", " 3</span>", "Ringing: <b data-ringing>0</b>", " · target 0.0"] {
        assert!(floor.contains(words), "{words} in {floor}");
    }
    let mut watch = staffed.watch_at("/admin/events", &[&browser.cookie]);
    watch.until(|event| event.name == "floor");
    staffed.server.database().execute("DELETE FROM phones WHERE login = 'ghost'", []).unwrap();
    let lines = watch.until(|event| event.name == "lines" && event.data["dialer"] == "10.0.9.8");
    assert!(lines.data["words"].as_str().unwrap().ends_with(" 2"), "{lines:?}");
}

#[test]
fn the_last_hour_is_shown_as_a_chart_and_in_words() {
    let mut staffed = Staffed::new(0, &[]);
    let before = Browser::new(&staffed, "looker", "lpass").get("/admin/").body;
    assert!(before.contains("Data appears after the first minute."), "{before}");
    let keep = "INSERT INTO hotdesk_minute VALUES
        (strftime('%Y-%m-%d %H:%M', 'now', '-3 minutes'), '', 0, 1), (strftime('%Y-%m-%d %H:%M', 'now', '-3 minutes'), '10.0.9.8', 12, 4)";
    staffed.server.database().execute(keep, []).unwrap();
    staffed.restart();
    let page = Browser::new(&staffed, "looker", "lpass").get("/admin/").body;
    for words in [
        "role=\"img\" aria-labelledby=\"seats-title seats-words\"",
        "dialer-a: unknown now, 12 at most. dialer-b: unknown now, 0 at most.",
        "5 at most, 5 in all. No dialer could take 1 of them.",
        "No dialer available",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
}

#[test]
fn the_activity_links_to_sessions_and_names_the_actors() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "team");
    let browser = Browser::new(&staffed, "6666", "1234");
    assert_eq!(browser.post("/admin/dialers/drain", &[("server_ip", "10.0.9.8")]).status, 303);
    let page = browser.get("/admin/").body;
    let trail = format!("Agent 1001 is on dialer-b with phone 100b. <a href=\"/admin/logins/{}\">", session.session_id);
    assert!(page.contains(&trail) && page.contains("6666: dialer-a is draining."), "{page}");
}

#[test]
fn a_planned_drain_is_shown_live_with_its_planner() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let mut watch = staffed.watch_at("/admin/events", &[&browser.cookie]);
    watch.until(|event| event.name == "floor");
    let plan = "INSERT INTO hotdesk_plan (server_ip, act, due, user, from_ip, made)
                VALUES ('10.0.9.8', 'drain', datetime('now', '+2 seconds'), '6666', '192.0.2.7', datetime('now'))";
    staffed.server.database().execute(plan, []).unwrap();
    watch.until(|event| event.name == "dialer" && event.data["html"].to_string().contains("Drains at "));
    let activity = watch.until(|event| event.name == "activity").data["activity"].to_string();
    assert!(activity.contains("Scheduled by 6666: dialer-a is draining"), "{activity}");
    let head = watch.until(|event| event.name == "dialer").data["html"].to_string();
    assert!(head.contains("Draining") && !head.contains("Drains at"), "{head}");
}
