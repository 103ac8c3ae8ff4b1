//! The agent's login endpoint: an HTML page for browsers, JSON for programs, and no access to other interfaces.

use super::{count, server};
use crate::support::{Reply, Server, get, request};

const GOOD: &str = "phone_login=100a&phone_pass=phonepass&VD_login=1001&VD_pass=apass";

fn floor() -> (tempfile::TempDir, Server) {
    floor_with(&["--dialers", "queue"])
}

fn floor_with(flags: &[&str]) -> (tempfile::TempDir, Server) {
    let (folder, server) = server(flags);
    server
        .database()
        .execute_batch(
            "INSERT INTO vicidial_users (user, pass, user_level) VALUES ('1001', 'apass', 1);
             INSERT INTO server_updater SELECT server_ip, datetime('now') FROM servers;
             INSERT INTO vicidial_conferences (conf_exten, server_ip) VALUES ('8600051', '10.0.9.8'), ('8600051', '10.0.9.9');
             INSERT INTO phones_alias (alias_id, logins_list) VALUES ('team', '100a,100b');",
        )
        .unwrap();
    (folder, server)
}

fn post(server: &Server, form: &str, accept: &str) -> Reply {
    let headers = ["Content-Type: application/x-www-form-urlencoded", &format!("Accept: {accept}")];
    server.send(&request("POST", "/agc/vicidial.php", &headers, form.as_bytes()))
}

#[test]
fn a_browser_gets_a_form_and_is_redirected_to_its_session() {
    let (_folder, server) = floor();
    let form = server.send(&get("/agc/vicidial.php", &[]));
    assert_eq!(form.status, 200);
    for field in ["phone_login", "phone_pass", "VD_login", "VD_pass", "VD_campaign"] {
        assert!(form.body.contains(&format!("<label for=\"{field}\">")), "{field} has a label: {}", form.body);
    }
    assert!(form.head.contains("content-security-policy: default-src 'none'"), "{}", form.head);
    let seated = post(&server, GOOD, "text/html");
    assert_eq!(seated.status, 303, "{}", seated.body);
    assert_eq!(count(&server.database(), "vicidial_manager"), 1);
}

#[test]
fn short_field_names_and_a_query_are_accepted() {
    let (_folder, server) = floor();
    let target = "/agc/vicidial.php?pl=TEAM&pp=phonepass&VD_login=1001&VD_pass=apass";
    let reply = server.send(&get(target, &["Accept: application/json"]));
    let begin = r#"{"session_id":1,"phone_login":"100b","server_ip":"10.0.9.9","conference":"8600051","state":"ringing","key":""#;
    assert!(reply.body.starts_with(begin), "{}", reply.body);
    let answer: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(answer["key"].as_str().unwrap().len(), 64);
    assert_eq!(answer["decision"]["why"], "least_loaded");
    assert_eq!(answer["decision"]["candidates"][1]["turn"], 1);
    assert!(!reply.head.contains("set-cookie"), "a program gets no cookie: {}", reply.head);
}

#[test]
fn a_refusal_says_why_for_each_phone() {
    let (_folder, server) = floor();
    server.database().execute("UPDATE servers SET active = 'N' WHERE server_ip = '10.0.9.9'", []).unwrap();
    let wrong = post(&server, &GOOD.replace("100a", "team").replace("phonepass", "x"), "application/json");
    assert_eq!(wrong.status, 409);
    assert!(wrong.head.contains("content-type: application/problem+json"), "{}", wrong.head);
    assert!(wrong.body.contains("\"100a: wrong phone password\""), "{}", wrong.body);
    server.database().execute("UPDATE phones SET pass = 'x'", []).unwrap();
    server.database().execute("UPDATE server_updater SET last_update = '2026-01-01 00:00:00'", []).unwrap();
    let page = post(&server, &GOOD.replace("100a", "team").replace("phonepass", "x"), "text/html");
    assert!(page.body.contains("100b: its dialer is not active"), "{}", page.body);
    assert!(page.body.contains("100a: its dialer has sent no heartbeat for "), "{}", page.body);
}

#[test]
fn a_refused_form_repeats_its_values_as_text_without_passwords() {
    let (_folder, server) = floor();
    let nasty = "phone_login=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&phone_pass=Sesame-Phone&VD_login=%3Cb%3E&VD_pass=Sesame-Own";
    let page = post(&server, nasty, "text/html");
    assert_eq!(page.status, 401);
    assert!(!page.body.contains("<script>") && !page.body.contains("<b>"), "{}", page.body);
    assert!(page.body.contains("&#60;b&#62;") || page.body.contains("&lt;b&gt;"), "{}", page.body);
    assert!(!page.body.contains("Sesame") && !server.log().contains("Sesame"), "{}", page.body);
}

#[test]
fn an_agents_account_has_no_access_to_the_apis() {
    let (_folder, server) = floor();
    assert_eq!(post(&server, GOOD, "application/json").status, 200);
    let api = server.call("source=test&user=1001&pass=apass&function=server_refresh&stage=REFRESH");
    assert_eq!(api.body, "ERROR: INVALID USERNAME OR PASSWORD\n");
}

#[test]
fn an_account_without_a_level_cannot_log_in() {
    let (_folder, server) = floor();
    server.database().execute_batch("UPDATE vicidial_users SET user_level = 0 WHERE user = '1001'").unwrap();
    let refused = post(&server, GOOD, "application/json");
    assert_eq!(refused.status, 401, "{}", refused.body);
}

#[test]
fn ten_wrong_passwords_lock_an_agent_out() {
    let (_folder, server) = floor();
    assert_eq!(post(&server, GOOD, "application/json").status, 200);
    for _ in 0..10 {
        assert_eq!(post(&server, &GOOD.replace("apass", "x"), "application/json").status, 401);
    }
    assert_eq!(post(&server, GOOD, "application/json").status, 429);
}

#[test]
fn missing_fields_are_named_and_other_methods_refused() {
    let (_folder, server) = floor();
    let reply = post(&server, "phone_login=100a&phone_pass=x&VD_login=1001", "application/json");
    let problem = r#"{"type":"urn:hotdesk:problem:missing","title":"Enter your password.","status":422}"#;
    assert_eq!((reply.status, &*reply.body), (422, problem));
    let reply = server.send(&request("DELETE", "/agc/vicidial.php", &[], b""));
    assert_eq!(reply.status, 405);
}

#[test]
fn a_dialer_without_an_account_for_hotdesk_gets_no_agents() {
    let (_folder, server) = server(&[]);
    server
        .database()
        .execute("INSERT INTO vicidial_users (user, pass, user_level) VALUES ('1001', 'apass', 1)", [])
        .unwrap();
    let reply = post(&server, GOOD, "application/json");
    assert_eq!(reply.status, 409);
    assert!(reply.body.contains("100a: Hotdesk has no account on its dialer"), "{}", reply.body);
    assert_eq!(count(&server.database(), "vicidial_live_agents"), 0);
}

#[test]
fn with_the_queue_driver_ringing_again_queues_one_more_call() {
    let (_folder, server) = floor();
    let login: serde_json::Value =
        serde_json::from_str(&post(&server, &GOOD.replace("100a", "team"), "application/json").body).unwrap();
    let key = format!("Authorization: Bearer {}", login["key"].as_str().unwrap());
    let again = server.send(&request("POST", "/api/v1/sessions/1/ring", &[&key], b""));
    assert_eq!(again.status, 200, "{}", again.body);
    let database = server.database();
    assert_eq!(count(&database, "vicidial_manager"), 2);
    let session = "SELECT state || call FROM hotdesk_session";
    let session: String = database.query_row(session, [], |row| row.get(0)).unwrap();
    assert_eq!(session, "ringing", "with no call that Hotdesk would wait for itself");
}

#[test]
fn a_phone_takes_a_second_agent_only_if_phones_are_shared() {
    for (shared, status) in [("false", 409), ("true", 200)] {
        let (_folder, server) = floor_with(&["--dialers", "queue", "--shared-phones", shared]);
        server
            .database()
            .execute_batch(
                "INSERT INTO vicidial_users (user, pass, user_level) VALUES ('1002', 'apass', 1);
                 INSERT INTO vicidial_conferences (conf_exten, server_ip) VALUES ('8600052', '10.0.9.8');",
            )
            .unwrap();
        assert_eq!(post(&server, GOOD, "application/json").status, 200);
        let second = post(&server, &GOOD.replace("1001", "1002"), "application/json");
        assert_eq!(second.status, status, "shared_phones {shared}: {}", second.body);
    }
}
