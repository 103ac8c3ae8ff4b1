//! The page of a user: after setting API access, level and functions, the API call works.

use super::floor_actions::logged;
use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;

const CALL: &str = "source=test&user=1001&pass=apass&function=server_refresh&stage=REFRESH";

/// The form's fields, for this version of the page.
fn form(version: &str, level: &str) -> Vec<(&'static str, String)> {
    let ticked = ["active", "vdc_agent_api_access", "ast_admin_access"].map(|name| (name, "1".to_owned()));
    let others = [
        ("name", "1001".to_owned()),
        ("version", version.to_owned()),
        ("user_level", level.to_owned()),
        ("functions", "some".to_owned()),
        ("function", "server_refresh".to_owned()),
    ];
    [&ticked[..], &others[..]].concat()
}

fn save(browser: &Browser<'_>, fields: &[(&'static str, String)]) -> crate::support::Reply {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/admin/user", &fields)
}

pub fn manager() -> Staffed {
    let staffed = Staffed::new(0, &[]);
    staffed.server.database().execute("UPDATE vicidial_users SET modify_users = '1' WHERE user = '6666'", []).unwrap();
    staffed
}

#[test]
fn a_user_who_is_given_access_can_call_and_it_is_logged() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    assert!(staffed.server.call(CALL).body.starts_with("ERROR"));
    let page = browser.get("/admin/user?name=1001&check=server_refresh").body;
    for words in
        ["would be refused.", "Level 7 or higher: missing", "API access: missing", "Level 8 or higher: missing"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    let saved = save(&browser, &form(&value_of(&page, "version"), "8"));
    assert_eq!((saved.status, header(&saved, "location")), (303, "/admin/user?name=1001&saved=1"), "{}", saved.body);
    let page = browser.get("/admin/user?name=1001&check=server_refresh").body;
    assert!(page.contains("would be allowed") && !page.contains(": missing"), "{page}");
    assert!(staffed.server.call(CALL).body.starts_with("SUCCESS"), "{}", staffed.server.call(CALL).body);
    let other = browser.get("/admin/user?name=1001&check=add_phone").body;
    assert!(other.contains("The function is allowed: missing"), "{other}");
    let log = logged(&staffed);
    let notes = "user: 1001; user_level: 1 to 8; api_allowed_functions:  ALL_FUNCTIONS  to  server_refresh ; \
                 vdc_agent_api_access: 0 to 1; ast_admin_access: 0 to 1";
    assert!(log.contains(&format!("6666|127.0.0.1|USERS|1001|{notes}")), "{log:?}");
}

#[test]
fn each_function_shows_the_permission_it_needs() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    for (function, missing) in [
        ("add_phone", "May change phones, aliases and dialers: missing"),
        ("add_user", "May change users: missing"),
        ("logged_in_agents", "May view reports: missing"),
    ] {
        let page = browser.get(&format!("/admin/user?name=1001&check={function}")).body;
        assert!(page.contains(missing) && page.contains("would be refused."), "{missing} in {page}");
    }
}

#[test]
fn a_concurrent_change_is_not_overwritten() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get("/admin/user?name=1001").body, "version");
    staffed.server.database().execute("UPDATE vicidial_users SET user_level = 3 WHERE user = '1001'", []).unwrap();
    let refused = save(&browser, &form(&version, "8"));
    assert_eq!(refused.status, 409);
    for words in [
        "Someone else has changed this account",
        "<option value=\"8\" selected>",
        "href=\"#user_level\">Level</a>: now <b>3</b>",
        "<p class=\"theirs\" id=\"user_level-theirs\">Saved by someone else: <b>3</b></p>",
        "href=\"#functions\">Functions</a>: now <b>All functions</b>",
        "Load saved version",
    ] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert_eq!(save(&browser, &form(&value_of(&refused.body, "version"), "8")).status, 303);
}

#[test]
fn nobody_raises_an_account_above_their_own_level_or_locks_themselves_out() {
    let staffed = manager();
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET user_level = 8 WHERE user = '6666'", []).unwrap();
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = |name: &str| value_of(&browser.get(&format!("/admin/user?name={name}")).body, "version");
    let above = save(&browser, &form(&version("1001"), "9"));
    assert_eq!((above.status, above.body.contains("You may not grant this level")), (422, true), "{}", above.body);
    for level in ["0", "10", "x"] {
        let refused = save(&browser, &form(&version("1001"), level));
        assert_eq!(
            (refused.status, refused.body.contains("The level must be a number from 1 to 9")),
            (422, true),
            "{}",
            refused.body
        );
    }
    let own = version("6666");
    let out = browser.post("/admin/user", &[("name", "6666"), ("version", &own), ("active", "1"), ("user_level", "8")]);
    assert_eq!((out.status, out.body.contains("lock you out")), (409, true), "{}", out.body);
    database.execute("UPDATE vicidial_users SET modify_users = '0' WHERE user = '6666'", []).unwrap();
    let may_not = save(&browser, &form(&version("1001"), "8"));
    assert_eq!((may_not.status, may_not.body.contains("modify_users")), (403, true), "{}", may_not.body);
    assert!(logged(&staffed).is_empty());
    let names = "SELECT count(*) FROM vicidial_users WHERE user_level > 8 OR (user = '1001' AND user_level <> 1)";
    assert_eq!(database.query_row(names, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn a_refusal_is_explained_for_an_address_and_for_deleting_too() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    let ask = |more: &str| browser.get(&format!("/admin/user?name=6666&check=update_phone_alias{more}")).body;
    assert!(ask("").contains("would be allowed") && !ask("").contains("May delete phones and aliases: missing"));
    assert!(ask("%3Adelete").contains("(delete) would be refused.") && ask("%3Adelete").contains("aliases: missing"));
    let database = staffed.server.database();
    database
        .execute_batch(
            "UPDATE system_settings SET allow_ip_lists = '1';
             UPDATE vicidial_user_groups SET api_ip_list = 'office' WHERE user_group = 'ADMIN';
             INSERT INTO vicidial_user_groups (user_group, api_ip_list) SELECT 'ADMIN', 'office'
                 WHERE NOT EXISTS (SELECT 1 FROM vicidial_user_groups WHERE user_group = 'ADMIN');
             INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('office', '192.0.2.x');",
        )
        .unwrap();
    assert!(ask("&from=192.0.2.7").contains("from this address."), "{}", ask("&from=192.0.2.7"));
    assert!(ask("&from=198.51.100.1").contains("The address is allowed: missing"));
    assert!(ask("&from=192.0.2").contains("Enter an IP address"));
}

#[test]
fn deactivating_an_account_ends_its_admin_sessions() {
    let staffed = manager();
    let browser = Browser::new(&staffed, "6666", "1234");
    let theirs = Browser::new(&staffed, "looker", "lpass");
    let version = value_of(&browser.get("/admin/user?name=looker").body, "version");
    let fields = [("name", "looker"), ("version", &version), ("user_level", "7"), ("functions", "all")];
    assert_eq!(browser.post("/admin/user", &fields).status, 303);
    assert_eq!(theirs.get("/admin/").status, 303);
    let left = "SELECT count(*) FROM hotdesk_admin_session WHERE user = 'looker'";
    assert_eq!(staffed.server.database().query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn unknown_functions_stay_while_they_are_ticked() {
    let staffed = manager();
    let database = staffed.server.database();
    let names = " server_refresh x-y a.b CALL_ME ";
    database.execute("UPDATE vicidial_users SET api_allowed_functions = ?1 WHERE user = '1001'", [names]).unwrap();
    let browser = Browser::new(&staffed, "6666", "1234");
    let page = browser.get("/admin/user?name=1001").body;
    let mut fields = form(&value_of(&page, "version"), "1");
    for name in ["x-y", "a.b", "CALL_ME"] {
        assert!(page.contains(&format!("name=\"function\" value=\"{name}\" checked")), "{name} in {page}");
        fields.push(("function", name.to_owned()));
    }
    for name in ["ALL", "xALL_FUNCTIONS", "two words", "", "a.b", &"x".repeat(101)] {
        fields.push(("function", name.to_owned()));
    }
    assert_eq!(save(&browser, &fields).status, 303);
    let stored = "SELECT api_allowed_functions FROM vicidial_users WHERE user = '1001'";
    assert_eq!(database.query_row(stored, [], |row| row.get::<_, String>(0)).unwrap(), names);
}
