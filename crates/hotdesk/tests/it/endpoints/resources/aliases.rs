//! Aliases and their members.

use serde_json::{Value, json};

use super::{CHIEF, Fixture, body, header, if_match, problem};

#[test]
fn of_two_writers_on_one_alias_the_second_gets_the_current_version() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.get("/aliases/team"), fixture.get("/aliases/team"));
    let first = fixture.ask("PATCH", "/aliases/team", &[CHIEF, &if_match(&one)], &json!({"alias_name": "First"}));
    assert_eq!(first.status, 200, "{}", first.body);
    let second = fixture.ask("PATCH", "/aliases/team", &[CHIEF, &if_match(&other)], &json!({"alias_name": "Second"}));
    assert_eq!((second.status, problem(&second).0), (412, "precondition_failed".into()));
    assert_eq!(body(&second)["current"], body(&first));
    assert_eq!(header(&second, "etag"), header(&first, "etag"));
    assert_eq!(fixture.value("SELECT alias_name FROM phones_alias"), "First");
    let again = fixture.ask("PATCH", "/aliases/team", &[CHIEF, &if_match(&second)], &json!({"alias_name": "Second"}));
    assert_eq!(again.status, 200);
}

#[test]
fn an_alias_is_added_changed_and_deleted_by_the_rules_of_the_non_agent_api() {
    let fixture = Fixture::new();
    let added = fixture.post("/aliases", &json!({"alias_id": "xyz100", "alias_name": "XYZ", "phone_logins": ["100a"]}));
    assert_eq!((added.status, header(&added, "location")), (201, Some("/api/v1/aliases/xyz100")), "{}", added.body);
    let alias = json!({"alias_id": "xyz100", "alias_name": "XYZ", "phone_logins": ["100a"], "active": true,
        "user_group": "---ALL---"});
    assert_eq!(body(&added), alias);
    let changed = fixture.patch("/aliases/XYZ100", &json!({"active": false, "user_group": "NORTH"}));
    assert_eq!((&body(&changed)["active"], &body(&changed)["user_group"]), (&false.into(), &"NORTH".into()));
    assert_eq!(fixture.value("SELECT alias_id FROM hotdesk_inactive_alias"), "xyz100");
    let nowhere = fixture.patch("/aliases/xyz100", &json!({"alias_name": "Other", "user_group": "SUOTH"}));
    assert_eq!((nowhere.status, problem(&nowhere).1), (422, vec!["user_group".to_owned()]));
    assert_eq!(fixture.value("SELECT alias_name FROM phones_alias WHERE alias_id = 'xyz100'"), "XYZ");
    assert_eq!(fixture.patch("/aliases/xyz100", &json!({"user_group": "---ALL---"})).status, 200);
    let unknown = fixture.patch("/aliases/xyz100", &json!({"phone_logins": ["100a", "nobody", "none"]}));
    assert_eq!(problem(&unknown), ("invalid_field".into(), vec!["phone_logins".into(), "phone_logins".into()]));
    let exists = fixture.post("/aliases", &json!({"alias_id": "Team", "alias_name": "XYZ", "phone_logins": ["100a"]}));
    assert_eq!((exists.status, problem(&exists).0), (409, "already_exists".into()));
    assert_eq!(fixture.delete("/aliases/xyz100").status, 204);
    assert_eq!(fixture.value("SELECT count(*) FROM phones_alias"), "1");
}

#[test]
fn a_member_joins_and_leaves_without_the_list_being_sent() {
    let fixture = Fixture::new();
    fixture.sql("INSERT INTO phones (extension, server_ip, login) VALUES ('101', '10.0.9.8', '101a')");
    let joined = fixture.ask("PUT", "/aliases/team/members/101a", &[CHIEF], &Value::Null);
    assert_eq!((joined.status, &body(&joined)["phone_logins"]), (200, &json!(["100a", "100b", "101a"])));
    let twice = fixture.ask("PUT", "/aliases/team/members/101A", &[CHIEF], &Value::Null);
    assert_eq!((twice.status, &twice.body, header(&twice, "etag")), (200, &joined.body, header(&joined, "etag")));
    let left = fixture.ask("DELETE", "/aliases/team/members/100a", &[CHIEF, &if_match(&joined)], &Value::Null);
    assert_eq!((left.status, &*left.body), (204, ""));
    assert_eq!(header(&left, "etag"), header(&fixture.get("/aliases/team"), "etag"));
    assert_eq!(fixture.value("SELECT logins_list FROM phones_alias"), "100b,101a");
    let stale = fixture.ask("DELETE", "/aliases/team/members/101a", &[CHIEF, &if_match(&joined)], &Value::Null);
    assert_eq!(stale.status, 412);
    let gone = fixture.delete("/aliases/team/members/100a");
    assert_eq!((gone.status, problem(&gone).0), (404, "no_such_member".into()));
    let unknown = fixture.ask("PUT", "/aliases/team/members/nobody", &[CHIEF], &Value::Null);
    assert_eq!((unknown.status, problem(&unknown).1), (422, vec!["phone_logins".to_owned()]));
    assert_eq!(fixture.delete("/aliases/team/members/101a").status, 204);
    let last = fixture.delete("/aliases/team/members/100b");
    assert_eq!((last.status, problem(&last).1), (422, vec!["phone_logins".to_owned()]), "an alias must have a phone");
    assert_eq!(fixture.delete("/aliases/none/members/100b").status, 404);
}
