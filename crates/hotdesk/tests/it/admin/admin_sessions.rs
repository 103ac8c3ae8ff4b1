//! Admin sessions: login, expiry and logout.

use super::{Browser, header, log_in};
use crate::endpoints::staffed::Staffed;
use crate::support::{get, request};

#[test]
fn a_browser_without_a_session_is_redirected_to_the_login_and_back() {
    let staffed = Staffed::new(0, &[]);
    let asked = staffed.server.send(&get("/admin/phones?q=10&by=login", &[]));
    assert_eq!(
        (asked.status, header(&asked, "location")),
        (303, "/admin/login?next=%2fadmin%2fphones%3fq%3d10%26by%3dlogin")
    );
    let form = staffed.server.send(&get("/admin/login?next=%2Fadmin%2Fphones%3Fq%3D10", &[]));
    assert_eq!(super::value_of(&form.body, "next"), "/admin/phones?q=10");
    let back = log_in(&staffed, "6666", "1234", &[("next", "/admin/phones?q=10")], &[]);
    assert_eq!((back.status, header(&back, "location")), (303, "/admin/phones?q=10"));
    for elsewhere in ["https://evil.example/", "//evil.example", "/admin/logout", "/agc/vicidial.php"] {
        let reply = log_in(&staffed, "6666", "1234", &[("next", elsewhere)], &[]);
        assert_eq!(header(&reply, "location"), "/admin/", "{elsewhere}");
    }
}

#[test]
fn each_login_has_its_own_session_and_the_key_is_not_stored() {
    let staffed = Staffed::new(0, &["--trusted-proxies", "127.0.0.1"]);
    let secure = log_in(&staffed, "6666", "1234", &[], &["X-Forwarded-Proto: https"]);
    let (pair, rules) = header(&secure, "set-cookie").split_once("; ").unwrap();
    assert_eq!(rules, "path=/admin; httponly; samesite=lax; secure");
    let key = pair.strip_prefix("hotdesk_admin=").unwrap();
    assert_eq!(key.len(), 64);
    let kept: String = staffed
        .server
        .database()
        .query_row("SELECT key_digest FROM hotdesk_admin_session", [], |row| row.get(0))
        .unwrap();
    assert!(kept.len() == 64 && kept != key);
    assert!(!staffed.server.log().contains(key));
    for (user, pass, status, words) in [
        ("6666", "wr0ng-one", 401, "Wrong user or password"),
        ("nobody", "1234", 401, "Wrong user or password"),
        ("1001", "apass", 401, "Wrong user or password"),
        ("noapi", "npass", 403, "requires API access (vdc_agent_api_access)"),
        ("", "1234", 422, "Enter a user and a password."),
    ] {
        let reply = log_in(&staffed, user, pass, &[], &[]);
        assert_eq!((reply.status, reply.body.contains(words)), (status, true), "{user} {}", reply.body);
        assert!(header(&reply, "set-cookie").is_empty() && !reply.body.contains(pass), "{user}");
    }
}

#[test]
fn wrong_passwords_here_lock_the_account_everywhere() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    for _ in 0..10 {
        assert_eq!(log_in(&staffed, "6666", "wrong", &[], &[]).status, 401);
    }
    assert_eq!(log_in(&staffed, "6666", "1234", &[], &[]).status, 429);
    let api = staffed.server.call("source=test&user=6666&pass=1234&function=server_refresh&stage=REFRESH");
    assert!(api.body.starts_with("ERROR: TOO MANY LOGIN ATTEMPTS"), "{}", api.body);
    assert_eq!(browser.get("/admin/").status, 200, "failed logins of others end no admin session");
}

#[test]
fn a_logout_ends_the_session_on_the_server() {
    let staffed = Staffed::new(0, &[]);
    let (browser, other) = (Browser::new(&staffed, "6666", "1234"), Browser::new(&staffed, "6666", "1234"));
    let out = browser.post("/admin/logout", &[]);
    assert_eq!((out.status, header(&out, "location")), (303, "/admin/login?out=1"));
    assert!(header(&out, "set-cookie").starts_with("hotdesk_admin=; max-age=0; path=/admin"), "{}", out.head);
    assert_eq!(browser.get("/admin/").status, 303, "a stored cookie is refused");
    assert_eq!(browser.get("/admin/events").status, 401);
    assert_eq!(other.get("/admin/").status, 200);
}

#[test]
fn a_session_expires_and_ends_with_the_accounts_permission() {
    let staffed = Staffed::new(0, &[]);
    let database = staffed.server.database();
    let set = |sql: &str| assert_eq!(database.execute(sql, []).unwrap(), 1, "{sql}");
    for end in [
        "UPDATE hotdesk_admin_session SET used = datetime('now', '-3601 seconds')",
        "UPDATE hotdesk_admin_session SET began = datetime('now', '-43201 seconds')",
        "UPDATE vicidial_users SET active = 'N' WHERE user = 'looker'",
        "UPDATE vicidial_users SET active = 'Y', vdc_agent_api_access = '0' WHERE user = 'looker'",
        "UPDATE vicidial_users SET vdc_agent_api_access = '1', user_level = 6 WHERE user = 'looker'",
    ] {
        let browser = Browser::new(&staffed, "looker", "lpass");
        set(end);
        assert_eq!(browser.get("/admin/").status, 303, "{end}");
        database.execute("DELETE FROM hotdesk_admin_session", []).unwrap();
        database
            .execute("UPDATE vicidial_users SET active = 'Y', vdc_agent_api_access = '1', user_level = 7 WHERE user = 'looker'", [])
            .unwrap();
    }
    let browser = Browser::new(&staffed, "looker", "lpass");
    set("UPDATE hotdesk_admin_session SET used = datetime('now', '-3000 seconds')");
    assert_eq!(browser.get("/admin/").status, 200);
    let idle = "SELECT used >= datetime('now', '-60 seconds') FROM hotdesk_admin_session";
    assert!(database.query_row(idle, [], |row| row.get::<_, bool>(0)).unwrap(), "the session's last use is recorded");
}

#[test]
fn pages_forbid_external_content_and_caching() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    for target in ["/admin/", "/admin/login", "/admin/phones", "/admin/nothing"] {
        let reply = browser.get(target);
        let policy = header(&reply, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'; ")
                && !policy.contains("unsafe")
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        for (name, value) in
            [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin")]
        {
            assert_eq!(header(&reply, name), value, "{target}");
        }
        assert!(!reply.body.contains("style=") && !reply.body.contains("<style") && !reply.body.contains("onclick"));
        let key = browser.cookie.split('=').nth(1).unwrap();
        assert!(!reply.body.contains(key), "a page contains the key");
    }
    let page = browser.get("/admin/").body;
    let style = page.split_once("href=\"/assets/").unwrap().1.split('"').next().unwrap();
    let asset = staffed.server.send(&get(&format!("/assets/{style}"), &[]));
    assert_eq!((asset.status, header(&asset, "cache-control")), (200, "public, max-age=31536000, immutable"));
    let old = staffed.server.send(&get("/assets/0000000000000000/panel.css", &[]));
    assert_eq!(header(&old, "cache-control"), "no-store", "another version is not cached under this version's URL");
}

#[test]
fn cross_site_forms_are_refused() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    for foreign in ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        let token = [("token", browser.token.as_str())];
        assert_eq!(browser.post_with("/admin/logout", &token, &[foreign]).status, 403, "{foreign}");
        assert_eq!(log_in(&staffed, "6666", "1234", &[], &[foreign]).status, 403, "{foreign}");
    }
    let long = vec![b'x'; 300_000];
    let reply = staffed.server.send(&request("POST", "/admin/login", &[crate::endpoints::staffed::FORM], &long));
    assert_eq!(reply.status, 413);
    assert_eq!(browser.get("/admin/").status, 200);
}
