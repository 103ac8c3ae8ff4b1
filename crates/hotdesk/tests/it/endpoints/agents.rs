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
fn passwords_that_the_api_stored_filtered_open_the_agent_page_and_the_json_api() {
    let (_folder, server) = floor();
    let rights = "UPDATE vicidial_users SET modify_users = '1', modify_same_user_level = '1' WHERE user = '6666'";
    server.database().execute(rights, []).unwrap();
    let as_admin = "source=test&user=6666&pass=1234";
    for call in [
        "function=update_phone&extension=100&server_ip=10.0.9.8&phone_pass=p%40ss1",
        "function=update_user&agent_user=1001&agent_pass=a%40pass1&agent_user_level=8",
        "function=update_user&agent_user=6666&agent_pass=s%40fe1",
    ] {
        let reply = server.call(&format!("{as_admin}&{call}"));
        assert!(reply.body.starts_with("SUCCESS"), "{call}: {}", reply.body);
    }
    let agent = "phone_login=100a&phone_pass=p%40ss1&VD_login=1001&VD_pass=a%40pass1";
    let seated = post(&server, agent, "application/json");
    assert!(seated.body.starts_with(r#"{"session_id":1,"phone_login":"100a""#), "{}", seated.body);
    let json = r#"{"phone_login":"100a","phone_pass":"p@ss1","user":"1001","pass":"a@pass1"}"#;
    let headers = ["Content-Type: application/json"];
    let opened = server.send(&request("POST", "/api/v1/sessions", &headers, json.as_bytes()));
    assert_eq!(opened.status, 201, "{}", opened.body);
    // 6666:s@fe1, 6666:sfe1 and 6666:s@fe2
    for (basic, status) in [("NjY2NjpzQGZlMQ==", 200), ("NjY2NjpzZmUx", 200), ("NjY2NjpzQGZlMg==", 401)] {
        let listed = server.send(&get("/api/v1/phones", &[&format!("Authorization: Basic {basic}")]));
        assert_eq!(listed.status, status, "{basic}: {}", listed.body);
    }
    for refused in [agent.replace("p%40ss1", "p%40ss2"), agent.replace("a%40pass1", "a%40pass2")] {
        assert_ne!(post(&server, &refused, "application/json").status, 201, "{refused}");
    }
}

#[test]
fn characters_that_no_phone_login_can_have_are_dropped_from_the_form() {
    let (_folder, server) = floor();
    for login in ["%E2%80%8B100a", "+100a%C2%A0", "1+00a", "100a%0A"] {
        let reply = post(&server, &GOOD.replace("100a", login), "application/json");
        assert!(reply.body.contains(r#""phone_login":"100a""#), "{login}: {}", reply.body);
    }
    server
        .database()
        .execute("INSERT INTO vicidial_campaigns (campaign_id, active) VALUES ('SALES', 'Y')", [])
        .unwrap();
    let reply = post(&server, &format!("{GOOD}&VD_campaign=+SALES%E2%80%8B"), "application/json");
    assert!(reply.body.contains("campaign_not_allowed"), "the campaign is found: {}", reply.body);
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
