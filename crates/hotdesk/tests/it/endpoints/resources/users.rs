//! Users, user groups, IP lists, templates and dialers.

use serde_json::{Value, json};

use super::{ADMIN, CHIEF, Fixture, body, header, problem};

fn user(name: &str) -> Value {
    json!({"user": name, "pass": "first", "user_level": 1, "full_name": "Agent", "user_group": "AGENTS"})
}

#[test]
fn a_user_is_added_with_a_digest_can_log_in_and_is_deleted() {
    let fixture = Fixture::new();
    let added = fixture.post(
        "/users",
        &json!({"user": "lead", "pass": "first", "user_level": 8, "full_name": "Lead",
        "user_group": "AGENTS", "vdc_agent_api_access": true}),
    );
    assert_eq!((added.status, header(&added, "location")), (201, Some("/api/v1/users/lead")), "{}", added.body);
    assert!(!added.body.contains("pass\"") && !added.body.contains("argon2"), "{}", added.body);
    assert_eq!(fixture.value("SELECT pass FROM vicidial_users WHERE user = 'lead'"), "");
    assert!(fixture.value("SELECT digest FROM hotdesk_credentials WHERE user = 'lead'").starts_with("$argon2id$"));
    let basic = |word: &str| format!("Authorization: Basic {word}");
    let (first, other) = (basic("bGVhZDpmaXJzdA=="), basic("bGVhZDpvdGhlcg=="));
    assert_eq!(fixture.ask("GET", "/dialers", &[&first], &Value::Null).status, 200);
    assert_eq!(fixture.patch("/users/lead", &json!({"pass": "other"})).status, 200);
    assert_eq!(fixture.ask("GET", "/dialers", &[&first], &Value::Null).status, 401);
    assert_eq!(fixture.ask("GET", "/dialers", &[&other], &Value::Null).status, 200);
    assert_eq!(fixture.delete("/users/lead").status, 204);
    assert_eq!(fixture.ask("GET", "/dialers", &[&other], &Value::Null).status, 401);
    let log = "SELECT group_concat(event_type || ' ' || record_id || ' ' || user, '; ') FROM vicidial_admin_log
               WHERE event_section = 'USERS'";
    assert_eq!(fixture.value(log), "ADD lead chief; MODIFY lead chief; DELETE lead chief");
}

#[test]
fn an_account_cannot_grant_levels_or_rights_above_its_own() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE vicidial_users SET modify_users = '1', modify_same_user_level = '0', user_level = 8 WHERE user = '6666'");
    fixture.sql("UPDATE vicidial_users SET api_allowed_functions = ' version ' WHERE user = '6666'");
    let mut new = user("2001");
    for (key, value) in [
        ("user_level", json!(8)),
        ("user_group", json!("NONE")),
        ("delete_users", json!(true)),
        ("api_allowed_functions", json!("ALL_FUNCTIONS")),
    ] {
        new[key] = value;
    }
    let refused = fixture.ask("POST", "/users", &[ADMIN], &new);
    let (kind, fields) = problem(&refused);
    assert_eq!(
        (kind.as_str(), fields),
        (
            "invalid_field",
            ["user_level", "user_group", "api_allowed_functions", "delete_users"].map(str::to_owned).to_vec()
        ),
        "{}",
        refused.body
    );
    let above = fixture.ask("PATCH", "/users/chief", &[ADMIN], &json!({"full_name": "Me"}));
    assert_eq!((above.status, problem(&above).0), (403, "not_allowed".into()));
    assert_eq!(fixture.ask("DELETE", "/users/chief", &[ADMIN], &Value::Null).status, 403);
    new = user("2001");
    new["vdc_agent_api_access"] = json!(true);
    let refused = fixture.ask("POST", "/users", &[ADMIN], &new);
    assert_eq!(problem(&refused).1, ["api_allowed_functions"], "an empty list would allow all functions");
    new["api_allowed_functions"] = json!("version");
    assert_eq!(fixture.ask("POST", "/users", &[ADMIN], &new).status, 201);
    assert_eq!(fixture.ask("DELETE", "/users/2001", &[ADMIN], &Value::Null).status, 403, "delete_users");
}

#[test]
fn an_account_that_sees_only_some_groups_cannot_extend_its_view() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE vicidial_user_groups SET admin_viewable_groups = 'AGENTS NEW' WHERE user_group = 'AGENTS'");
    fixture.sql("UPDATE vicidial_users SET user_group = 'AGENTS', modify_same_user_level = '1' WHERE user = 'chief'");
    for group in ["", "ADMIN"] {
        let refused = fixture.patch("/users/chief", &json!({"user_group": group}));
        assert_eq!((refused.status, problem(&refused).1), (422, vec!["user_group".to_owned()]), "{group:?}");
    }
    for list in ["", "---ALL---", "AGENTS ADMIN"] {
        let refused = fixture.patch("/user_groups/AGENTS", &json!({"admin_viewable_groups": list}));
        assert_eq!((refused.status, problem(&refused).1), (422, vec!["admin_viewable_groups".to_owned()]), "{list:?}");
    }
    assert_eq!(fixture.post("/user_groups", &json!({"user_group": "NEW"})).status, 422, "it would see everything");
    let fewer = json!({"user_group": "NEW", "admin_viewable_groups": "AGENTS"});
    assert_eq!(fixture.post("/user_groups", &fewer).status, 201);
    assert_eq!(fixture.patch("/user_groups/AGENTS", &json!({"group_name": "Agents"})).status, 200);
}

#[test]
fn accounts_cannot_lock_themselves_out_and_new_users_need_the_fields_of_add_user() {
    let fixture = Fixture::new();
    for change in [json!({"modify_users": false}), json!({"active": false}), json!({"user_level": 7})] {
        let refused = fixture.patch("/users/chief", &change);
        assert_eq!(refused.status, 422, "{change}: {}", refused.body);
    }
    assert_eq!(fixture.delete("/users/chief").status, 422);
    let few = fixture.post("/users", &json!({"user": "2001"}));
    assert_eq!(problem(&few).1, ["full_name", "user_level", "user_group", "pass"]);
    let both = fixture.post("/users", &json!({"user": "2001", "pass": "a", "pass_hash": "b"}));
    assert_eq!((both.status, both.body.contains("\"b\"")), (422, false), "{}", both.body);
    assert_eq!(fixture.post("/users", &user("2001")).status, 201);
    assert_eq!(fixture.post("/users", &user("2001")).status, 409);
}

#[test]
fn referenced_rows_cannot_be_deleted_and_references_must_exist() {
    let fixture = Fixture::new();
    let list = json!({"ip_list_id": "office", "entries": ["10.0.0.x"]});
    assert_eq!(fixture.post("/ip_lists", &list).status, 201);
    let limited = fixture.patch("/user_groups/NORTH", &json!({"api_ip_list": "office"}));
    assert_eq!(limited.status, 200, "{}", limited.body);
    let refused = fixture.delete("/ip_lists/office");
    assert_eq!((refused.status, problem(&refused).0), (409, "in_use".into()));
    let nowhere = fixture.patch("/user_groups/NORTH", &json!({"api_ip_list": "nowhere"}));
    assert_eq!(problem(&nowhere).1, ["api_ip_list"]);
    assert_eq!(fixture.delete("/user_groups/ADMIN").status, 409, "chief belongs to it");
    assert_eq!(fixture.delete("/user_groups/NORTH").status, 204);
    assert_eq!(fixture.delete("/ip_lists/office").status, 204);
    let lacking = fixture.ask("POST", "/user_groups", &[ADMIN], &json!({"user_group": "NEW"}));
    assert_eq!((lacking.status, problem(&lacking).0), (403, "not_allowed".into()));

    assert_eq!(
        fixture.post("/templates", &json!({"template_id": "sip", "template_contents": "type=friend\n"})).status,
        201
    );
    assert_eq!(fixture.patch("/phones/10.0.9.8/100", &json!({"template_id": "sip"})).status, 200);
    fixture.sql("UPDATE servers SET rebuild_conf_files = 'N'");
    assert_eq!(fixture.delete("/templates/sip").status, 409);
    assert_eq!(fixture.patch("/templates/sip", &json!({"template_contents": "type=peer"})).status, 200);
    assert_eq!(fixture.value("SELECT count(*) FROM servers WHERE rebuild_conf_files = 'Y'"), "2");
}

#[test]
fn dialers_are_added_changed_and_deleted_once_they_are_empty() {
    let fixture = Fixture::new();
    let added = fixture.post(
        "/dialers",
        &json!({"server_ip": "10.0.9.7", "server_id": "c", "ami_secret": "hunter2", "ami_port": 5039}),
    );
    assert_eq!((added.status, &body(&added)["ami_port"]), (201, &5039.into()), "{}", added.body);
    assert!(!added.body.contains("hunter2"));
    assert_eq!(fixture.value("SELECT ami_secret FROM hotdesk_dialer"), "hunter2");
    let listed = body(&fixture.get("/dialers"));
    assert_eq!(listed["dialers"].as_array().map(Vec::len), Some(3), "the floor shows it at once");
    let twin = fixture.patch("/dialers/10.0.9.7", &json!({"active_twin_server_ip": "10.0.9.7"}));
    assert_eq!(problem(&twin).1, ["active_twin_server_ip"]);
    assert_eq!(fixture.patch("/dialers/10.0.9.7", &json!({"active": false, "server_description": "old"})).status, 200);
    let phones = fixture.delete("/dialers/10.0.9.8");
    assert_eq!((phones.status, &body(&phones)["phones"]), (409, &1.into()));
    assert_eq!(fixture.delete("/dialers/10.0.9.7").status, 204);
    assert_eq!(fixture.value("SELECT count(*) FROM servers"), "2");
    let refused = fixture.ask("POST", "/campaigns", &[CHIEF], &json!({"campaign_id": "SALES", "pllb_grouping": "NO"}));
    assert_eq!(problem(&refused).1, ["pllb_grouping"]);
    assert_eq!(fixture.post("/campaigns", &json!({"campaign_id": "SALES"})).status, 201);
    assert_eq!(fixture.delete("/campaigns/SALES").status, 204);
}

#[test]
fn a_changed_account_or_password_is_unlocked() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE vicidial_users SET modify_users = '1' WHERE user = '6666'");
    assert_eq!(fixture.ask("POST", "/users", &[ADMIN], &user("2001")).status, 201);
    for change in [json!({"full_name": "Other"}), json!({"pass": "second"})] {
        fixture.sql("UPDATE vicidial_users SET failed_login_count = 10 WHERE user = '2001'");
        let changed = fixture.ask("PATCH", "/users/2001", &[ADMIN], &change);
        assert_eq!(changed.status, 200, "{}", changed.body);
        let failures = "SELECT failed_login_count FROM vicidial_users WHERE user = '2001'";
        let database = fixture.server.database();
        assert_eq!(database.query_row(failures, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{change}");
    }
}
