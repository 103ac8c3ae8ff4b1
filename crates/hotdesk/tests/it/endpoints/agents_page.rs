//! The agent's page in a browser, with a cookie instead of a key and without scripts.

use super::staffed::{ADMIN, FORM, Staffed};
use crate::support::{Reply, get, request};

const PAGE: &str = "/agc/vicidial.php";
const LOGIN: &str = "phone_login=team&phone_pass=phonepass&VD_login=1001&VD_pass=apass";

fn post(staffed: &Staffed, form: &str, headers: &[&str]) -> Reply {
    staffed.server.send(&request("POST", PAGE, &[headers, &[FORM]].concat(), form.as_bytes()))
}

fn page(staffed: &Staffed, cookie: &str) -> Reply {
    staffed.server.send(&get(PAGE, &[cookie]))
}

/// The cookie that the browser sends back, and its attributes.
fn cookie(reply: &Reply) -> (String, String) {
    let set = reply.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let (pair, rules) = set.split_once("; ").unwrap();
    (format!("Cookie: {pair}"), rules.to_owned())
}

fn log_in(staffed: &Staffed, form: &str) -> String {
    let reply = post(staffed, form, &[]);
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert!(reply.head.contains("\r\nlocation: /agc/vicidial.php"), "{}", reply.head);
    let (cookie, rules) = cookie(&reply);
    assert_eq!(rules, "path=/agc; httponly; samesite=strict");
    cookie
}

/// Waits until the session has this state.
fn until(staffed: &Staffed, state: &str) {
    let is_so = |session: &serde_json::Value| session["state"] == state;
    let is_listed =
        |event: &super::staffed::Event| event.data["sessions"].as_array().is_some_and(|all| all.iter().any(is_so));
    staffed.watch(&[]).until(|event| is_so(&event.data) || is_listed(event));
}

#[test]
fn the_page_shows_the_phones_state_and_reloads_while_it_rings() {
    let staffed = Staffed::new(60_000, &[]);
    let cookie = log_in(&staffed, LOGIN);
    let ringing = page(&staffed, &cookie);
    let again = "<noscript><meta http-equiv=\"refresh\" content=\"1; url=/agc/vicidial.php\"></noscript>";
    assert!(ringing.body.contains(again), "{}", ringing.body);
    assert!(ringing.head.contains("content-security-policy: default-src 'none'"), "{}", ringing.head);
    assert!(!ringing.head.contains("unsafe") && !ringing.body.contains("style="), "{}", ringing.head);
    for words in ["<h1>Answer your phone</h1>", "Your phone 100b is ringing, called by dialer-b.", "Phone not ringing?"]
    {
        assert!(ringing.body.contains(words), "{words} in {}", ringing.body);
    }
    assert!(!ringing.body.contains("not registered on"), "{}", ringing.body);
    assert!(!ringing.body.contains(cookie.split('.').nth(1).unwrap()), "no page contains the key");
}

#[test]
fn a_live_agent_sees_the_dialer_and_after_a_move_the_previous_one() {
    let staffed = Staffed::new(0, &[]);
    let cookie = log_in(&staffed, LOGIN);
    until(&staffed, "live");
    let live = page(&staffed, &cookie);
    assert!(live.body.contains("You are in conference 8600051 on dialer-b with phone 100b."), "{}", live.body);
    assert!(live.body.contains("<h1>You are on <span class=\"whole\">dialer-b</span></h1>"), "{}", live.body);
    assert!(live.body.contains("Ring again</button>") && live.body.contains("Log out</button>"), "{}", live.body);
    assert_eq!(staffed.ask("POST", "/api/v1/sessions/1/move", &[ADMIN], "").status, 200);
    let moved = page(&staffed, &cookie);
    assert!(moved.body.contains("A supervisor moved you from dialer-b to dialer-a."), "{}", moved.body);
}

#[test]
fn an_ended_session_shows_the_reason_the_attempts_and_advice() {
    let staffed = Staffed::new(0, &[]);
    let mut watch = staffed.watch(&[]);
    let cookie = log_in(&staffed, &LOGIN.replace("team", "ghost"));
    watch.until(|event| event.data["state"] == "ended");
    let ended = page(&staffed, &cookie);
    for words in [
        "Your session has ended: no phone was answered.",
        "Your phone ghost is not registered on dialer-a. Check that your softphone shows it as registered",
        "your phone ghost was rung by dialer-a",
        "it is not registered there",
        "Ring again</button>",
        "<label for=\"VD_login\">",
    ] {
        assert!(ended.body.contains(words), "{words} in {}", ended.body);
    }
    assert!(!ended.body.contains("http-equiv=\"refresh\"") && !ended.body.contains("Log out</button>"));
    let again = post(&staffed, "action=ring", &[&cookie]);
    assert_eq!(again.status, 303, "{}", again.body);
    watch.until(|event| event.data["state"] == "ringing");
}

#[test]
fn logging_out_ends_the_session_and_the_cookie() {
    let staffed = Staffed::new(0, &[]);
    let cookie = log_in(&staffed, LOGIN);
    let out = post(&staffed, "action=logout", &[&cookie, "Origin: http://localhost"]);
    assert!(out.status == 200 && out.body.contains("You are logged out."), "{}", out.body);
    assert!(out.head.contains("set-cookie: hotdesk=; max-age=0; path=/agc"), "{}", out.head);
    let state = "SELECT state || ' ' || end_reason FROM hotdesk_session";
    let state: String = staffed.server.database().query_row(state, [], |row| row.get(0)).unwrap();
    assert_eq!(state, "ended logged_out");
    let again = post(&staffed, "action=ring", &[&cookie]);
    assert_eq!(again.status, 409, "an ended session cannot be used again");
}

#[test]
fn buttons_need_the_cookie_and_a_same_origin_request() {
    let staffed = Staffed::new(0, &[]);
    let cookie = log_in(&staffed, LOGIN);
    for foreign in
        ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"]
    {
        assert_eq!(post(&staffed, "action=logout", &[&cookie, foreign]).status, 403, "{foreign}");
    }
    let forged = cookie.replace("1.", "1.0");
    for shown in ["X: y", "Cookie: hotdesk=1.", &forged] {
        let reply = post(&staffed, "action=logout", &[shown]);
        assert!(reply.body.contains("<label for=\"VD_login\">") && !reply.body.contains("You are"), "{}", reply.body);
        let shows = page(&staffed, shown);
        assert!(shows.body.contains("<h1>Log in</h1>"), "{}", shows.body);
    }
    let open = "SELECT count(*) FROM hotdesk_session WHERE ended IS NULL";
    assert_eq!(staffed.server.database().query_row(open, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn the_cookie_is_secure_if_a_trusted_proxy_reports_https() {
    let staffed = Staffed::new(0, &["--trusted-proxies", "127.0.0.1"]);
    let (_, rules) = cookie(&post(&staffed, LOGIN, &["X-Forwarded-Proto: https"]));
    assert_eq!(rules, "path=/agc; httponly; samesite=strict; secure");
}

#[test]
fn a_login_from_another_site_continues_with_a_same_site_redirect() {
    let staffed = Staffed::new(0, &[]);
    let reply = post(&staffed, LOGIN, &["Sec-Fetch-Site: cross-site"]);
    assert_eq!(reply.status, 200, "a redirect would lose the cookie: {}", reply.head);
    assert!(reply.head.contains("\r\nrefresh: 0; url=/agc/vicidial.php") && reply.head.contains("set-cookie: "));
}

#[test]
fn hostile_names_are_shown_as_text() {
    let staffed = Staffed::new(0, &[]);
    let nasty = "<script>alert(1)</script>";
    let database = staffed.server.database();
    database.execute("UPDATE phones SET login = ?1 WHERE login = 'ghost'", [nasty]).unwrap();
    let mut watch = staffed.watch(&[]);
    let cookie = log_in(&staffed, &LOGIN.replace("team", "%3Cscript%3Ealert(1)%3C/script%3E"));
    watch.until(|event| event.data["state"] == "ended" && event.data["phone_login"] == nasty);
    let ended = page(&staffed, &cookie);
    assert!(!ended.body.contains("<script>alert") && ended.body.contains("alert(1)"), "{}", ended.body);
}

#[test]
fn an_agents_events_cover_only_the_agents_own_session() {
    let staffed = Staffed::new(0, &[]);
    assert_eq!(staffed.server.send(&get("/agc/events", &[])).status, 401);
    assert_eq!(staffed.server.send(&get("/agc/events", &[ADMIN])).status, 401);
    let cookie = log_in(&staffed, LOGIN);
    until(&staffed, "live");
    let (number, _) = cookie.split_once('.').unwrap();
    let other = format!("{number}.{}", "0".repeat(64));
    assert_eq!(
        staffed.server.send(&get("/agc/events", &[&other])).status,
        401,
        "a session id without its key gives no access"
    );
    let mut watch = staffed.watch_at("/agc/events", &[&cookie]);
    assert!(watch.head.contains("content-type: text/event-stream"), "{}", watch.head);
    assert_eq!(watch.next().unwrap().name, "session", "the stream begins with one event");
    let stranger = staffed.log_in("1002", "north desk");
    assert_eq!(staffed.ask("DELETE", &stranger.target(), &[ADMIN], "").status, 204);
    assert_eq!(staffed.ask("POST", "/api/v1/sessions/1/move", &[ADMIN], "").status, 200);
    let mut events = Vec::new();
    while !page(&staffed, &cookie).body.contains("<title>You are on dialer-a") || events.is_empty() {
        events.push(watch.next().unwrap());
    }
    assert!(events.iter().all(|event| event.data == serde_json::json!({})), "{events:?}");
    assert!(events.len() <= 2, "rung and live, but no event of agent 1002: {events:?}");
}

#[test]
fn a_login_without_a_usable_phone_gives_advice_for_each_phone() {
    let staffed = Staffed::new(0, &[]);
    let refused = post(&staffed, &LOGIN.replace("phonepass", "x"), &[]);
    let reason = "100a: wrong phone password (dialer-a). <b>Enter the password of the phone";
    assert!(refused.status == 409 && refused.body.contains(reason), "{}", refused.body);
    assert!(refused.body.contains("role=\"alert\" tabindex=\"-1\" autofocus>"), "{}", refused.body);
    assert_eq!(refused.body.matches(" autofocus").count(), 1, "{}", refused.body);
}

#[test]
fn the_front_page_and_missing_pages_link_to_the_agent_page_and_the_panel() {
    let staffed = Staffed::new(0, &[]);
    for (target, status) in [("/", 200), ("/nothing", 404), ("/agc/nothing.php", 404)] {
        let reply = staffed.server.send(&get(target, &[]));
        assert_eq!(reply.status, status, "{target}");
        assert!(
            reply.body.contains("href=\"/agc/vicidial.php\"") && reply.body.contains("href=\"/admin/\""),
            "{}",
            reply.body
        );
    }
}
