//! Setting users' passwords, and the list of admin sessions.

use super::floor_actions::logged;
use super::users::manager;
use super::{Browser, header, log_in, value_of};
use crate::support::Reply;

/// Sets a password for this user.
fn set(browser: &Browser<'_>, user: &str, new: &str, again: &str, own: &str) -> Reply {
    let fields = [("name", user), ("new_pass", new), ("again", again), ("own_pass", own)];
    browser.post("/admin/user/password", &fields)
}

#[test]
fn a_new_password_needs_the_administrators_own_and_ends_the_users_sessions() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    let theirs = Browser::new(&staffed, "looker", "lpass");
    let mut watch = staffed.watch_at("/admin/events", &[&theirs.cookie]);
    assert_eq!(watch.next().unwrap().name, "floor");
    let page = browser.get("/admin/user?name=looker").body;
    assert!(page.contains("action=\"/admin/user/password\"") && page.contains("id=\"own_pass\""), "{page}");
    let done = set(&browser, "looker", "n3w pass", "n3w pass", "1234");
    assert_eq!((done.status, header(&done, "location")), (303, "/admin/user?name=looker&password=1"), "{}", done.body);
    assert!(watch.next().is_none(), "an event stream ends with its admin session");
    assert_eq!(theirs.get("/admin/").status, 303);
    assert_eq!(log_in(&staffed, "looker", "lpass", &[], &[]).status, 401);
    assert_eq!(log_in(&staffed, "looker", "n3w pass", &[], &[]).status, 303);
    let kept = "SELECT u.pass || '|' || substr(c.digest, 1, 10) FROM vicidial_users u JOIN hotdesk_credentials c ON c.user = u.user WHERE u.user = 'looker'";
    let kept: String = staffed.server.database().query_row(kept, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "|$argon2id$");
    assert_eq!(logged(&staffed), ["6666|127.0.0.1|USERS|looker|user: looker; pass changed"]);
    assert!(!staffed.server.log().contains("n3w pass"));
    let own = Browser::new(&staffed, "6666", "1234");
    assert_eq!(set(&browser, "6666", "other", "other", "1234").status, 303);
    assert_eq!(
        (browser.get("/admin/").status, own.get("/admin/").status),
        (200, 303),
        "only the administrator's own session stays"
    );
}

#[test]
fn a_wrong_own_password_changes_nothing_and_counts_as_a_failed_login() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    let long = "x".repeat(101);
    for (new, again, own, words) in [
        ("", "", "1234", "A password must have 1 to 100 characters."),
        (long.as_str(), long.as_str(), "1234", "A password must have 1 to 100 characters."),
        ("newpass1", "newpass2", "1234", "The passwords do not match."),
        ("newpass1", "newpass1", "wrongpass", "Wrong password."),
    ] {
        let refused = set(&browser, "1001", new, again, own);
        assert_eq!((refused.status, refused.body.contains(words)), (422, true), "{words}: {}", refused.body);
        assert!(!refused.body.contains("newpass") && !refused.body.contains("wrongpass"), "{}", refused.body);
    }
    let failures = "SELECT failed_login_count FROM vicidial_users WHERE user = '6666'";
    let database = staffed.server.database();
    assert_eq!(database.query_row(failures, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    for _ in 0..9 {
        assert_eq!(set(&browser, "1001", "a", "a", "wrong").status, 422);
    }
    assert_eq!(set(&browser, "1001", "a", "a", "1234").status, 429, "the account is locked for every interface");
    assert_eq!(log_in(&staffed, "6666", "1234", &[], &[]).status, 429);
    assert!(logged(&staffed).is_empty());
}

#[test]
fn a_password_is_set_only_with_the_permission_and_up_to_the_own_level() {
    let staffed = manager();
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET user_level = 8 WHERE user = '6666'", []).unwrap();
    database.execute("UPDATE vicidial_users SET user_level = 9 WHERE user = 'looker'", []).unwrap();
    let browser = Browser::new(&staffed, "6666", "1234");
    assert_eq!(set(&browser, "looker", "a", "a", "1234").status, 403);
    assert!(!browser.get("/admin/user?name=looker").body.contains("own_pass"));
    assert_eq!(set(&browser, "nobody", "a", "a", "1234").status, 404);
    database.execute("UPDATE vicidial_users SET modify_users = '0' WHERE user = '6666'", []).unwrap();
    assert_eq!(set(&browser, "1001", "a", "a", "1234").status, 403);
    assert_eq!(log_in(&staffed, "looker", "lpass", &[], &[]).status, 303, "the old password is still valid");
    assert!(logged(&staffed).is_empty());
}

#[test]
fn admin_sessions_are_listed_and_can_be_ended() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    let theirs = Browser::new(&staffed, "looker", "lpass");
    let mut watch = staffed.watch_at("/admin/events", &[&theirs.cookie]);
    assert_eq!(watch.next().unwrap().name, "floor");
    assert!(browser.get("/admin/users").body.contains("href=\"/admin/visits\""));
    let page = browser.get("/admin/visits").body;
    assert!(page.contains("This session") && page.contains("<td>127.0.0.1</td>") && page.contains("looker"), "{page}");
    let visit = value_of(&page, "visit");
    let kept: String = staffed
        .server
        .database()
        .query_row("SELECT key_digest FROM hotdesk_admin_session WHERE user = 'looker'", [], |row| row.get(0))
        .unwrap();
    assert!(visit.len() == 16 && !kept.contains(&visit) && !page.contains(&kept), "{visit} {kept}");
    assert_eq!(theirs.get("/admin/visits").status, 403);
    let ended = browser.post("/admin/visits/end", &[("visit", &visit)]);
    assert_eq!((ended.status, header(&ended, "location")), (303, "/admin/visits?ended=1"), "{}", ended.body);
    assert!(watch.next().is_none(), "the event stream ends with the admin session");
    assert_eq!(theirs.get("/admin/").status, 303);
    assert_eq!(browser.post("/admin/visits/end", &[("visit", &visit)]).status, 404);
    assert_eq!(logged(&staffed), ["6666|127.0.0.1|USERS|looker|session from: 127.0.0.1"]);
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET user_level = 8 WHERE user = '6666'", []).unwrap();
    database.execute("UPDATE vicidial_users SET user_level = 9 WHERE user = 'looker'", []).unwrap();
    let theirs = Browser::new(&staffed, "looker", "lpass");
    let visit = value_of(&browser.get("/admin/visits").body, "visit");
    assert_eq!(
        browser.post("/admin/visits/end", &[("visit", &visit)]).status,
        403,
        "a session above the administrator's level"
    );
    assert_eq!(theirs.get("/admin/").status, 200);
}

#[test]
fn changes_through_the_api_end_admin_sessions_too() {
    let staffed = manager();
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET delete_users = '1' WHERE user = '6666'", []).unwrap();
    let update = |change: &str| {
        let call = format!("source=test&user=6666&pass=1234&function=update_user&agent_user=looker&{change}");
        let answer = staffed.server.call(&call).body;
        assert!(answer.starts_with("SUCCESS"), "{change}: {answer}");
    };
    let left = || {
        let visits = "SELECT count(*) FROM hotdesk_admin_session WHERE user = 'looker'";
        database.query_row(visits, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let theirs = Browser::new(&staffed, "looker", "lpass");
    update("agent_full_name=Other");
    assert_eq!((theirs.get("/admin/").status, left()), (200, 1));
    update("agent_pass=n3wpass");
    assert_eq!((theirs.get("/admin/").status, left()), (303, 0));
    for change in ["active=N", "delete_user=Y"] {
        Browser::new(&staffed, "looker", "n3wpass");
        update(change);
        assert_eq!(left(), 0, "{change}");
        if change == "active=N" {
            update("active=Y");
        }
    }
}
