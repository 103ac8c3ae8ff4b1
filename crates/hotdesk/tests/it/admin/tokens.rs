//! The tokens page: creation with the own password, one-time display, and revocation.

use super::floor_actions::logged;
use super::{Browser, header};
use crate::endpoints::staffed::Staffed;

const PAGE: &str = "/admin/tokens";

/// The token that a page shows.
fn shown(page: &str) -> Option<&str> {
    page.split("<code id=\"made\">").nth(1)?.split('<').next()
}

fn status_of(staffed: &Staffed, token: &str) -> u16 {
    staffed.ask("GET", "/api/v1/dialers", &[&format!("Authorization: Bearer {token}")], "").status
}

#[test]
fn a_token_is_shown_once_and_valid_until_it_is_revoked() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let fields = [("name", "wallboard"), ("scope", "read"), ("scope", "dialers"), ("days", "30"), ("own_pass", "1234")];
    let made = browser.post(PAGE, &fields);
    let token = shown(&made.body).expect(&made.body).to_owned();
    assert_eq!((made.status, status_of(&staffed, &token)), (200, 200));
    assert!(made.head.contains("cache-control: no-store"), "{}", made.head);
    let page = browser.get(PAGE).body;
    assert!(page.contains("wallboard") && page.contains("read, dialers") && !page.contains(&token), "{page}");
    let number = page.split("name=\"token_id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let revoked = browser.post("/admin/tokens/revoke", &[("token_id", number)]);
    assert_eq!((revoked.status, header(&revoked, "location")), (303, "/admin/tokens?revoked=1"));
    assert_eq!(status_of(&staffed, &token), 401);
    assert_eq!(browser.post("/admin/tokens/revoke", &[("token_id", number)]).status, 404);
    let log = logged(&staffed);
    assert!(
        log[0]
            .starts_with(&format!("6666|127.0.0.1|USERS|6666|token: {number}; name: wallboard; scopes: read dialers;"))
    );
    assert_eq!(log[1], format!("6666|127.0.0.1|USERS|6666|token: {number}; name: wallboard"));
    assert!(!staffed.server.log().contains(&token));
}

#[test]
fn mistakes_are_shown_at_their_field_and_create_no_token() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    for (name, scope, days, own, words) in [
        ("", "read", "90", "1234", "Enter a name of 1 to 60 characters, on one line."),
        ("x", "everything", "90", "1234", "Choose at least one scope."),
        ("x", "read", "401", "1234", "Enter a whole number from 1 to 400."),
        ("x", "read", "soon", "1234", "Enter a whole number from 1 to 400."),
        ("x", "read", "90", "wrongpass", "Wrong password."),
    ] {
        let fields = [("name", name), ("scope", scope), ("days", days), ("own_pass", own)];
        let refused = browser.post(PAGE, &fields);
        assert_eq!((refused.status, refused.body.contains(words)), (422, true), "{words}: {}", refused.body);
        assert!(shown(&refused.body).is_none() && !refused.body.contains("wrongpass"), "{}", refused.body);
    }
    let count = "SELECT count(*) FROM hotdesk_token";
    assert_eq!(staffed.server.database().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn a_supervisor_can_only_read_the_own_tokens() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let fields = [("name", "of the administrator"), ("scope", "read"), ("days", "30"), ("own_pass", "1234")];
    assert_eq!(browser.post(PAGE, &fields).status, 200);
    let page = Browser::new(&staffed, "looker", "lpass").get(PAGE);
    assert!(page.status == 200 && page.body.contains("No tokens yet."), "{}", page.body);
    assert!(!page.body.contains("of the administrator") && !page.body.contains("own_pass"), "{}", page.body);
}
