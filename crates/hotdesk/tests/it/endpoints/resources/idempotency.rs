//! Idempotency keys: requests that are sent twice.

use serde_json::json;

use super::{ADMIN, CHIEF, Fixture, header, phone, problem};

const KEY: &str = "Idempotency-Key: 3f1c-0001";

#[test]
fn a_repeated_create_adds_one_phone_and_gets_the_same_reply() {
    let fixture = Fixture::new();
    let new = phone("cc200", "10.0.9.8", "cc200a");
    let first = fixture.ask("POST", "/phones", &[CHIEF, KEY], &new);
    let second = fixture.ask("POST", "/phones", &[CHIEF, KEY], &new);
    assert_eq!((first.status, second.status), (201, 201), "{}", second.body);
    assert_eq!(first.body, second.body);
    for name in ["etag", "location"] {
        assert_eq!(header(&first, name), header(&second, name));
    }
    assert_eq!(fixture.value("SELECT count(*) FROM phones WHERE extension = 'cc200'"), "1");
    assert_eq!(fixture.value("SELECT count(*) FROM vicidial_admin_log"), "1");
    let kept = "SELECT group_concat(request || status || etag || location || body) FROM hotdesk_repeat";
    let kept = fixture.value(kept);
    assert!(!kept.contains("hunter2") && !kept.contains("secret7"), "{kept}");
}

#[test]
fn a_key_belongs_to_one_request_of_one_account() {
    let fixture = Fixture::new();
    let new = phone("cc200", "10.0.9.8", "cc200a");
    assert_eq!(fixture.ask("POST", "/phones", &[CHIEF, KEY], &new).status, 201);
    let other = fixture.ask("POST", "/phones", &[CHIEF, KEY], &phone("cc201", "10.0.9.8", "cc201a"));
    assert_eq!((other.status, problem(&other).0), (422, "idempotency_key_reused".into()));
    let elsewhere = fixture.ask("DELETE", "/phones/10.0.9.8/cc200", &[CHIEF, KEY], &json!(null));
    assert_eq!(elsewhere.status, 422);
    let by_another = fixture.ask("POST", "/phones", &[ADMIN, KEY], &phone("cc201", "10.0.9.8", "cc201a"));
    assert_eq!(by_another.status, 201, "{}", by_another.body);
    assert_eq!(fixture.ask("POST", "/phones", &[CHIEF, "Idempotency-Key: a b"], &new).status, 422);
}

#[test]
fn a_refused_request_can_be_retried_and_a_repeated_deletion_gets_the_same_reply() {
    let fixture = Fixture::new();
    let new = phone("cc200", "10.0.9.7", "cc200a");
    assert_eq!(fixture.ask("POST", "/phones", &[CHIEF, KEY], &new).status, 422);
    fixture.sql("INSERT INTO servers (server_id, server_ip) VALUES ('c', '10.0.9.7')");
    assert_eq!(fixture.ask("POST", "/phones", &[CHIEF, KEY], &new).status, 201);
    let gone = || fixture.ask("DELETE", "/aliases/team", &[CHIEF, "Idempotency-Key: 2"], &json!(null)).status;
    assert_eq!((gone(), gone()), (204, 204));
}

#[test]
fn a_key_expires_after_a_day() {
    let fixture = Fixture::new();
    let patch = |name: &str| fixture.ask("PATCH", "/aliases/team", &[CHIEF, KEY], &json!({"alias_name": name})).status;
    assert_eq!((patch("First"), patch("Second")), (200, 422));
    fixture.sql("UPDATE hotdesk_repeat SET began = datetime(began, '-1 day')");
    assert_eq!(patch("Second"), 200);
    assert_eq!(fixture.value("SELECT count(*) FROM hotdesk_repeat"), "1");
}
