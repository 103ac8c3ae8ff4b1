//! Actions of an administrator on the floor page.

use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;

/// The rows of the admin log, as `user|address|section|record|notes`.
pub fn logged(staffed: &Staffed) -> Vec<String> {
    let database = staffed.server.database();
    let columns = "user || '|' || ip_address || '|' || event_section || '|' || record_id || '|' || event_notes";
    let mut select = database.prepare(&format!("SELECT {columns} FROM vicidial_admin_log")).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn draining_and_its_end_are_shown_and_logged() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let asked = browser.get("/admin/dialers/drain?server_ip=10.0.9.8").body;
    assert!(asked.contains("Drain dialer-a?") && asked.contains("0 agents are on it"), "{asked}");
    let done = browser.post("/admin/dialers/drain", &[("server_ip", "10.0.9.8")]);
    assert_eq!((done.status, header(&done, "location")), (303, "/admin/?done=drain"));
    let floor = browser.get("/admin/?done=drain").body;
    assert!(floor.contains("The dialer is draining.") && floor.contains("Draining</span>"), "{floor}");
    assert_eq!(browser.post("/admin/dialers/take", &[("server_ip", "10.0.9.8")]).status, 303);
    assert!(!browser.get("/admin/").body.contains("Draining</span>"));
    assert_eq!(
        logged(&staffed),
        ["6666|127.0.0.1|SERVERS|10.0.9.8|draining: Y", "6666|127.0.0.1|SERVERS|10.0.9.8|draining: N"]
    );
}

#[test]
fn moving_an_agent_needs_to_know_whether_a_call_ends() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let session = staffed.log_in("1001", "team");
    let (id, from) = (session.session_id.to_string(), session.body["server_ip"].as_str().unwrap().to_owned());
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_live_agents SET status = 'INCALL'", []).unwrap();
    let refused = browser.post("/admin/sessions/move", &[("session_id", &id), ("in_call", "0")]);
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("Nothing was done yet") && refused.body.contains("which will be cut off"),
        "{}",
        refused.body
    );
    assert_eq!(value_of(&refused.body, "in_call"), "1");
    let moved = browser.post("/admin/sessions/move", &[("session_id", &id), ("in_call", "1")]);
    assert_eq!((moved.status, header(&moved, "location")), (303, "/admin/?done=move"));
    let at: String = database.query_row("SELECT server_ip FROM hotdesk_session", [], |row| row.get(0)).unwrap();
    assert_ne!(at, from);
    let page = browser.get("/admin/").body;
    assert!(page.contains("for agent 1001: 6666 moved the agent from dialer-b."), "{page}");
    let ended = browser.post("/admin/sessions/end", &[("session_id", &id)]);
    assert_eq!(header(&ended, "location"), "/admin/?done=end");
    assert_eq!(browser.get(&format!("/admin/sessions/end?session_id={id}")).status, 404);
    assert!(browser.get("/admin/").body.contains("a supervisor logged the agent out."));
}

#[test]
fn the_floor_works_without_scripts_and_shows_names_as_text() {
    let staffed = Staffed::new(0, &[]);
    let nasty = "<img src=x onerror=alert(1)>";
    let database = staffed.server.database();
    database.execute("UPDATE phones SET login = ?1, pass = 'phonepass' WHERE login = '100b'", [nasty]).unwrap();
    database
        .execute("UPDATE phones_alias SET logins_list = ?1, alias_name = ?1 WHERE alias_id = 'team'", [nasty])
        .unwrap();
    database.execute("UPDATE phones SET fullname = ?1", [nasty]).unwrap();
    database
        .execute("UPDATE vicidial_users SET full_name = ?1, user_group = ?1, api_allowed_functions = ?1", [nasty])
        .unwrap();
    staffed.log_in("1001", "team");
    let browser = Browser::new(&staffed, "6666", "1234");
    for target in [
        "/admin/",
        "/admin/phones",
        "/admin/aliases",
        "/admin/users",
        "/admin/user?name=1001",
        "/admin/logins",
        "/admin/logins/1",
    ] {
        let page = browser.get(target).body;
        assert!(!page.contains("<img") && page.contains("&#60;img src=x"), "{target}: {page}");
    }
    let floor = browser.get("/admin/").body;
    for words in [
        "dialer-a",
        "dialer-b",
        ">Healthy</span>",
        "</span>Live</td>",
        "<b data-seats>1</b>",
        "Agent 1001 is on dialer-b",
    ] {
        assert!(floor.contains(words), "{words} in {floor}");
    }
    let search = browser.get("/admin/phones?q=%22%3E%3Cscript%3E").body;
    assert!(!search.contains("\"><script>"), "{search}");
}
