//! API tokens: creation, scopes, revocation and rate limits.

use serde_json::{Value, json as value};

use super::accounts::eventually;
use super::staffed::{ADMIN, AGENT, LOOKER, NO_API, Staffed, json};
use crate::support::Reply;

const TOKENS: &str = "/api/v1/tokens";

fn create(staffed: &Staffed, who: &str, body: &Value) -> Reply {
    staffed.ask("POST", TOKENS, &[who], &body.to_string())
}

/// Creates a token with these scopes. Returns its id and the header that sends it.
fn made(staffed: &Staffed, who: &str, scopes: &[&str]) -> (i64, String) {
    let reply = create(staffed, who, &value!({"name": "wallboard", "scopes": scopes}));
    assert_eq!(reply.status, 201, "{}", reply.body);
    let body = json(&reply);
    (body["token_id"].as_i64().unwrap(), format!("Authorization: Bearer {}", body["token"].as_str().unwrap()))
}

fn kind(reply: &Reply) -> (u16, String) {
    let kind = json(reply)["type"].as_str().unwrap().replace("urn:hotdesk:problem:", "");
    (reply.status, kind)
}

fn refused(status: u16, kind: &str) -> (u16, String) {
    (status, kind.to_owned())
}

#[test]
fn a_token_is_shown_once_and_stored_as_a_digest() {
    let staffed = Staffed::new(0, &[]);
    let reply = create(&staffed, ADMIN, &value!({"name": " wallboard ", "scopes": ["sessions", "read"], "days": 7}));
    assert_eq!(reply.status, 201, "{}", reply.body);
    let mut body = json(&reply);
    assert!(reply.head.contains(&format!("location: /api/v1/tokens/{}", body["token_id"])), "{}", reply.head);
    let token = body.as_object_mut().unwrap().remove("token").unwrap();
    let token = token.as_str().unwrap();
    assert!(token.starts_with("hdt_") && token.len() == 47, "{token}");
    assert_eq!((&body["name"], &body["scopes"]), (&"wallboard".into(), &value!(["read", "sessions"])));
    assert_eq!((&body["user"], &body["last_used_at"], &body["expired"]), (&"6666".into(), &Value::Null, &false.into()));
    let one = staffed.ask("GET", &format!("{TOKENS}/{}", body["token_id"]), &[ADMIN], "");
    assert_eq!(json(&one), body, "everything except the token");
    assert_eq!(json(&staffed.ask("GET", TOKENS, &[ADMIN], "")), value!({"tokens": [body]}));
    let kept: String =
        staffed.server.database().query_row("SELECT digest FROM hotdesk_token", [], |row| row.get(0)).unwrap();
    assert!(kept.len() == 64 && !kept.contains(token), "{kept}");
    assert!(!staffed.server.log().contains(token));
}

#[test]
fn a_token_is_limited_by_its_scopes_and_its_accounts_permissions() {
    let staffed = Staffed::new(0, &[]);
    let (_, read) = made(&staffed, ADMIN, &["read"]);
    let (_, dialers) = made(&staffed, ADMIN, &["dialers"]);
    let (_, weak) = made(&staffed, LOOKER, &["read", "dialers", "sessions"]);
    let session = staffed.log_in("1001", "team").target();
    let drain = "/api/v1/dialers/10.0.9.8/drain";
    for (method, target, token, status) in [
        ("GET", "/api/v1/dialers", &read, 200),
        ("GET", "/api/v1/dialers", &dialers, 403),
        ("GET", "/api/v1/decision?phone_login=team", &read, 200),
        ("GET", "/api/v1/sessions", &dialers, 403),
        ("GET", &session, &read, 200),
        ("PUT", drain, &read, 403),
        ("PUT", drain, &weak, 403),
        ("PUT", drain, &dialers, 200),
        ("DELETE", &session, &dialers, 403),
        ("DELETE", &session, &weak, 403),
    ] {
        let reply = staffed.ask(method, target, &[token], "");
        assert_eq!(reply.status, status, "{method} {target}: {}", reply.body);
    }
    let reply = staffed.ask("PUT", drain, &[&read], "");
    assert_eq!((kind(&reply), &json(&reply)["scope"]), (refused(403, "insufficient_scope"), &"dialers".into()));
    assert_eq!(
        kind(&staffed.ask("PUT", drain, &[&weak], "")),
        refused(403, "not_allowed"),
        "the account lacks the permission"
    );
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET ast_admin_access = '0' WHERE user = '6666'", []).unwrap();
    assert_eq!(
        kind(&staffed.ask("DELETE", drain, &[&dialers], "")),
        refused(403, "not_allowed"),
        "the account has lost the permission"
    );
    database.execute("UPDATE vicidial_users SET active = 'N' WHERE user = '6666'", []).unwrap();
    assert_eq!(kind(&staffed.ask("GET", "/api/v1/dialers", &[&read], "")), refused(401, "account_closed"));
}

#[test]
fn a_token_is_not_accepted_as_a_password() {
    let staffed = Staffed::new(0, &[]);
    let (token_id, token) = made(&staffed, ADMIN, &["read"]);
    let (other, _) = made(&staffed, ADMIN, &["read"]);
    let reply = create(&staffed, &token, &value!({"name": "more", "scopes": ["read"]}));
    assert_eq!(kind(&reply), refused(403, "password_required"));
    let another = staffed.ask("DELETE", &format!("{TOKENS}/{other}"), &[&token], "");
    assert_eq!(kind(&another), refused(403, "password_required"));
    let bare = token.rsplit(' ').next().unwrap();
    let api = staffed.server.call(&format!("source=test&user=6666&pass={bare}&function=server_refresh&stage=REFRESH"));
    assert!(api.body.starts_with("ERROR: INVALID USERNAME OR PASSWORD"), "{}", api.body);
    let itself = format!("{TOKENS}/{token_id}");
    assert_eq!(staffed.ask("DELETE", &itself, &[&token], "").status, 204, "a token can revoke itself");
    let gone = staffed.ask("GET", "/api/v1/dialers", &[&token], "");
    assert_eq!(kind(&gone), refused(401, "invalid_token"));
    assert!(gone.head.contains("www-authenticate: bearer realm=\"hotdesk\", error=\"invalid_token\""), "{}", gone.head);
    assert_eq!(staffed.ask("DELETE", &itself, &[ADMIN], "").status, 404);
}

#[test]
fn an_account_without_api_access_neither_creates_nor_sees_tokens() {
    let staffed = Staffed::new(0, &[]);
    let (token_id, _) = made(&staffed, ADMIN, &["read"]);
    let body = value!({"name": "x", "scopes": ["read"]});
    assert_eq!(create(&staffed, AGENT, &body).status, 401);
    assert_eq!(create(&staffed, NO_API, &body).status, 403);
    for (method, who, status) in [("GET", NO_API, 403), ("GET", LOOKER, 404), ("DELETE", LOOKER, 404)] {
        assert_eq!(staffed.ask(method, &format!("{TOKENS}/{token_id}"), &[who], "").status, status, "{method}");
    }
    assert_eq!(json(&staffed.ask("GET", TOKENS, &[LOOKER], "")), value!({"tokens": []}));
}

#[test]
fn tokens_are_listed_in_pages() {
    let staffed = Staffed::new(0, &[]);
    let numbers: Vec<i64> = (0..3).map(|_| made(&staffed, LOOKER, &["read"]).0).collect();
    let ids = |page: &Value| -> Vec<i64> {
        page["tokens"].as_array().unwrap().iter().filter_map(|token| token["token_id"].as_i64()).collect()
    };
    let first = json(&staffed.ask("GET", &format!("{TOKENS}?limit=2&user=LOOKER"), &[ADMIN], ""));
    assert_eq!(ids(&first), numbers[..2]);
    let next = first["next"].as_str().unwrap();
    let second = json(&staffed.ask("GET", &format!("{TOKENS}?limit=2&cursor={next}"), &[ADMIN], ""));
    assert_eq!((ids(&second), second.get("next")), (numbers[2..].to_vec(), None));
    for wrong in ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=1e3", "colour=red"] {
        assert_eq!(staffed.ask("GET", &format!("{TOKENS}?{wrong}"), &[ADMIN], "").status, 422, "{wrong}");
    }
}

#[test]
fn all_mistakes_in_a_request_are_reported_together() {
    let staffed = Staffed::new(0, &[]);
    let reply = create(&staffed, ADMIN, &value!({"name": "", "scopes": [], "days": 401}));
    let problem = json(&reply);
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().filter_map(|error| error["field"].as_str()).collect();
    assert_eq!((reply.status, fields), (422, vec!["name", "scopes", "days"]));
    for (body, field) in [
        (value!({"name": "x", "scopes": ["everything"]}), "scopes"),
        (value!({"name": "x", "scopes": "read"}), "scopes"),
        (value!({"name": "x", "scopes": [1]}), "scopes"),
        (value!({"name": 1, "scopes": ["read"]}), "name"),
        (value!({"name": "x", "scopes": ["read"], "days": -1}), "days"),
        (value!({"name": "x", "scopes": ["read"], "token": "hdt_own"}), "token"),
    ] {
        let reply = create(&staffed, ADMIN, &body);
        assert_eq!((reply.status, &json(&reply)["field"]), (422, &field.into()), "{body}");
    }
}

#[test]
fn the_last_use_of_a_token_is_recorded_in_the_background() {
    let staffed = Staffed::new(0, &[]);
    let (token_id, token) = made(&staffed, ADMIN, &["read"]);
    assert_eq!(staffed.ask("GET", "/api/v1/dialers", &[&token], "").status, 200);
    let used = || json(&staffed.ask("GET", &format!("{TOKENS}/{token_id}"), &[ADMIN], ""))["last_used_at"].clone();
    eventually(|| !used().is_null());
}

#[test]
fn an_address_that_guesses_tokens_is_blocked_for_tokens_only() {
    let staffed = Staffed::new(0, &[]);
    let (_, token) = made(&staffed, ADMIN, &["read"]);
    for _ in 0..50 {
        let reply = staffed.ask("GET", "/api/v1/dialers", &["Authorization: Bearer hdt_guessed"], "");
        assert_eq!(kind(&reply), refused(401, "invalid_token"));
    }
    let barred = staffed.ask("GET", "/api/v1/dialers", &[&token], "");
    assert_eq!(kind(&barred), refused(429, "address_blocked"));
    assert!(barred.head.contains("retry-after: "), "{}", barred.head);
    assert_eq!(staffed.ask("GET", "/api/v1/dialers", &[ADMIN], "").status, 200, "passwords have a separate throttle");
}

#[test]
fn replies_carry_rate_limits_and_too_fast_callers_are_refused() {
    let staffed = Staffed::new(0, &["--api-rate", "1"]);
    let (_, token) = made(&staffed, ADMIN, &["read"]);
    for left in (0..5).rev() {
        let reply = staffed.ask("GET", "/api/v1/tokens", &[&token], "");
        let reported =
            [format!("ratelimit-remaining: {left}\r\n"), "ratelimit-limit: 5\r\n".into(), "ratelimit-reset: ".into()];
        assert!(reply.status == 200 && reported.iter().all(|line| reply.head.contains(line)), "{}", reply.head);
    }
    let reply = staffed.ask("GET", "/api/v1/tokens", &[&token], "");
    assert_eq!(kind(&reply), refused(429, "rate_limited"));
    assert!(
        reply.head.contains("retry-after: 1\r\n") && reply.head.contains("ratelimit-remaining: 0\r\n"),
        "{}",
        reply.head
    );
    assert_eq!(staffed.ask("GET", "/api/v1/tokens", &[LOOKER], "").status, 200, "other accounts are not limited");
    let nobody = staffed.ask("GET", "/api/v1/tokens", &[], "");
    assert!(nobody.status == 401 && !nobody.head.contains("ratelimit"), "{}", nobody.head);
}
