//! The pages of dialers: list, form, planned drains and deletion.

use super::floor_actions::logged;
use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;
use crate::support::Reply;

const PAGE: &str = "/admin/dialer?server_ip=10.0.9.8";

/// The form of dialer-a when it is opened, without its version.
const STORED: [(&str, &str); 13] = [
    ("server_id", "dialer-a"),
    ("server_description", ""),
    ("active", "Y"),
    ("active_agent_login_server", "Y"),
    ("ami_host", ""),
    ("ami_port", ""),
    ("ami_user", ""),
    ("ami_secret", ""),
    ("ami_tls", "N"),
    ("active_twin_server_ip", ""),
    ("conf_engine", "MEETME"),
    ("asterisk_version", ""),
    ("weight", ""),
];

/// Saves dialer-a with these values instead of the stored ones.
fn save(browser: &Browser<'_>, version: &str, changed: &[(&'static str, &str)]) -> Reply {
    let value = |field, stored| changed.iter().find(|(name, _)| *name == field).map_or(stored, |(_, value)| *value);
    let mut fields: Vec<(&str, &str)> = STORED.iter().map(|(field, stored)| (*field, value(*field, stored))).collect();
    fields.extend([("server_ip", "10.0.9.8"), ("version", version)]);
    browser.post("/admin/dialer", &fields)
}

#[test]
fn every_dialer_is_listed_with_its_health_and_without_secrets() {
    let staffed = Staffed::new(0, &[]);
    let database = staffed.server.database();
    database.execute("UPDATE servers SET asterisk_version = '18.21', server_description = '<b>x</b>'", []).unwrap();
    let page = Browser::new(&staffed, "looker", "lpass").get("/admin/dialers").body;
    for words in [
        "dialer-a",
        "dialer-b",
        "Healthy<",
        " as hotdesk",
        "949 of 949",
        " of 3",
        "18.21",
        "href=\"/admin/#dialer-10.0.9.8\"",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("kept") && !page.contains("New dialer"), "{page}");
    let looked = Browser::new(&staffed, "looker", "lpass").get(PAGE).body;
    assert!(looked.contains("<fieldset disabled>") && !looked.contains("kept") && !looked.contains("<b>x"), "{looked}");
}

#[test]
fn saved_manager_settings_take_effect_at_once() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get(PAGE).body, "version");
    let changed = [("server_id", "north"), ("ami_user", "hotdesk"), ("ami_secret", "wrong"), ("weight", "30")];
    let saved = save(&browser, &version, &changed);
    let target = "/admin/dialer?server_ip=10%2e0%2e9%2e8&done=saved";
    assert_eq!((saved.status, header(&saved, "location")), (303, target), "{}", saved.body);
    let page = browser.get(target).body;
    assert!(page.contains("Dialer saved.") && page.contains("value=\"north\""), "{page}");
    assert!(page.contains("A secret is stored.") && !page.contains("value=\"wrong\""), "{page}");
    let mut watch = staffed.watch(&[]);
    watch.until(|event| event.data.to_string().contains("refuses_login"));
    let floor = browser.get("/admin/").body;
    assert!(floor.contains("it refuses Hotdesk’s login") && floor.contains("weight 30"), "{floor}");
    let version = value_of(&browser.get(PAGE).body, "version");
    let mended = [("server_id", "north"), ("ami_user", "hotdesk"), ("ami_secret", "kept"), ("weight", "30")];
    assert_eq!(save(&browser, &version, &mended).status, 303);
    watch.until(|event| event.data["server_ip"] == "10.0.9.8" && event.data["health"] == "healthy");
    let notes = "server_id: dialer-a to north; ami_user:  to hotdesk; ami_secret changed; weight:  to 30";
    let log = logged(&staffed);
    assert_eq!(log[0], format!("6666|127.0.0.1|SERVERS|10.0.9.8|{notes}"));
    assert_eq!(log[1], "6666|127.0.0.1|SERVERS|10.0.9.8|ami_secret changed");
}

#[test]
fn an_invalid_field_is_marked_and_the_input_stays() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get(PAGE).body, "version");
    let refused = save(&browser, &version, &[("ami_port", "70000"), ("server_description", "typed")]);
    assert_eq!(refused.status, 422);
    for words in ["href=\"#ami_port\"", "Enter a whole number from 0 to 65535", "value=\"70000\"", "value=\"typed\""] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert!(logged(&staffed).is_empty());
}

#[test]
fn a_concurrent_change_is_shown_and_can_be_overwritten() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get(PAGE).body, "version");
    staffed.server.database().execute("UPDATE servers SET server_id = 'theirs'", []).unwrap();
    let refused = save(&browser, &version, &[("server_id", "mine")]);
    assert_eq!(refused.status, 409);
    for words in ["value=\"mine\"", "Saved by someone else: <b>theirs</b>", "Load saved version"] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert_eq!(save(&browser, &value_of(&refused.body, "version"), &[("server_id", "mine")]).status, 303);
    assert!(browser.get("/admin/dialers").body.contains(">mine</a>"));
}

#[test]
fn a_new_dialer_gets_conferences_and_is_deleted_only_without_phones() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let form = |server_ip: &'static str| -> Vec<(&str, &str)> {
        STORED.iter().copied().chain([("server_ip", server_ip)]).collect()
    };
    let taken = browser.post("/admin/dialers/new", &form("10.0.9.9"));
    assert_eq!((taken.status, taken.body.contains("A dialer with this address already exists.")), (422, true));
    assert_eq!(browser.post("/admin/dialers/new", &form("10.0.9.20")).status, 303);
    assert!(browser.get("/admin/").body.contains("id=\"dialer-10.0.9.20\""), "the floor shows its card at once");
    let conferences = "SELECT count(*) FROM vicidial_conferences WHERE server_ip = '10.0.9.20'";
    let conferences: i64 = staffed.server.database().query_row(conferences, [], |row| row.get(0)).unwrap();
    assert_eq!(conferences, 949);
    let asked = browser.get("/admin/dialers/delete?server_ip=10.0.9.8").body;
    assert!(asked.contains("3 phones are on it. Delete its phones"), "{asked}");
    assert_eq!(browser.post("/admin/dialers/delete", &[("server_ip", "10.0.9.8")]).status, 409);
    let mut watch = staffed.watch_at("/admin/events", &[&browser.cookie]);
    watch.until(|event| event.name == "floor");
    let deleted = browser.post("/admin/dialers/delete", &[("server_ip", "10.0.9.20")]);
    assert_eq!((deleted.status, header(&deleted, "location")), (303, "/admin/dialers?done=delete"));
    assert!(!browser.get("/admin/dialers").body.contains("10.0.9.20"));
    watch.until(|event| event.name == "activity" && event.data["gone"] == "10.0.9.20");
}

#[test]
fn deactivating_a_dialer_moves_nobody() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let server_ip = staffed.log_in("1001", "team").body["server_ip"].as_str().unwrap().to_owned();
    let asked = browser.get(&format!("/admin/dialers/deactivate?server_ip={server_ip}")).body;
    assert!(
        asked.contains("New logins go to other dialers") && asked.contains("1 agent is on it. Agents keep their seats"),
        "{asked}"
    );
    let done = browser.post("/admin/dialers/deactivate", &[("server_ip", &server_ip)]);
    assert_eq!(header(&done, "location"), "/admin/?done=deactivate");
    let floor = browser.get("/admin/").body;
    for words in [
        "Inactive</span>",
        "6666: dialer-b is inactive, new logins go to other dialers.",
        "<b data-seats>1</b>",
        "Set active",
    ] {
        assert!(floor.contains(words), "{words} in {floor}");
    }
    assert_ne!(staffed.log_in("1002", "north desk").body["server_ip"], *server_ip);
    assert_eq!(browser.post("/admin/dialers/activate", &[("server_ip", &server_ip)]).status, 303);
    assert!(!browser.get("/admin/").body.contains("Inactive</span>"));
    let row = |active| format!("6666|127.0.0.1|SERVERS|{server_ip}|active: {active}");
    assert_eq!(logged(&staffed), [row("N"), row("Y")]);
}

#[test]
fn a_drain_is_planned_in_utc_shown_on_the_card_and_cancelled() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let plan = |from: &str, until: &str| {
        browser.post("/admin/dialer/plan", &[("server_ip", "10.0.9.8"), ("from", from), ("until", until)])
    };
    for (from, until, words) in [
        ("", "", "Enter a date and time"),
        ("2020-01-01T10:00", "", "That time is in the past. Times are UTC."),
        ("2199-01-01T10:00", "2199-01-01T10:00", "The end must be after the start."),
        ("2199-01-01T10:00", "later", "Enter a date and time"),
    ] {
        let refused = plan(from, until);
        assert_eq!((refused.status, refused.body.contains(words)), (422, true), "{from} {until} {}", refused.body);
    }
    let planned = plan("2199-01-01T10:00", "2199-01-01T12:30");
    assert_eq!(header(&planned, "location"), "/admin/dialer?server_ip=10%2e0%2e9%2e8&done=planned", "{}", planned.body);
    let page = browser.get(header(&planned, "location")).body;
    assert!(page.contains("Drain scheduled for 2199-01-01 10:00 UTC."), "{page}");
    assert!(page.contains("Drain at 2199-01-01 10:00 UTC, scheduled by 6666"), "{page}");
    let floor = browser.get("/admin/").body;
    assert!(
        floor.contains("Drains at 2199-01-01 10:00 UTC") && floor.contains("Takes agents again at 2199-01-01 12:30")
    );
    let seen = Browser::new(&staffed, "looker", "lpass").get(PAGE).body;
    assert!(seen.contains("Drain at 2199") && !seen.contains("plan_id"), "{seen}");
    let cancel =
        |plan_id: &str| browser.post("/admin/dialer/cancel", &[("server_ip", "10.0.9.8"), ("plan_id", plan_id)]);
    assert_eq!((cancel("2").status, cancel("1").status, cancel("1").status, cancel("x").status), (303, 303, 404, 404));
    assert!(browser.get(PAGE).body.contains("cancelled at 20"));
    assert!(!browser.get("/admin/").body.contains("Drains at"));
    assert_eq!(logged(&staffed).len(), 3);
}
