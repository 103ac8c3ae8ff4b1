//! `/api/v1/sessions`: log in, wait for the result, ring again, and log out.

use super::count;
use super::staffed::{ADMIN, JSON, LOOKER, Staffed, json, logged_in};
use crate::support::request;

const TEAM: &str = r#","phone_login":"team","phone_pass":"phonepass""#;

#[test]
fn a_login_is_answered_at_once_with_its_key_and_the_decision() {
    let staffed = Staffed::new(60_000, &[]);
    let reply = staffed.open("1001", TEAM, &[]);
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert!(reply.head.contains("\r\nlocation: /api/v1/sessions/1") && !reply.head.contains("preference"));
    let body = json(&reply);
    assert_eq!(body["state"], "ringing");
    assert_eq!((&body["phone_login"], &body["server_ip"]), (&"100b".into(), &"10.0.9.9".into()));
    assert_eq!(body["decision"]["candidates"][0]["turn"], 2);
    assert_eq!(body["key"].as_str().unwrap().len(), 64);
}

#[test]
fn the_field_names_of_the_login_form_are_accepted() {
    let staffed = Staffed::new(0, &[]);
    let login =
        r#"{"VD_login":"1001","VD_pass":"apass","phone_login":"team","phone_pass":"phonepass","VD_campaign":""}"#;
    let reply = staffed.ask("POST", "/api/v1/sessions", &["Prefer: wait=30"], login);
    assert_eq!((reply.status, &json(&reply)["state"]), (201, &"live".into()), "{}", reply.body);
}

#[test]
fn a_waiting_login_is_answered_when_the_phone_is_answered() {
    let staffed = Staffed::new(100, &[]);
    let session = staffed.log_in("1001", "team");
    assert_eq!(session.body["state"], "live");
    let two_words = staffed.log_in("1002", "North Desk");
    assert_eq!(two_words.body["phone_login"], "101a", "an alias may have two words, and letter case does not count");
}

#[test]
fn a_waiting_login_without_an_answer_lists_the_attempts_and_can_ring_again() {
    let staffed = Staffed::new(0, &[]);
    let ghost = r#","phone_login":"ghost","phone_pass":"phonepass""#;
    let reply = staffed.open("1001", ghost, &["Prefer: wait=30"]);
    assert_eq!(reply.status, 409, "{}", reply.body);
    assert!(reply.head.contains("content-type: application/problem+json"));
    let problem = json(&reply);
    assert_eq!(problem["type"], "urn:hotdesk:problem:session_ended");
    assert_eq!(problem["title"], "The session has ended: no phone was answered.");
    assert_eq!(problem["reasons"][0], "ghost on 10.0.9.8: it is not registered there");
    let session = logged_in(&reply);
    let again = staffed.ask("POST", &format!("{}/ring", session.target()), &[&session.bearer()], "");
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(json(&again)["state"], "ringing");
}

#[test]
fn a_wait_ends_at_its_time_limit_while_the_phone_still_rings() {
    let staffed = Staffed::new(60_000, &[]);
    let reply = staffed.open("1001", TEAM, &["Prefer: wait=1"]);
    assert_eq!((reply.status, &json(&reply)["state"]), (201, &"ringing".into()));
}

#[test]
fn a_refusal_names_the_field_or_each_phone() {
    let staffed = Staffed::new(0, &[]);
    let wrong = [
        (
            r#"{"user":"1001","pass":"apass","phone":"team"}"#,
            422,
            "phone",
            "The allowed fields are: campaign, pass, phone_login, phone_pass, user.",
        ),
        (r#"{"user":1001,"pass":"apass"}"#, 422, "user", "user must be a string, such as \"1001\"."),
        (r#"{"user":"1001"}"#, 422, "pass", "pass is required: the agent's password."),
    ];
    for (body, status, field, detail) in wrong {
        let reply = staffed.ask("POST", "/api/v1/sessions", &[], body);
        let problem = json(&reply);
        assert_eq!((reply.status, &problem["field"], &problem["detail"]), (status, &field.into(), &detail.into()));
    }
    let unread = staffed.ask("POST", "/api/v1/sessions", &[], "{\"user\":\n\"Sesame\"]");
    assert_eq!((unread.status, &json(&unread)["detail"]), (400, &"The syntax error is in line 2, column 9.".into()));
    let form = staffed.server.send(&request("POST", "/api/v1/sessions", &["Content-Type: text/plain"], b"{}"));
    assert_eq!(form.status, 415);
    let long = format!("{{\"user\":\"{}\"}}", "x".repeat(300 * 1024));
    assert_eq!(staffed.ask("POST", "/api/v1/sessions", &[], &long).status, 413);
    let no_phone = staffed.open("1001", r#","phone_login":"team,x","phone_pass":"bad""#, &[]);
    let reasons = json(&no_phone)["reasons"].clone();
    assert_eq!(reasons, serde_json::json!(["team: no phone has this login", "x: no phone has this login"]));
    let campaign = staffed.open("1001", &format!(r#"{TEAM},"campaign":"NONE""#), &[]);
    assert_eq!((campaign.status, &json(&campaign)["field"]), (403, &"campaign".into()));
    assert_eq!(count(&staffed.server.database(), "vicidial_live_agents"), 0);
    assert!(!staffed.server.log().contains("Sesame"));
}

#[test]
fn a_session_has_a_timeline_with_codes_and_descriptions() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "100a,100b");
    let own = json(&staffed.ask("GET", &session.target(), &[&session.bearer()], ""));
    let words: Vec<&str> =
        own["timeline"].as_array().unwrap().iter().map(|step| step["description"].as_str().unwrap()).collect();
    let reported = [
        "you logged in; ringing order: 100b, then 100a",
        "your phone 100b was rung by dialer 10.0.9.9",
        "it was answered",
    ];
    assert_eq!(words, reported);
    let at = own["timeline"][0]["at"].as_str().unwrap();
    assert!(at.len() == 24 && at.ends_with('Z') && at.as_bytes()[10] == b'T', "{at}");
    assert_eq!((&own["timeline"][1]["what"], &own["state"]), (&"rung".into(), &"live".into()));
    assert_eq!(own.get("key"), None);
    let others = json(&staffed.ask("GET", &session.target(), &[LOOKER], ""));
    assert_eq!(others["timeline"][1]["description"], "phone 100b was rung by dialer 10.0.9.9");
}

#[test]
fn an_agent_logs_out_with_the_key_and_a_supervisor_logs_others_out() {
    let staffed = Staffed::new(0, &[]);
    let (first, second) = (staffed.log_in("1001", "team"), staffed.log_in("1002", "north desk"));
    assert_eq!(staffed.ask("DELETE", &first.target(), &[&first.bearer()], "").status, 204);
    assert_eq!(staffed.ask("DELETE", &first.target(), &[&first.bearer()], "").status, 409, "it has ended");
    assert_eq!(staffed.ask("DELETE", &second.target(), &[ADMIN], "").status, 204);
    let ended = |session: &super::staffed::LoggedIn| {
        json(&staffed.ask("GET", &session.target(), &[LOOKER], ""))["end_reason"].clone()
    };
    assert_eq!((ended(&first), ended(&second)), ("logged_out".into(), "removed".into()));
    let database = staffed.server.database();
    assert_eq!(count(&database, "vicidial_live_agents"), 0);
    let log = "SELECT user || ' ' || ip_address || ' ' || event_section || ' ' || event_notes FROM vicidial_admin_log";
    let log: String = database.query_row(log, [], |row| row.get(0)).unwrap();
    assert_eq!(log, "6666 127.0.0.1 PHONES session: 2 agent: 1002", "an agent's own logout is not logged");
}

#[test]
fn open_sessions_are_listed_and_filtered() {
    let staffed = Staffed::new(0, &[]);
    staffed.log_in("1001", "100a");
    staffed.log_in("1002", "101b");
    let users = |query: &str| -> Vec<String> {
        let reply = staffed.ask("GET", &format!("/api/v1/sessions{query}"), &[LOOKER], "");
        let sessions = json(&reply)["sessions"].as_array().cloned().unwrap_or_default();
        sessions.iter().map(|session| session["user"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(users(""), ["1001", "1002"]);
    assert_eq!(users("?user=1002"), ["1002"]);
    assert_eq!(users("?server_ip=10.0.9.8&state=live"), ["1001"]);
    assert_eq!(users("?state=ringing"), [""; 0]);
    for (query, field) in [("?state=ended", "state"), ("?agent=1001", "agent")] {
        let reply = staffed.ask("GET", &format!("/api/v1/sessions{query}"), &[LOOKER], "");
        assert_eq!((reply.status, &json(&reply)["field"]), (422, &field.into()));
    }
}

#[test]
fn a_waiting_request_does_not_delay_a_stop() {
    let staffed = Staffed::new(60_000, &[]);
    let mut stream = staffed.server.connect();
    let body = format!(r#"{{"user":"1001","pass":"apass"{TEAM}}}"#);
    let wait = request("POST", "/api/v1/sessions", &[JSON, "Prefer: wait=60"], body.as_bytes());
    let mut events = staffed.watch(&[]);
    std::io::Write::write_all(&mut stream, &wait).unwrap();
    events.until(|event| event.name == "session" && event.data["state"] == "ringing");
    let began = now();
    staffed.server.terminate();
    let reply = crate::support::Reply::read(&mut stream);
    assert_eq!((reply.status, &json(&reply)["state"]), (201, &"ringing".into()));
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
}

#[expect(clippy::disallowed_methods, reason = "the server is another process and runs in real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
