//! The page of an alias: its form, its warnings, and concurrent changes.

use super::floor_actions::logged;
use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;
use crate::support::Reply;

/// Sends the form with these members and this button.
fn press(browser: &Browser<'_>, button: &str, members: &[&str], more: &[(&str, &str)]) -> Reply {
    let members: Vec<(&str, &str)> = members.iter().map(|login| ("member", *login)).collect();
    browser.post("/admin/alias", &[&members, more, &[("do", button)]].concat())
}

/// The members in the form, in order.
fn members(page: &str) -> Vec<&str> {
    page.split("name=\"member\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The warnings of a page.
fn warnings(page: &str) -> Vec<&str> {
    let Some((_, list)) = page.split_once("<h2 id=\"warnings\">") else { return Vec::new() };
    let list = list.split_once("</section>").unwrap().0;
    list.split("<li>").skip(1).map(|item| item.split("</li>").next().unwrap()).collect()
}

fn stored(staffed: &Staffed, alias_id: &str) -> String {
    let sql = "SELECT alias_name || '|' || logins_list || '|' ||
        (SELECT count(*) FROM hotdesk_inactive_alias i WHERE i.alias_id = lower(a.alias_id)) FROM phones_alias a WHERE alias_id = ?1";
    staffed.server.database().query_row(sql, [alias_id], |row| row.get(0)).unwrap_or_default()
}

#[test]
fn an_alias_is_created_from_found_phones_and_reordered_without_scripts() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let page = browser.get("/admin/aliases").body;
    assert!(page.contains("href=\"/admin/aliases/new\"") && page.contains("href=\"/admin/alias?id=team\""), "{page}");
    let new = [("new", "1"), ("alias_id", "desk1"), ("alias_name", "Desk <1>")];
    let found = press(&browser, "find", &[], &[&new[..], &[("q", "10")]].concat());
    assert_eq!(found.status, 200);
    for words in ["value=\"add:100a\"", "value=\"add:101b\"", "extension 100 on dialer-b", "Desk &#60;1&#62;"] {
        assert!(found.body.contains(words), "{words} in {}", found.body);
    }
    let all = press(&browser, "find", &[], &[&new[..], &[("q", "101")]].concat()).body;
    assert!(all.contains("value=\"extension:101\"") && all.contains("Add all 2 phones of extension 101"), "{all}");
    let added = press(&browser, "extension:101", &[], &new).body;
    assert_eq!(members(&added), ["101a", "101b"]);
    let typed = press(&browser, "enter", &["101a", "101b"], &[&new[..], &[("q", "100B")]].concat()).body;
    assert_eq!(members(&typed), ["101a", "101b", "100b"], "Enter adds the exact login");
    assert!(typed.contains("Added 100b. Not saved yet."), "{typed}");
    assert_eq!(members(&press(&browser, "up:2", &["a", "b", "c"], &new).body), ["a", "c", "b"]);
    assert_eq!(members(&press(&browser, "down:0", &["a", "b", "c"], &new).body), ["b", "a", "c"]);
    assert_eq!(members(&press(&browser, "remove:1", &["a", "b", "c"], &new).body), ["a", "c"]);
    assert_eq!(members(&press(&browser, "remove:7", &["a"], &new).body), ["a"]);
    assert_eq!(stored(&staffed, "desk1"), "", "nothing is stored before saving");
    let new = [("new", "1"), ("alias_id", "desk1"), ("alias_name", "Desk 1")];
    let saved = press(&browser, "save", &["101b", "101a"], &new);
    assert_eq!((saved.status, header(&saved, "location")), (303, "/admin/alias?id=desk1&saved=1"), "{}", saved.body);
    assert_eq!(stored(&staffed, "desk1"), "Desk 1|101b,101a|0");
    assert_eq!(logged(&staffed), ["6666|127.0.0.1|PHONEALIASES|desk1|phones: 101b,101a"]);
    let piece = browser.get("/admin/alias/matches?q=100&member=100a").body;
    assert!(piece.contains("value=\"add:100b\"") && !piece.contains("value=\"add:100a\""), "{piece}");
    assert!(!piece.contains("<html"), "the reply is a fragment for the page's script");
}

#[test]
fn problems_of_an_alias_are_warnings_and_do_not_prevent_saving() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    assert_eq!(warnings(&browser.get("/admin/alias?id=team").body), [""; 0]);
    let database = staffed.server.database();
    database.execute("UPDATE phones SET pass = 'hunter2' WHERE login = '100b'", []).unwrap();
    database.execute("UPDATE phones SET conf_secret = 'hunter3' WHERE login = '100a'", []).unwrap();
    database.execute("UPDATE phones_alias SET logins_list = '100a,100b,nobody' WHERE alias_id = 'team'", []).unwrap();
    let page = browser.get("/admin/alias?id=team").body;
    let shown = warnings(&page);
    for words in [
        "No phone has the login nobody.",
        "100b and 100a have different phone passwords",
        "100b and 100a have different registration passwords",
    ] {
        assert!(shown.iter().any(|warning| warning.starts_with(words)), "{words} in {shown:?}");
    }
    assert!(shown.len() == 3 && page.contains("No phone has this login</b>"), "{shown:?}");
    assert!(!page.contains("hunter") && !page.contains("phonepass"), "a page contains a password");
    assert!(browser.get("/admin/aliases").body.contains("3 warnings</span>"));
    let version = value_of(&page, "version");
    let more = [("alias_id", "team"), ("alias_name", ""), ("version", version.as_str())];
    let draft = press(&browser, "add:ghost", &["100a", "100b", "nobody"], &more).body;
    let shown = warnings(&draft);
    for words in [
        "The phone ghost is not registered",
        "100a, ghost are all on dialer-a:",
        "ghost has a different extension from 100a",
    ] {
        assert!(shown.iter().any(|warning| warning.starts_with(words)), "{words} in {shown:?}");
    }
    let saved = press(&browser, "save", &["100a", "100b", "nobody", "ghost"], &more);
    assert_eq!(saved.status, 303, "a login that was there may stay, and warnings refuse nothing: {}", saved.body);
    let page = browser.get(header(&saved, "location")).body;
    assert!(page.contains("Saved. Applies from the next login.") && warnings(&page).len() == 6, "{page}");
    assert_eq!(
        logged(&staffed),
        ["6666|127.0.0.1|PHONEALIASES|team|phone_logins: 100a,100b,nobody to 100a,100b,nobody,ghost"]
    );
}

#[test]
fn mistakes_are_shown_at_their_field_and_the_input_stays() {
    let staffed = Staffed::new(0, &["--alias-members", "registered"]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let new = [("new", "1"), ("alias_id", "TEAM"), ("alias_name", "x|y"), ("active", "N")];
    let refused = press(&browser, "save", &["nobody", "ghost", "100a"], &new);
    assert_eq!(refused.status, 422);
    for words in [
        "An alias with this name already exists.",
        "Use only letters, digits, spaces and",
        "No phone has the login nobody. Phone ghost has never registered.",
        "value=\"x|y\"",
        "<option value=\"N\" selected>",
        "href=\"#alias_id\"",
        "href=\"#q\"",
    ] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert_eq!(members(&refused.body), ["nobody", "ghost", "100a"]);
    let long = "x".repeat(51);
    for (id, name, words) in [
        ("x", "name", "The alias must have 2 to 20 characters."),
        ("with blank", "name", "Use only letters, digits, “-” and “_”"),
        ("fine", "", "The name must have 1 to 50 characters."),
        ("fine", &long, "The name must have 1 to 50 characters."),
    ] {
        let refused = press(&browser, "save", &["100a"], &[("new", "1"), ("alias_id", id), ("alias_name", name)]);
        assert_eq!((refused.status, refused.body.contains(words)), (422, true), "{id} {name} {}", refused.body);
    }
    let none = press(&browser, "save", &[], &[("new", "1"), ("alias_id", "fine"), ("alias_name", "x")]);
    assert_eq!((none.status, none.body.contains("Add at least one phone.")), (422, true), "{}", none.body);
    assert!(logged(&staffed).is_empty());
    let added =
        press(&browser, "save", &["100a"], &[("new", "1"), ("alias_id", "fine"), ("alias_name", "x"), ("active", "N")]);
    assert_eq!(added.status, 303, "{}", added.body);
    assert_eq!(stored(&staffed, "fine"), "x|100a|1");
    assert!(browser.get("/admin/alias?id=fine").body.contains("The alias is not active"));
}

#[test]
fn a_concurrent_change_is_shown_and_can_be_overwritten() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get("/admin/alias?id=team").body, "version");
    let fields = |version| [("alias_id", "team"), ("alias_name", "Mine"), ("active", "Y"), ("version", version)];
    let first = press(&browser, "save", &["100b", "100a"], &fields(&version));
    assert_eq!(first.status, 303, "{}", first.body);
    let theirs = [("alias_id", "team"), ("alias_name", "Other"), ("active", "N"), ("version", version.as_str())];
    let refused = press(&browser, "save", &["100a", "101b"], &theirs);
    assert_eq!(refused.status, 409);
    for words in [
        "Someone else has changed this alias since you opened it",
        "id=\"alias_name-theirs\">Saved by someone else: <b>Mine</b>",
        "id=\"active-theirs\">Saved by someone else: <b>Yes</b>",
        "id=\"q-theirs\">Saved by someone else: <b>100b, 100a</b>",
        "value=\"Other\"",
        "Load saved version",
    ] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    assert_eq!(members(&refused.body), ["100a", "101b"]);
    assert_eq!(stored(&staffed, "team"), "Mine|100b,100a|0");
    let now = value_of(&refused.body, "version");
    let theirs = [("alias_id", "team"), ("alias_name", "Other"), ("active", "N"), ("version", now.as_str())];
    assert_eq!(press(&browser, "save", &["100a", "101b"], &theirs).status, 303);
    assert_eq!(stored(&staffed, "team"), "Other|100a,101b|1");
    let notes = "alias_name: Mine to Other; phone_logins: 100b,100a to 100a,101b; active: Y to N";
    assert_eq!(logged(&staffed)[1], format!("6666|127.0.0.1|PHONEALIASES|team|{notes}"));
    assert_eq!(press(&browser, "save", &["100a"], &[("alias_id", "gone"), ("version", "x")]).status, 404);
}

#[test]
fn the_placement_of_a_login_is_shown_for_each_campaign() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "looker", "lpass");
    let database = staffed.server.database();
    let campaign = "INSERT INTO vicidial_campaigns (campaign_id, pllb_grouping, pllb_grouping_limit) VALUES ('TOGETHER', 'ONE_SERVER_ONLY', 50)";
    database.execute(campaign, []).unwrap();
    database.execute("UPDATE phones_alias SET logins_list = '100a,100b,nobody' WHERE alias_id = 'team'", []).unwrap();
    let page = browser.get("/admin/alias?id=team").body;
    for words in
        ["dialer-b, phone 100b", "Least loaded of 2", "Rings if the previous ones", "Left out: no phone has this login"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    let live = "INSERT INTO vicidial_live_agents (user, server_ip, extension, campaign_id) VALUES ('x', '10.0.9.8', 'SIP/x', 'TOGETHER')";
    database.execute(live, []).unwrap();
    let page = browser.get("/admin/alias?id=team&campaign=TOGETHER").body;
    for words in
        ["dialer-a, phone 100a", "Agents of the campaign are there (1 agent).", "<option value=\"TOGETHER\" selected>"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("name=\"member\"") && !page.contains("name=\"do\""), "a supervisor can only read");
}

#[test]
fn deleting_an_alias_needs_the_permission_and_a_confirmation() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    assert_eq!(browser.get("/admin/alias/delete?id=team").status, 403, "ast_delete_phones is missing");
    assert_eq!(browser.post("/admin/alias/delete", &[("id", "team")]).status, 403);
    let database = staffed.server.database();
    database.execute("UPDATE vicidial_users SET ast_delete_phones = '1' WHERE user = '6666'", []).unwrap();
    staffed.log_in("1001", "team");
    let asked = browser.get("/admin/alias/delete?id=team").body;
    assert!(asked.contains("Agent 1001 is using one of its phones"), "{asked}");
    let version = value_of(&asked, "version");
    database.execute("UPDATE phones_alias SET alias_name = 'New' WHERE alias_id = 'team'", []).unwrap();
    let again = browser.post("/admin/alias/delete", &[("id", "team"), ("version", &version)]);
    assert_eq!((again.status, again.body.contains("Nothing was deleted")), (409, true), "{}", again.body);
    let version = value_of(&again.body, "version");
    let done = browser.post("/admin/alias/delete", &[("id", "team"), ("version", &version)]);
    assert_eq!((done.status, header(&done, "location")), (303, "/admin/aliases?deleted=1"));
    assert_eq!(stored(&staffed, "team"), "");
    assert_eq!(logged(&staffed), ["6666|127.0.0.1|PHONEALIASES|team|phones: 100a,100b"]);
    assert_eq!(browser.get("/admin/alias?id=team").status, 404);
    assert_eq!(browser.get("/admin/alias/delete?id=team").status, 404);
}
