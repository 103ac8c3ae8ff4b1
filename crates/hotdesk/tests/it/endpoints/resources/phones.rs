//! Phones: the rules are those of `add_phone` and `update_phone`.

use serde_json::{Value, json};

use super::{ADMIN, CHIEF, Fixture, body, header, if_match, phone, problem};

#[test]
fn a_phone_is_added_read_changed_and_deleted() {
    let fixture = Fixture::new();
    let added = fixture.post("/phones", &phone("cc200", "10.0.9.8", "cc200a"));
    assert_eq!(
        (added.status, header(&added, "location")),
        (201, Some("/api/v1/phones/10.0.9.8/cc200")),
        "{}",
        added.body
    );
    let path = "/phones/10.0.9.8/cc200";
    let shown = fixture.get(path);
    assert_eq!((shown.status, &shown.body), (200, &added.body));
    assert_eq!(header(&shown, "etag"), header(&added, "etag"));
    let reported = body(&shown);
    assert_eq!(
        (&reported["active"], &reported["phone_ring_timeout"], &reported["status"]),
        (&true.into(), &60.into(), &"ACTIVE".into())
    );
    assert!(!shown.body.contains("hunter2") && !shown.body.contains("secret7"), "{}", shown.body);

    let changed = fixture.patch(path, &json!({"active": false, "phone_ring_timeout": 30, "status": "SUSPENDED"}));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let reported = body(&changed);
    assert_eq!(
        (&reported["active"], &reported["phone_ring_timeout"], &reported["status"]),
        (&false.into(), &30.into(), &"SUSPENDED".into())
    );
    assert_eq!(reported["phone_full_name"], "A phone", "omitted fields stay");
    assert_ne!(header(&changed, "etag"), header(&added, "etag"));
    assert_eq!(
        fixture.value("SELECT pass || ' ' || conf_secret FROM phones WHERE extension = 'cc200'"),
        "hunter2 secret7"
    );
    assert_eq!(fixture.value("SELECT rebuild_conf_files FROM servers WHERE server_ip = '10.0.9.8'"), "Y");

    let gone = fixture.delete(path);
    assert_eq!((gone.status, &*gone.body), (204, ""));
    assert_eq!(fixture.get(path).status, 404);
    assert_eq!(fixture.delete(path).status, 404);
    let log = "SELECT group_concat(user || ' ' || event_type || ' ' || record_id, '; ') FROM vicidial_admin_log";
    assert_eq!(fixture.value(log), "chief ADD cc200; chief MODIFY cc200; chief DELETE cc200");
    assert_eq!(fixture.value("SELECT count(*) FROM vicidial_admin_log WHERE event_notes LIKE '%hunter2%'"), "0");
}

#[test]
fn fields_for_the_configuration_files_are_stored_too() {
    let fixture = Fixture::new();
    let wanted = json!({"conf_override": "nat=yes\n", "codecs_list": "ulaw", "codecs_with_template": true,
        "mohsuggest": "quiet", "conf_qualify": false, "voicemail_options": "attach=yes", "voicemail_timezone": "pacific",
        "voicemail_instructions": false, "unavail_dialplan_fwd_exten": "999", "unavail_dialplan_fwd_context": "after"});
    let is_so = |reply: &crate::support::Reply| {
        let reported = body(reply);
        wanted.as_object().unwrap().iter().all(|(key, value)| reported[key] == *value)
    };
    let mut new = phone("cc200", "10.0.9.8", "cc200a");
    new.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
    let added = fixture.post("/phones", &new);
    assert!(added.status == 201 && is_so(&added), "{}", added.body);
    fixture.sql("UPDATE servers SET rebuild_conf_files = 'N'");
    let changed = fixture.patch("/phones/10.0.9.9/100", &wanted);
    assert!(changed.status == 200 && is_so(&changed), "{}", changed.body);
    assert_eq!(fixture.value("SELECT group_concat(server_ip) FROM servers WHERE rebuild_conf_files = 'Y'"), "10.0.9.9");
    let again = fixture.patch("/phones/10.0.9.9/100", &wanted);
    assert_eq!((&again.body, header(&again, "etag")), (&changed.body, header(&changed, "etag")));
    let log = "SELECT group_concat(event_code || ' ' || record_id, '; ') FROM vicidial_admin_log";
    assert_eq!(fixture.value(log), "ADMIN JSON API ADD PHONE cc200; ADMIN JSON API MODIFY PHONE 100");
}

#[test]
fn all_mistakes_in_a_new_phone_are_reported_together() {
    let fixture = Fixture::new();
    let mut bad = phone("cc200", "10.0.9.8", "100a");
    bad["protocol"] = "H323".into();
    bad["phone_ring_timeout"] = 181.into();
    let refused = fixture.post("/phones", &bad);
    assert_eq!((refused.status, problem(&refused).0), (422, "invalid_field".into()));
    assert_eq!(problem(&refused).1, ["phone_ring_timeout", "protocol"]);
    let few = fixture.post("/phones", &json!({"server_ip": "10.0.9.8", "extension": "cc200", "phone_login": "100a"}));
    let missing = [
        "phone_pass",
        "dialplan_number",
        "voicemail_id",
        "protocol",
        "registration_password",
        "phone_full_name",
        "outbound_cid",
        "phone_login",
    ];
    assert_eq!(problem(&few).1, missing, "{}", few.body);
    let taken = fixture.post("/phones", &phone("cc200", "10.0.9.7", "100a"));
    assert_eq!(problem(&taken).1, ["server_ip", "phone_login"], "{}", taken.body);
    let unknown = fixture.post("/phones", &json!({"server_ip": "10.0.9.8", "extension": "cc200", "frist": 1}));
    assert_eq!((problem(&unknown).0, &body(&unknown)["field"]), ("unknown_field".into(), &"frist".into()));
    assert!(body(&unknown)["detail"].as_str().unwrap().contains("phone_login"), "{}", unknown.body);
    let exists = fixture.post("/phones", &phone("100", "10.0.9.8", "new"));
    assert_eq!((exists.status, problem(&exists).0), (409, "already_exists".into()));
    assert_eq!(fixture.value("SELECT count(*) FROM phones"), "2");
}

#[test]
fn a_change_cannot_rename_or_use_null_or_empty_secrets() {
    let fixture = Fixture::new();
    let path = "/phones/10.0.9.8/100";
    for (sent, field) in [
        (json!({"extension": "101"}), "extension"),
        (json!({"phone_pass": ""}), "phone_pass"),
        (json!({"phone_login": "100b"}), "phone_login"),
        (json!({"template_id": "none"}), "template_id"),
        (json!({"active": "perhaps"}), "active"),
    ] {
        let refused = fixture.patch(path, &sent);
        assert_eq!((refused.status, problem(&refused).1), (422, vec![field.to_owned()]), "{sent}: {}", refused.body);
    }
    let null = fixture.patch(path, &json!({"email": null}));
    assert_eq!((null.status, &body(&null)["field"]), (422, &"email".into()));
    assert_eq!(fixture.ask("PATCH", path, &[CHIEF], &Value::Null).status, 400, "an empty body is not JSON");
    let same = fixture.patch(path, &json!({"extension": "100", "active": true}));
    assert_eq!(same.status, 200, "{}", same.body);
    assert_eq!(fixture.value("SELECT count(*) FROM vicidial_admin_log"), "0", "no change, so no audit row");
}

#[test]
fn an_etag_covers_secrets_survives_a_restart_and_allows_not_modified() {
    let mut fixture = Fixture::new();
    let path = "/phones/10.0.9.8/100";
    let first = fixture.get(path);
    let tag = header(&first, "etag").unwrap().to_owned();
    let known = fixture.ask("GET", path, &[CHIEF, &format!("If-None-Match: {tag}")], &Value::Null);
    assert_eq!((known.status, &*known.body), (304, ""));
    fixture.server.terminate();
    fixture.server = crate::support::Server::start(fixture.folder.path(), &[]);
    assert_eq!(header(&fixture.get(path), "etag"), Some(&*tag));
    fixture.sql("UPDATE phones SET conf_secret = 'other'");
    let stale = fixture.ask("DELETE", path, &[CHIEF, &if_match(&first)], &Value::Null);
    assert_eq!((stale.status, problem(&stale).0), (412, "precondition_failed".into()), "a secret was changed");
    let any = fixture.ask("PATCH", path, &[CHIEF, "If-Match: *"], &json!({"active": false}));
    assert_eq!(any.status, 200);
}

#[test]
fn rows_outside_the_callers_groups_are_not_found() {
    let fixture = Fixture::new();
    fixture.sql(
        "UPDATE vicidial_user_groups SET admin_viewable_groups = ' NORTH ADMIN ' WHERE user_group = 'ADMIN';
         UPDATE phones SET user_group = 'NORTH' WHERE server_ip = '10.0.9.8';
         UPDATE phones SET user_group = 'AGENTS' WHERE server_ip = '10.0.9.9';",
    );
    let listed = body(&fixture.get("/phones"));
    assert_eq!(listed["phones"].as_array().unwrap().len(), 1);
    assert_eq!(listed["phones"][0]["server_ip"], "10.0.9.8");
    let hidden = "/phones/10.0.9.9/100";
    assert_eq!(fixture.get(hidden).status, 404);
    assert_eq!(fixture.patch(hidden, &json!({"active": false})).status, 404);
    assert_eq!(fixture.delete(hidden).status, 404);
    assert_eq!(fixture.value("SELECT count(*) FROM phones WHERE active = 'Y'"), "2");
}

#[test]
fn deleting_needs_a_separate_permission() {
    let fixture = Fixture::new();
    fixture.sql("UPDATE vicidial_users SET ast_delete_phones = '0' WHERE user = '6666'");
    for path in ["/phones/10.0.9.8/100", "/aliases/team"] {
        let refused = fixture.ask("DELETE", path, &[ADMIN], &Value::Null);
        assert_eq!((refused.status, problem(&refused).0), (403, "not_allowed".into()), "{path}");
    }
    let changed = fixture.ask("PATCH", "/phones/10.0.9.8/100", &[ADMIN], &json!({"active": false}));
    assert_eq!(changed.status, 200, "{}", changed.body);
}
