//! Batches of changes: atomic, or each change independently.

use serde_json::{Value, json};

use super::{ADMIN, CHIEF, Fixture, body, header, phone, problem};

fn create(kind: &str, value: &Value) -> Value {
    json!({"op": "create", "kind": kind, "value": value})
}

#[test]
fn a_batch_with_one_bad_row_changes_nothing_and_names_every_error() {
    let fixture = Fixture::new();
    let changes = json!([
        create("phones", &phone("cc200", "10.0.9.8", "cc200a")),
        create("phones", &phone("cc201", "10.0.9.7", "100a")),
        {"op": "patch", "kind": "aliases", "key": {"alias_id": "none"}, "value": {"alias_name": "None"}},
        {"op": "paint", "kind": "phones", "key": {"server_ip": "10.0.9.8", "extension": "100"}},
    ]);
    let refused = fixture.post("/batch", &json!({"changes": changes}));
    assert_eq!((refused.status, problem(&refused).0), (422, "batch_refused".into()), "{}", refused.body);
    let errors = body(&refused)["errors"].as_array().unwrap().clone();
    let indexes: Vec<i64> = errors.iter().map(|error| error["index"].as_i64().unwrap()).collect();
    assert_eq!(indexes, [1, 2, 3]);
    let fields: Vec<&Value> = errors[0]["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["server_ip", "phone_login"]);
    assert_eq!((&errors[1]["status"], &errors[2]["field"]), (&404.into(), &"op".into()));
    assert_eq!(fixture.value("SELECT count(*) FROM phones"), "2");
    assert_eq!(fixture.value("SELECT count(*) FROM vicidial_admin_log"), "0");
}

#[test]
fn a_batch_is_executed_in_order_and_can_be_repeated() {
    let fixture = Fixture::new();
    let changes = json!([
        create("phones", &phone("cc200", "10.0.9.8", "cc200a")),
        create("aliases", &json!({"alias_id": "new", "alias_name": "New", "phone_logins": ["cc200a"]})),
        {"op": "put_member", "kind": "aliases", "key": {"alias_id": "team", "login": "cc200a"}},
        {"op": "delete_member", "kind": "aliases", "key": {"alias_id": "team", "login": "100a"}},
        {"op": "delete", "kind": "phones", "key": {"server_ip": "10.0.9.9", "extension": "100"}},
    ]);
    let sent = json!({"atomic": true, "changes": changes});
    let done = fixture.ask("POST", "/batch", &[CHIEF, "Idempotency-Key: b1"], &sent);
    assert_eq!(done.status, 200, "{}", done.body);
    let results = body(&done)["results"].as_array().unwrap().clone();
    let statuses: Vec<i64> = results.iter().map(|result| result["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [201, 201, 200, 204, 204]);
    assert_eq!(results[0]["location"], "/api/v1/phones/10.0.9.8/cc200");
    let tag = header(&fixture.get("/aliases/new"), "etag").unwrap().trim_matches('"').to_owned();
    assert_eq!(results[1]["etag"], tag);
    assert_eq!(fixture.value("SELECT logins_list FROM phones_alias WHERE alias_id = 'team'"), "100b,cc200a");
    let again = fixture.ask("POST", "/batch", &[CHIEF, "Idempotency-Key: b1"], &sent);
    assert_eq!((again.status, &again.body), (200, &done.body));
    let stale = json!({"op": "patch", "kind": "aliases", "key": {"alias_id": "new"}, "value": {"active": false}, "if_match": "x"});
    let refused = fixture.post("/batch", &json!({"changes": [stale]}));
    assert_eq!(body(&refused)["errors"][0]["status"], 412, "{}", refused.body);
}

#[test]
fn in_a_non_atomic_batch_each_change_is_reported() {
    let fixture = Fixture::new();
    let changes = json!([
        create("phones", &phone("cc200", "10.0.9.8", "cc200a")),
        create("phones", &phone("cc200", "10.0.9.8", "cc200a")),
        {"op": "patch", "kind": "phones", "key": {"server_ip": "10.0.9.8", "extension": "100"}, "value": {"active": false}},
    ]);
    let sent = json!({"atomic": false, "changes": changes});
    let done = fixture.post("/batch", &sent);
    let results = body(&done)["results"].as_array().unwrap().clone();
    let statuses: Vec<i64> = results.iter().map(|result| result["status"].as_i64().unwrap()).collect();
    assert_eq!((done.status, statuses), (200, vec![201, 409, 200]), "{}", done.body);
    assert_eq!(results[1]["type"], "urn:hotdesk:problem:already_exists");
    assert_eq!(fixture.value("SELECT active FROM phones WHERE extension = '100' AND server_ip = '10.0.9.8'"), "N");
    assert_eq!(fixture.ask("POST", "/batch", &[CHIEF, "Idempotency-Key: b2"], &sent).status, 422);
}

#[test]
fn a_batch_needs_the_permission_for_each_kind_in_it_and_has_limits() {
    let fixture = Fixture::new();
    let user = create(
        "users",
        &json!({"user": "2001", "pass": "p", "user_level": 1, "full_name": "x", "user_group": "AGENTS"}),
    );
    let refused = fixture.ask("POST", "/batch", &[ADMIN], &json!({"changes": [user]}));
    assert_eq!((refused.status, problem(&refused).0), (403, "not_allowed".into()), "{}", refused.body);
    for body in [json!({}), json!({"changes": []}), json!({"changes": 1}), json!({"changes": [1]})] {
        assert_eq!(fixture.post("/batch", &body).status, 422, "{body}");
    }
    assert_eq!(fixture.post("/batch", &json!({"changes": [], "frist": 1})).status, 422);
    let flag = fixture.post("/batch", &json!({"atomic": "yes", "changes": [1]}));
    assert_eq!(body(&flag)["field"], "atomic");
    let many: Vec<Value> = (0..10_001).map(|_| json!({})).collect();
    let refused = fixture.post("/batch", &json!({"changes": many}));
    assert_eq!((refused.status, &body(&refused)["field"]), (422, &"changes".into()));
}

#[test]
fn a_thousand_phones_fit_into_one_batch() {
    let fixture = Fixture::new();
    let new = |number: usize| create("phones", &phone(&format!("n{number}"), "10.0.9.8", &format!("n{number}a")));
    let done = fixture.post("/batch", &json!({"changes": (1000..2000).map(new).collect::<Vec<_>>()}));
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(fixture.value("SELECT count(*) FROM phones"), "1002");
}
