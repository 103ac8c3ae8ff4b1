//! `/api/v1/logs/…` and `/api/v1/logins`: filters, pages and secrets.

use serde_json::Value;

use super::staffed::{ADMIN, LOOKER, Staffed, json};

fn look(staffed: &Staffed, target: &str) -> Value {
    let reply = staffed.ask("GET", &format!("/api/v1{target}"), &[LOOKER], "");
    assert_eq!(reply.status, 200, "{target}: {}", reply.body);
    json(&reply)
}

/// One field of each row.
fn all<'a>(page: &'a Value, list: &str, field: &str) -> Vec<&'a Value> {
    page[list].as_array().unwrap().iter().map(|row| &row[field]).collect()
}

#[test]
fn calls_are_filtered_and_paged() {
    let staffed = Staffed::new(0, &[]);
    for source in ["crm", "hr", "crm"] {
        staffed.server.call(&format!("source={source}&user=6666&pass=1234&function=server_refresh&stage=REFRESH"));
    }
    let linked = staffed.ask("GET", "/api/v1/logs/calls?source=C%52M&cursor=9&limit=1", &[ADMIN], "");
    let link = "link: </api/v1/logs/calls?source=crm&limit=1&cursor=3>; rel=\"next\"\r\n";
    assert!(linked.head.contains(link), "{}", linked.head);
    let first = look(&staffed, "/logs/calls?source=CRM&limit=1");
    assert_eq!(
        (all(&first, "calls", "api_id"), all(&first, "calls", "result")),
        (vec![&3.into()], vec![&"SUCCESS".into()])
    );
    let next = first["next"].as_str().unwrap();
    let second = look(&staffed, &format!("/logs/calls?source=CRM&limit=1&cursor={next}"));
    assert_eq!((all(&second, "calls", "api_id"), second.get("next")), (vec![&1.into()], None));
    let today = &first["calls"][0]["api_date"].as_str().unwrap()[..10];
    assert_eq!(
        all(&look(&staffed, &format!("/logs/calls?from={today}&until={today}")), "calls", "source"),
        ["crm", "hr", "crm"]
    );
    assert_eq!(all(&look(&staffed, "/logs/calls?until=2020-01-01"), "calls", "source"), [""; 0]);
    assert_eq!(all(&look(&staffed, "/logs/calls?until=9999-12-31&user=nobody"), "calls", "source"), [""; 0]);
}

#[test]
fn changes_have_their_actor_and_no_secrets() {
    let staffed = Staffed::new(0, &[]);
    assert_eq!(staffed.ask("PUT", "/api/v1/dialers/10.0.9.9/drain", &[ADMIN], "").status, 200);
    let insert = "INSERT INTO vicidial_admin_log (event_date, user, ip_address, event_section, event_type, record_id, event_code, event_notes)
        VALUES (datetime('now'), '7777', '192.0.2.7', 'PHONES', 'MODIFY', 'cc100', 'ADMIN MODIFY PHONE', 'UPDATE phones SET pass=''hunter2''')";
    staffed.server.database().execute(insert, []).unwrap();
    let page = look(&staffed, "/logs/changes");
    assert_eq!(all(&page, "changes", "user"), ["7777", "6666"]);
    assert_eq!(all(&page, "changes", "event_notes"), ["UPDATE phones SET pass=***", "draining: Y"]);
    let found = look(&staffed, "/logs/changes?event_section=servers&record_id=0.9");
    assert_eq!(all(&found, "changes", "record_id"), ["10.0.9.9"]);
    assert_eq!(all(&look(&staffed, "/logs/changes?user=7777"), "changes", "ip_address"), ["192.0.2.7"]);
}

#[test]
fn logins_are_filtered_and_paged() {
    let staffed = Staffed::new(0, &[]);
    let first = staffed.log_in("1001", "team");
    staffed.log_in("1002", "north desk");
    assert_eq!(staffed.ask("DELETE", &first.target(), &[&first.bearer()], "").status, 204);
    let page = look(&staffed, "/logins?limit=1");
    assert_eq!(all(&page, "logins", "requested_login"), ["north desk"]);
    let next = page["next"].as_str().unwrap();
    let behind = look(&staffed, &format!("/logins?limit=1&cursor={next}"));
    assert_eq!((all(&behind, "logins", "user"), behind.get("next")), (vec![&"1001".into()], None));
    let ended = &behind["logins"][0];
    assert_eq!((&ended["state"], &ended["end_reason"]), (&"ended".into(), &"logged_out".into()));
    assert!(ended["ended_at"].is_string(), "{ended}");
    for (filter, agents) in [
        ("state=open", vec!["1002"]),
        ("state=logged_out", vec!["1001"]),
        ("state=no_phone", vec![]),
        ("user=1002", vec!["1002"]),
        ("requested_login=TEAM", vec!["1001"]),
        ("server_ip=10.0.9.7", vec![]),
        ("until=2020-01-01", vec![]),
        ("from=2020-01-01&until=9999-12-31", vec!["1002", "1001"]),
    ] {
        assert_eq!(all(&look(&staffed, &format!("/logins?{filter}")), "logins", "user"), agents, "{filter}");
    }
}

#[test]
fn invalid_parameters_are_refused_by_name() {
    let staffed = Staffed::new(0, &[]);
    for (target, field) in [
        ("/logs/calls?from=yesterday", "from"),
        ("/logs/calls?until=", "until"),
        ("/logs/calls?limit=0", "limit"),
        ("/logs/calls?result=GOOD", "result"),
        ("/logs/changes?cursor=x", "cursor"),
        ("/logs/changes?function=x", "function"),
        ("/logins?state=dancing", "state"),
        ("/logins?cursor=17", "cursor"),
        ("/logins?until=2026-02-30", "until"),
    ] {
        let reply = staffed.ask("GET", &format!("/api/v1{target}"), &[ADMIN], "");
        assert_eq!((reply.status, &json(&reply)["field"]), (422, &field.into()), "{target}");
    }
}
