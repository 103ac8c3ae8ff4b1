//! The page of a phone: view, add, copy, change and delete.

use super::floor_actions::logged;
use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;
use crate::support::Reply;

const PAGE: &str = "/admin/phone?extension=100&server_ip=10.0.9.8";

/// The fields of a new phone; a change has the version too.
const WHOLE: [(&str, &str); 23] = [
    ("extension", "700"),
    ("server_ip", "10.0.9.8"),
    ("phone_login", "700a"),
    ("phone_full_name", "Desk 700"),
    ("protocol", "PJSIP"),
    ("active", "Y"),
    ("phone_pass", "typed"),
    ("registration_password", "known"),
    ("dialplan_number", "700"),
    ("outbound_cid", "7275551212"),
    ("outbound_alt_cid", ""),
    ("phone_context", "default"),
    ("phone_ring_timeout", "60"),
    ("on_hook_agent", "N"),
    ("voicemail_id", "700"),
    ("email", ""),
    ("delete_vm_after_email", "N"),
    ("is_webphone", "N"),
    ("webphone_auto_answer", "Y"),
    ("use_external_server_ip", "N"),
    ("local_gmt", ""),
    ("admin_user_group", "---ALL---"),
    ("template_id", ""),
];

/// All fields, with these values instead of the defaults.
fn with<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let rest = WHOLE.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    rest.chain(changed.iter().copied()).collect()
}

/// A fixture whose administrator may delete.
fn staffed() -> Staffed {
    let staffed = Staffed::new(0, &[]);
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET ast_delete_phones = '1' WHERE user = '6666'", []).unwrap();
    staffed
}

/// Reads one text from the database.
fn ask(staffed: &Staffed, question: &str) -> String {
    staffed.server.database().query_row(question, [], |row| row.get(0)).unwrap()
}

/// Saves phone 100 of the first dialer with these values instead of the defaults.
fn save(browser: &Browser<'_>, version: &str, changed: &[(&str, &str)]) -> Reply {
    let own = [("extension", "100"), ("phone_login", "100a"), ("phone_pass", ""), ("registration_password", "")];
    let own = own.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    let more: Vec<_> = own.chain([("local_gmt", "-5.00"), ("version", version)]).collect();
    browser.post("/admin/phone", &with(&[&more, changed].concat()))
}

#[test]
fn a_new_phone_has_its_input_and_the_dialers_time_zone_and_is_logged_without_secrets() {
    let staffed = staffed();
    staffed.server.database().execute("UPDATE servers SET local_gmt = '1.00', rebuild_conf_files = 'N'", []).unwrap();
    let browser = Browser::new(&staffed, "6666", "1234");
    let added = browser.post("/admin/phones/new", &WHOLE);
    let target = "/admin/phone?extension=700&server_ip=10%2e0%2e9%2e8&done=added";
    assert_eq!((added.status, header(&added, "location")), (303, target), "{}", added.body);
    let stored =
        "SELECT login || '|' || pass || '|' || conf_secret || '|' || protocol || '|' || local_gmt || '|' || status
                  FROM phones WHERE extension = '700'";
    assert_eq!(ask(&staffed, stored), "700a|typed|known|PJSIP|1.00|ACTIVE");
    assert_eq!(logged(&staffed), ["6666|127.0.0.1|PHONES|700|phone: 700|10.0.9.8"]);
    assert_eq!(ask(&staffed, "SELECT event_type || event_code FROM vicidial_admin_log"), "ADDADMIN ADD PHONE");
    assert_eq!(ask(&staffed, "SELECT group_concat(server_ip) FROM servers WHERE rebuild_conf_files = 'Y'"), "10.0.9.8");
    let page = browser.get(target).body;
    assert!(page.contains("Phone created.") && page.contains("value=\"700a\""), "{page}");
    assert!(!page.contains("typed") && !page.contains("known\""), "no secret is sent: {page}");
}

#[test]
fn every_bad_field_of_a_new_phone_is_marked_and_the_input_stays() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let bad = with(&[("extension", "7"), ("phone_login", "7 <b>"), ("email", "a\"b@c.de"), ("phone_pass", "")]);
    let refused = browser.post("/admin/phones/new", &bad);
    assert_eq!(refused.status, 422);
    for (name, words) in [
        ("extension", "Too short: at least 2 characters are required."),
        ("phone_login", "Only letters, digits, - and _ are allowed."),
        ("phone_pass", "Required."),
        ("email", "Only letters, digits, blanks, %, &#39;, +, -, ., /, :, @ and _ are allowed."),
    ] {
        let problem = format!("<p class=\"problem\" id=\"{name}-problem\">{words}</p>");
        assert!(refused.body.contains(&problem), "{problem} in {}", refused.body);
    }
    assert!(refused.body.contains("value=\"7 &#60;b&#62;\"") && refused.body.contains("never sent back"));
    let taken = with(&[("extension", "100"), ("phone_login", "101A"), ("template_id", "none")]);
    let refused = browser.post("/admin/phones/new", &taken).body;
    for words in
        ["phone with this extension", "Phone 101 on 10.0.9.8 already has this login.", "This template does not exist."]
    {
        assert!(refused.contains(words), "{words} in {refused}");
    }
    let nowhere = browser.post("/admin/phones/new", &with(&[("server_ip", "10.0.9.77"), ("local_gmt", "2.00")]));
    assert!(nowhere.body.contains("This dialer does not exist."), "{}", nowhere.body);
    assert!(logged(&staffed).is_empty());
}

#[test]
fn a_copy_takes_over_the_secrets_on_the_server() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    staffed
        .server
        .database()
        .execute("UPDATE phones SET conf_secret = 'regsecret', email = 'a@b.cd' WHERE login = '100a'", [])
        .unwrap();
    let page = browser.get("/admin/phones/new?copy_extension=100&copy_server_ip=10.0.9.8").body;
    assert!(page.contains("Leave empty to use the original’s.") && page.contains("value=\"a@b.cd\""), "{page}");
    assert!(!page.contains("phonepass") && !page.contains("regsecret") && !page.contains("value=\"100a\""), "{page}");
    let like = [("copy_extension", "100"), ("copy_server_ip", "10.0.9.8")];
    let copied = browser.post(
        "/admin/phones/new",
        &with(&[&like[..], &[("phone_pass", ""), ("registration_password", "own")]].concat()),
    );
    assert_eq!(copied.status, 303, "{}", copied.body);
    let secrets = "SELECT pass || '|' || conf_secret FROM phones WHERE extension = '700'";
    assert_eq!(ask(&staffed, secrets), "phonepass|own");
    let gone = [("copy_extension", "gone"), ("copy_server_ip", "10.0.9.8")];
    assert_eq!(browser.post("/admin/phones/new", &with(&gone)).status, 404);
}

#[test]
fn a_change_keeps_omitted_secrets_and_renames_alias_members_on_request() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get(PAGE).body, "version");
    let saved = save(&browser, &version, &[("phone_login", "100n"), ("phone_pass", "fresh")]);
    assert_eq!((saved.status, header(&saved, "location").contains("was=100a")), (303, true), "{}", saved.body);
    let page = browser.get(header(&saved, "location")).body;
    assert!(page.contains("1 alias still lists the login 100a, which no phone has:"), "{page}");
    assert!(page.contains("href=\"/admin/alias?id=team\""), "{page}");
    let version = value_of(&page, "version");
    let saved = save(&browser, &version, &[("phone_login", "100a")]);
    assert_eq!(saved.status, 303, "{}", saved.body);
    let version = value_of(&browser.get(PAGE).body, "version");
    let saved = save(&browser, &version, &[("phone_login", "100z"), ("with_aliases", "1")]);
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(ask(&staffed, "SELECT logins_list FROM phones_alias WHERE alias_id = 'team'"), "100z,100b");
    assert_eq!(ask(&staffed, "SELECT pass FROM phones WHERE login = '100z'"), "fresh");
    let log = logged(&staffed);
    assert!(log[0].contains("login: 100a to 100n; ") && log[0].contains("pass changed"), "{log:?}");
    assert_eq!(log.last().unwrap(), "6666|127.0.0.1|PHONEALIASES|team|phone_logins: 100a,100b to 100z,100b");
    assert!(!log.concat().contains("fresh"), "{log:?}");
    let version = value_of(&browser.get(PAGE).body, "version");
    let rows = logged(&staffed).len();
    assert_eq!(save(&browser, &version, &[("phone_login", "100z")]).status, 303);
    assert_eq!(logged(&staffed).len(), rows, "no change, so no audit row");
}

#[test]
fn a_concurrent_change_is_shown_at_its_field_and_overwritten_only_after_confirmation() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let database = staffed.server.database();
    let seen = [("dialplan_number", "1000"), ("voicemail_id", "1000"), ("outbound_cid", "7275551212")];
    database
        .execute("UPDATE phones SET dialplan_number = '1000', voicemail_id = '1000', outbound_cid = '7275551212'", [])
        .unwrap();
    let version = value_of(&browser.get(PAGE).body, "version");
    database
        .execute("UPDATE phones SET fullname = 'Theirs', email = 'their@mail.com' WHERE login = '100a'", [])
        .unwrap();
    let refused = save(&browser, &version, &[&seen[..], &[("phone_full_name", "Mine")]].concat());
    assert_eq!(refused.status, 409);
    for words in [
        "Someone else has changed this phone",
        "value=\"Mine\"",
        "Saved by someone else: <b>Theirs</b>",
        "value=\"their@mail.com\"",
        "load the saved version",
    ] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert_eq!(ask(&staffed, "SELECT fullname FROM phones WHERE login = '100a'"), "Theirs");
    let mine = [("phone_full_name", "Mine"), ("email", "their@mail.com")];
    let saved = save(&browser, &value_of(&refused.body, "version"), &[&seen[..], &mine].concat());
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(ask(&staffed, "SELECT fullname || email FROM phones WHERE login = '100a'"), "Minetheir@mail.com");
}

#[test]
fn a_concurrently_changed_password_conflicts_only_with_a_new_one() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get(PAGE).body, "version");
    staffed.server.database().execute("UPDATE phones SET pass = 'theirs' WHERE login = '100a'", []).unwrap();
    let refused = save(&browser, &version, &[("phone_pass", "mine")]);
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("<b>a different password</b>") && !refused.body.contains("<b>theirs"),
        "{}",
        refused.body
    );
    assert_eq!(save(&browser, &version, &[]).status, 303);
    assert_eq!(ask(&staffed, "SELECT pass FROM phones WHERE login = '100a'"), "theirs");
}

#[test]
fn the_page_shows_registration_and_agent_and_is_read_only_for_supervisors() {
    let staffed = staffed();
    let session = staffed.log_in("1001", "100a");
    assert_eq!(session.body["server_ip"], "10.0.9.8");
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = browser.get(PAGE).body;
    for words in
        ["</span>Registered</p>", "Agent <b>1001</b> is using it.", "href=\"/admin/alias?id=team\"", "disabled"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("name=\"version\"") && !page.contains("Copy</a>"), "{page}");
    let ghost = browser.get("/admin/phone?extension=999&server_ip=10.0.9.8").body;
    assert!(ghost.contains("</span>Not registered</p>") && ghost.contains("None.</p>"), "{ghost}");
    let database = staffed.server.database();
    database.execute("UPDATE phones SET is_webphone = 'Y' WHERE login = 'ghost'", []).unwrap();
    let ghost = browser.get("/admin/phone?extension=999&server_ip=10.0.9.8").body;
    assert!(ghost.contains("Registration not reported"), "{ghost}");
}

#[test]
fn the_confirmation_of_a_deletion_names_the_agent_and_the_aliases() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let fields = [("extension", "100"), ("server_ip", "10.0.9.8")];
    let asked = browser.get("/admin/phone/delete?extension=100&server_ip=10.0.9.8").body;
    assert!(asked.contains("No agent is using it.") && asked.contains("no phone will have: team."), "{asked}");
    staffed.log_in("1001", "100a");
    let refused = browser.post("/admin/phone/delete", &[&fields[..], &[("agent", "")]].concat());
    assert_eq!((refused.status, refused.body.contains("Agent 1001 is using it")), (409, true), "{}", refused.body);
    let deleted = browser.post("/admin/phone/delete", &[&fields[..], &[("agent", "1001")]].concat());
    assert_eq!((deleted.status, header(&deleted, "location")), (303, "/admin/phones?done=deleted"));
    assert_eq!(browser.get(PAGE).status, 404);
    assert_eq!(logged(&staffed).last().unwrap(), "6666|127.0.0.1|PHONES|100|phone: 100|10.0.9.8");
    assert_eq!(ask(&staffed, "SELECT logins_list FROM phones_alias WHERE alias_id = 'team'"), "100a,100b");
}

#[test]
fn a_phone_of_an_invisible_group_is_not_found() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get(PAGE).body, "version");
    let database = staffed.server.database();
    database.execute("UPDATE phones SET user_group = 'OTHERS' WHERE login = '100a'", []).unwrap();
    database
        .execute(
            "INSERT INTO vicidial_user_groups (user_group, admin_viewable_groups) VALUES ('ADMIN', ' ADMIN AGENTS ')",
            [],
        )
        .unwrap();
    assert_eq!(browser.get(PAGE).status, 404);
    assert_eq!(save(&browser, &version, &[]).status, 404);
    let fields = [("extension", "100"), ("server_ip", "10.0.9.8"), ("agent", "")];
    assert_eq!(browser.post("/admin/phone/delete", &fields).status, 404);
    assert_eq!(browser.get("/admin/phones/new?copy_extension=100&copy_server_ip=10.0.9.8").status, 404);
    assert!(logged(&staffed).is_empty());
}
