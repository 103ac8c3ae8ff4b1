//! Login throttle: an address with too many failed logins is blocked, and no other address is.

use super::server;
use super::staffed::{ADMIN, FORM, JSON, json};
use crate::support::{Reply, Server, get, request};

const PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];
const GUESSER: &str = "X-Forwarded-For: 192.0.2.66";
const OTHER: &str = "X-Forwarded-For: 192.0.2.67";
const GOOD: &str = r#"{"user":"1001","pass":"apass","phone_login":"100a","phone_pass":"phonepass"}"#;

fn log_in(server: &Server, from: &str, body: &str) -> Reply {
    server.send(&request("POST", "/api/v1/sessions", &[JSON, from], body.as_bytes()))
}

#[test]
fn fifty_failed_logins_with_any_names_block_an_address_at_both_login_endpoints() {
    let (_folder, server) = server(&[PROXY[0], PROXY[1], "--dialers", "queue"]);
    let agent = "INSERT INTO vicidial_users (user, pass, user_level) VALUES ('1001', 'apass', 1)";
    server.database().execute(agent, []).unwrap();
    for number in 0..25 {
        let wrong = format!(r#"{{"user":"guess{number}","pass":"x","phone_login":"100a","phone_pass":"x"}}"#);
        assert_eq!(log_in(&server, GUESSER, &wrong).status, 401);
        let form = format!("phone_login=100a&phone_pass=x&VD_login=more{number}&VD_pass=x");
        assert_eq!(server.send(&request("POST", "/agc/vicidial.php", &[FORM, GUESSER], form.as_bytes())).status, 401);
        if number == 12 {
            assert_eq!(log_in(&server, GUESSER, GOOD).status, 409, "a valid login in between does not reset the count");
        }
    }
    let barred = log_in(&server, GUESSER, GOOD);
    assert_eq!((barred.status, &json(&barred)["type"]), (429, &"urn:hotdesk:problem:address_blocked".into()));
    let seconds = barred.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=900).contains(&seconds.parse::<u32>().unwrap()), "{seconds}");
    let page = b"phone_login=100a&phone_pass=phonepass&VD_login=1001&VD_pass=apass";
    let page = server.send(&request("POST", "/agc/vicidial.php", &[FORM, GUESSER], page));
    assert!(page.status == 429 && page.body.contains("Too many failed logins from your address."), "{}", page.body);
    assert_eq!(server.send(&get("/api/v1/dialers", &[ADMIN, GUESSER])).status, 429);
    assert_eq!(server.send(&get("/api/v1/dialers", &[ADMIN, OTHER])).status, 200);
    assert_eq!(log_in(&server, OTHER, GOOD).status, 409, "no dialer has a heartbeat, but the address is not blocked");
    let call = "/vicidial/non_agent_api.php?source=test&user=6666&pass=1234&function=server_refresh&stage=REFRESH";
    assert!(server.send(&get(call, &[GUESSER])).body.starts_with("SUCCESS"), "the Non-Agent API is not affected");
    let metrics = server.send(&get("/metrics", &[])).body;
    assert!(metrics.contains("hotdesk_logins_total{result=\"login_incorrect\"} 50"), "{metrics}");
    assert!(metrics.contains("hotdesk_logins_total{result=\"address_blocked\"} 2"), "{metrics}");
}

#[test]
fn a_client_behind_a_proxy_cannot_choose_its_address_with_the_other_header() {
    let (_folder, server) = server(&[PROXY[0], PROXY[1], "--dialers", "queue"]);
    let wrong = r#"{"user":"1001","pass":"x","phone_login":"100a","phone_pass":"x"}"#;
    let attempt = |number: usize| {
        let forwarded = format!("Forwarded: for=198.51.100.{number}");
        server.send(&request("POST", "/api/v1/sessions", &[JSON, GUESSER, &forwarded], wrong.as_bytes())).status
    };
    for number in 0..50 {
        assert_eq!(attempt(number), 401, "attempt {number}");
    }
    assert_eq!(attempt(50), 429);
}

#[test]
fn with_the_standard_header_chosen_the_other_one_is_ignored() {
    let (_folder, server) = server(&[PROXY[0], PROXY[1], "--forwarded-header", "forwarded", "--dialers", "queue"]);
    let wrong = r#"{"user":"1001","pass":"x","phone_login":"100a","phone_pass":"x"}"#;
    let attempt = |number: usize, client: &str| {
        let other = format!("X-Forwarded-For: 198.51.100.{number}");
        let own = format!("Forwarded: for={client}");
        server.send(&request("POST", "/api/v1/sessions", &[JSON, &own, &other], wrong.as_bytes())).status
    };
    for number in 0..50 {
        assert_eq!(attempt(number, "192.0.2.66"), 401, "attempt {number}");
    }
    assert_eq!(attempt(50, "192.0.2.66"), 429);
    assert_eq!(attempt(51, "192.0.2.67"), 401);
}
