//! Access to the session endpoints of `/api/v1` for every kind of caller.

use super::staffed::{ADMIN, AGENT, LOOKER, NO_API, Staffed, WRONG, json};

/// Method, address (`{id}`: the session of agent 1001), body, and the statuses for: no credentials, a wrong password,
/// an agent's account, an account without API access, one that may read, one that may administer, another session's
/// key, the session's own key.
type Row = (&'static str, &'static str, &'static str, [u16; 8]);

const TABLE: [Row; 14] = [
    ("GET", "/sessions", "", [401, 401, 401, 403, 200, 200, 401, 401]),
    ("GET", "/sessions/{id}", "", [401, 401, 401, 403, 200, 200, 401, 200]),
    ("DELETE", "/sessions/{id}", "", [401, 401, 401, 403, 403, 204, 401, 204]),
    ("POST", "/sessions/{id}/ring", "", [401, 401, 401, 403, 403, 403, 401, 200]),
    ("POST", "/sessions/{id}/move", "", [401, 401, 401, 403, 403, 200, 401, 403]),
    ("GET", "/dialers", "", [401, 401, 401, 403, 200, 200, 401, 401]),
    ("PUT", "/dialers/10.0.9.7/drain", "", [401, 401, 401, 403, 403, 404, 401, 401]),
    ("DELETE", "/dialers/10.0.9.7/drain", "", [401, 401, 401, 403, 403, 404, 401, 401]),
    ("POST", "/dialers/10.0.9.7/move", r#"{"in_call":0}"#, [401, 401, 401, 403, 403, 404, 401, 401]),
    ("GET", "/phones", "", [401, 401, 401, 403, 200, 200, 401, 401]),
    ("PATCH", "/phones/10.0.9.8/100", r#"{"active":true}"#, [401, 401, 401, 403, 403, 200, 401, 401]),
    ("PUT", "/aliases/team/members/100a", "", [401, 401, 401, 403, 403, 200, 401, 401]),
    ("GET", "/decision?phone_login=team", "", [401, 401, 401, 403, 200, 200, 401, 401]),
    ("GET", "/events", "", [401, 401, 401, 403, 200, 200, 401, 401]),
];

#[test]
fn each_caller_gets_what_the_table_says() {
    let staffed = Staffed::new(0, &[]);
    let other = staffed.log_in("1002", "north desk").bearer();
    for (method, address, body, statuses) in TABLE {
        let mut session = staffed.log_in("1001", "team");
        for (caller, status) in statuses.iter().enumerate() {
            let own = session.bearer();
            let headers = ["", WRONG, AGENT, NO_API, LOOKER, ADMIN, &other, &own];
            let headers: &[&str] = if caller == 0 { &[] } else { &headers[caller..=caller] };
            let target = format!("/api/v1{}", address.replace("{id}", &session.session_id.to_string()));
            let reply = if address == "/events" && *status == 200 {
                // An event stream has no end; its head is enough.
                let mut stream = staffed.server.connect();
                let request = crate::support::request(method, &target, headers, b"");
                std::io::Write::write_all(&mut stream, &request).unwrap();
                let mut begin = [0; 15];
                std::io::Read::read_exact(&mut stream, &mut begin).unwrap();
                assert_eq!(&begin, b"HTTP/1.1 200 OK");
                continue;
            } else {
                staffed.ask(method, &target, headers, body)
            };
            assert_eq!(reply.status, *status, "{method} {address} by caller {caller}: {} {}", reply.head, reply.body);
            let is_problem = reply.head.contains("content-type: application/problem+json");
            assert_eq!(is_problem, *status >= 400, "{}", reply.head);
            assert_eq!(reply.head.contains("www-authenticate: "), *status == 401, "{}", reply.head);
            if method == "DELETE" && *status == 204 {
                session = staffed.log_in("1001", "team");
            }
        }
    }
}

#[test]
fn an_unknown_session_id_is_refused() {
    let staffed = Staffed::new(0, &[]);
    for id in ["4711", "x", "-1", "99999999999999999999", "1%27"] {
        for (method, more) in [("GET", ""), ("DELETE", ""), ("POST", "/move")] {
            let reply = staffed.ask(method, &format!("/api/v1/sessions/{id}{more}"), &[ADMIN], "");
            assert_eq!(reply.status, 404, "{method} {id}{more}: {}", reply.body);
        }
        let key = format!("Authorization: Bearer {}", "0".repeat(64));
        let reply = staffed.ask("GET", &format!("/api/v1/sessions/{id}"), &[&key], "");
        assert!(matches!(reply.status, 401 | 404), "{id}: {}", reply.body);
    }
}

#[test]
fn unknown_addresses_and_methods_get_problem_details() {
    let staffed = Staffed::new(0, &[]);
    let unknown = staffed.ask("GET", "/api/v1/nothing", &[], "");
    assert_eq!((unknown.status, &json(&unknown)["type"]), (404, &"urn:hotdesk:problem:no_such_path".into()));
    let method = staffed.ask("PATCH", "/api/v1/sessions", &[], "");
    assert_eq!((method.status, &json(&method)["type"]), (405, &"urn:hotdesk:problem:method_not_allowed".into()));
    assert!(method.head.contains("\r\nallow: "), "{}", method.head);
    let no_text = staffed.ask("GET", "/api/v1/sessions/%ff", &[ADMIN], "");
    assert_eq!((no_text.status, &json(&no_text)["type"]), (400, &"urn:hotdesk:problem:bad_request".into()));
}

#[test]
fn cross_site_requests_change_nothing() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "team");
    for foreign in ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        assert_eq!(staffed.ask("DELETE", &session.target(), &[ADMIN, foreign], "").status, 403, "{foreign}");
    }
    let own = ["Origin: http://localhost", ADMIN];
    assert_eq!(staffed.ask("DELETE", &session.target(), &own, "").status, 204);
}

#[test]
fn wrong_passwords_here_lock_the_account_everywhere() {
    let staffed = Staffed::new(0, &[]);
    assert_eq!(staffed.ask("GET", "/api/v1/dialers", &[ADMIN], "").status, 200);
    for _ in 0..10 {
        assert_eq!(staffed.ask("GET", "/api/v1/dialers", &[WRONG], "").status, 401);
    }
    let locked = staffed.ask("GET", "/api/v1/dialers", &[ADMIN], "");
    assert_eq!(locked.status, 429);
    assert!(locked.head.contains("retry-after: 900"), "{}", locked.head);
    let api = staffed.server.call("source=test&user=6666&pass=1234&function=server_refresh&stage=REFRESH");
    assert!(api.body.starts_with("ERROR: TOO MANY LOGIN ATTEMPTS"), "{}", api.body);
}
