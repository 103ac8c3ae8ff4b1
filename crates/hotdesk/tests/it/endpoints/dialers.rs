//! `/api/v1/dialers` and `/api/v1/decision`: draining, moving agents, and the placement of a login.

use serde_json::Value;

use super::staffed::{ADMIN, LOOKER, Staffed, json};

fn decision(staffed: &Staffed, query: &str) -> Value {
    json(&staffed.ask("GET", &format!("/api/v1/decision?{query}"), &[LOOKER], ""))
}

#[test]
fn a_draining_dialer_is_shown_and_not_chosen_until_it_takes_agents_again() {
    let staffed = Staffed::new(0, &[]);
    let drain = "/api/v1/dialers/10.0.9.9/drain";
    assert_eq!(decision(&staffed, "phone_login=team")["chosen"], "100b");
    let reply = staffed.ask("PUT", drain, &[ADMIN], "");
    assert_eq!((reply.status, &json(&reply)["draining"]), (200, &true.into()));
    let drained = decision(&staffed, "phone_login=team");
    assert_eq!((&drained["chosen"], &drained["candidates"][1]["left_out"]), (&"100a".into(), &"draining".into()));
    let listed = json(&staffed.ask("GET", "/api/v1/dialers", &[LOOKER], ""));
    assert_eq!((&listed["dialers"][1]["draining"], &listed["alarm"]["frozen"]), (&true.into(), &false.into()));
    assert_eq!(json(&staffed.ask("DELETE", drain, &[ADMIN], ""))["draining"], false);
    assert_eq!(decision(&staffed, "phone_login=team")["chosen"], "100b");
    let log = "SELECT group_concat(event_section || ' ' || event_type || ' ' || record_id || ' ' || event_notes, '; ')
               FROM vicidial_admin_log";
    let log: String = staffed.server.database().query_row(log, [], |row| row.get(0)).unwrap();
    assert_eq!(log, "SERVERS MODIFY 10.0.9.9 draining: Y; SERVERS MODIFY 10.0.9.9 draining: N");
    assert_eq!(staffed.ask("PUT", "/api/v1/dialers/10.9.9.9/drain", &[ADMIN], "").status, 404);
}

#[test]
fn moving_all_agents_needs_the_number_of_agents_in_a_call() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "team");
    staffed.log_in("1002", "101b");
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_live_agents SET status = 'INCALL' WHERE user = '1001'", []).unwrap();
    let empty = "/api/v1/dialers/10.0.9.9/move";
    for said in ["", "{}", r#"{"in_call":0}"#, r#"{"in_call":2}"#] {
        let reply = staffed.ask("POST", empty, &[ADMIN], said);
        assert_eq!(reply.status, 409, "{said}: {}", reply.body);
        let problem = json(&reply);
        assert_eq!((&problem["in_call"], &problem["title"]), (&1.into(), &"1 agent is in a call.".into()));
        assert!(problem["detail"].as_str().unwrap().ends_with(r#"send {"in_call":1}."#), "{problem}");
    }
    assert_eq!(staffed.ask("POST", empty, &[ADMIN], r#"{"in_call":"1"}"#).status, 422);
    let mut events = staffed.watch(&[]);
    let reply = staffed.ask("POST", empty, &[ADMIN], r#"{"in_call":1}"#);
    assert_eq!((reply.status, &*reply.body), (200, r#"{"moved":1,"stayed":1}"#));
    let is_there = |data: &Value| data["server_ip"] == "10.0.9.8" && data["state"] == "live";
    events.until(|event| event.name == "session" && is_there(&event.data));
    let reported = json(&staffed.ask("GET", &session.target(), &[LOOKER], ""));
    let words: Vec<&str> =
        reported["timeline"].as_array().unwrap().iter().filter_map(|step| step["description"].as_str()).collect();
    assert!(words[3].starts_with("a supervisor moved the agent to another dialer"), "{words:?}");
}

#[test]
fn moving_one_agent_needs_the_number_of_agents_in_a_call() {
    let staffed = Staffed::new(0, &[]);
    let (session, stuck) = (staffed.log_in("1001", "team"), staffed.log_in("1002", "101b"));
    let target = format!("{}/move", session.target());
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_live_agents SET status = 'INCALL' WHERE user = '1001'", []).unwrap();
    assert_eq!(json(&staffed.ask("POST", &target, &[ADMIN], ""))["in_call"], 1);
    let reply = staffed.ask("POST", &target, &[ADMIN], r#"{"in_call":1}"#);
    assert_eq!((reply.status, &json(&reply)["server_ip"]), (200, &"10.0.9.8".into()));
    let nowhere = staffed.ask("POST", &format!("{}/move", stuck.target()), &[ADMIN], "");
    assert_eq!((nowhere.status, &json(&nowhere)["type"]), (409, &"urn:hotdesk:problem:no_alternative".into()));
    assert_eq!(staffed.ask("POST", "/api/v1/sessions/4711/move", &[ADMIN], "").status, 404);
}

#[test]
fn a_bad_decision_request_names_the_field() {
    let staffed = Staffed::new(0, &[]);
    assert_eq!(decision(&staffed, "phone_login=nobody")["chosen"], Value::Null);
    assert_eq!(decision(&staffed, "phone_login=team&campaign=NONE")["field"], "campaign");
    assert_eq!(decision(&staffed, "campaign=")["field"], "phone_login");
    assert_eq!(decision(&staffed, "alias=team")["field"], "alias");
    assert_eq!(decision(&staffed, "phone_login=north%20desk")["candidates"][0]["phone_login"], "101a");
}
