//! The settings page: startup settings and system settings.

use super::floor_actions::logged;
use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;

fn form<'a>(version: &'a str, limit: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("version", version),
        ("use_non_latin", "1"),
        ("allow_ip_lists", "0"),
        ("system_ip_blacklist", ""),
        ("pllb_grouping_limit", limit),
    ]
}

#[test]
fn the_page_shows_effective_values_and_their_origin() {
    let staffed = Staffed::new(0, &["--client-timeout", "14"]);
    let page = Browser::new(&staffed, "looker", "lpass").get("/admin/settings").body;
    for words in [
        "<code>client_timeout</code>",
        "<td class=\"loose\">14</td><td>--client-timeout</td>",
        "HOTDESK_CLIENT_TIMEOUT",
        "<td class=\"loose\">90</td><td>default</td>",
        "hotdesk.db",
        "Running since",
        "Changing them requires level 9",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains(">Save</button>"), "{page}");
}

#[test]
fn system_settings_need_level_9_and_concurrent_changes_are_detected() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let version = value_of(&browser.get("/admin/settings").body, "version");
    let wrong = browser.post("/admin/settings", &form(&version, "many"));
    assert_eq!(
        (wrong.status, wrong.body.contains("Enter a whole number from 1 to 10000.")),
        (422, true),
        "{}",
        wrong.body
    );
    assert!(wrong.body.contains("value=\"many\""), "the entered value stays: {}", wrong.body);
    let saved = browser.post("/admin/settings", &form(&version, "50"));
    assert_eq!((saved.status, header(&saved, "location")), (303, "/admin/settings?saved=1"), "{}", saved.body);
    let notes = "6666|127.0.0.1|SYSTEMSETTINGS|system_settings|use_non_latin: 0 to 1; pllb_grouping_limit: 100 to 50";
    assert_eq!(logged(&staffed), [notes]);
    let late = browser.post("/admin/settings", &form(&version, "60"));
    assert_eq!((late.status, late.body.contains("Saved by someone else: <b>50</b>")), (409, true), "{}", late.body);
    assert_eq!(browser.post("/admin/settings", &form(&value_of(&late.body, "version"), "60")).status, 303);
    staffed.server.database().execute("UPDATE vicidial_users SET user_level = 8 WHERE user = '6666'", []).unwrap();
    assert_eq!(browser.post("/admin/settings", &form(&version, "70")).status, 403);
}
