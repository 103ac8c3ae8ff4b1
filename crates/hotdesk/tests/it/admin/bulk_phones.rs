//! Adding phones in bulk.

use super::floor_actions::logged;
use super::{Browser, header, value_of};
use crate::endpoints::staffed::Staffed;

/// The fields of the form's first step, with these additional ones.
fn wanted<'a>(extensions: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let whole = [
        ("extensions", extensions),
        ("alias_suffix", "x"),
        ("dialer", "10.0.9.8"),
        ("dialer", "10.0.9.9"),
        ("suffix:10.0.9.8", "a"),
        ("suffix:10.0.9.9", "b"),
        ("protocol", "SIP"),
        ("outbound_cid", "7275551212"),
    ];
    let whole = whole.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    whole.chain(more.iter().copied()).collect()
}

fn count(staffed: &Staffed, question: &str) -> i64 {
    staffed.server.database().query_row(question, [], |row| row.get(0)).unwrap()
}

const PHONES: &str = "SELECT count(*) FROM phones";

#[test]
fn the_preview_shows_every_phone_and_alias_and_writes_nothing() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let asked = browser.get("/admin/phones/bulk").body;
    assert!(
        asked.contains("name=\"suffix:10.0.9.9\" value=\"b\"") && asked.contains("more than 1,000 phones"),
        "{asked}"
    );
    let page = browser.post("/admin/phones/bulk", &wanted("301-302, 310", &[])).body;
    assert!(page.contains("<h1>6 phones and 3 aliases will be created</h1>"), "{page}");
    for login in ["301a", "301b", "302a", "302b", "310a", "310b", "301x", "302x", "310x"] {
        assert!(page.contains(&format!("<th scope=\"row\">{login}</th>")), "{login} in {page}");
    }
    assert_eq!(
        (value_of(&page, "extensions"), value_of(&page, "suffix:10.0.9.9")),
        ("301-302, 310".into(), "b".into())
    );
    let again = browser.post("/admin/phones/bulk", &wanted("301-302", &[("again", "1")]));
    assert!(again.status == 200 && again.body.contains("value=\"301-302\""), "{}", again.body);
    assert_eq!((count(&staffed, PHONES), logged(&staffed).len()), (5, 0));
}

#[test]
fn all_phones_are_created_at_once_and_their_passwords_shown_once() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let made = browser.post("/admin/phones/bulk/make", &wanted("301-302", &[("passwords", "random"), ("as", "csv")]));
    assert_eq!((made.status, header(&made, "content-type")), (200, "text/csv; charset=utf-8"), "{}", made.body);
    assert_eq!(header(&made, "content-disposition"), "attachment; filename=\"phones.csv\"");
    let rows: Vec<Vec<&str>> =
        made.body.lines().skip(1).map(|line| line.split(',').map(|value| value.trim_matches('"')).collect()).collect();
    assert_eq!(rows.len(), 4);
    let database = staffed.server.database();
    for row in &rows {
        let stored: String = database
            .query_row(
                "SELECT extension || ',' || server_ip || ',' || pass || ',' || conf_secret FROM phones WHERE login = ?1",
                [row[0]],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(stored, [row[1], row[2], row[4], row[5]].join(","));
        assert_eq!((row[4].len(), row[5].len()), (10, 20));
    }
    assert_eq!((rows[0][0], rows[1][0], rows[0][3]), ("301a", "301b", "301x"));
    assert_eq!(rows[0][4], rows[1][4], "the phones of an alias share a password");
    assert!(rows[0][5] != rows[1][5] && rows[0][4] != rows[2][4]);
    let aliases =
        "SELECT group_concat(alias_id || '=' || logins_list, ' ') FROM phones_alias WHERE alias_id LIKE '30%'";
    let aliases: String = database.query_row(aliases, [], |row| row.get(0)).unwrap();
    assert_eq!(aliases, "301x=301a,301b 302x=302a,302b");
    let log = logged(&staffed);
    assert_eq!((log.len(), log[0].as_str()), (6, "6666|127.0.0.1|PHONES|301|phone: 301|10.0.9.8"));
    assert_eq!(log[4], "6666|127.0.0.1|PHONEALIASES|301x|phones: 301a,301b");
    assert!(rows.iter().all(|row| !log.concat().contains(row[4])), "{log:?}");
    let repeated = browser.post("/admin/phones/bulk/make", &wanted("301-302", &[("passwords", "random")]));
    assert_eq!(repeated.status, 409);
    assert!(repeated.body.contains("6 rows have conflicts."), "{}", repeated.body);
    assert_eq!(count(&staffed, PHONES), 9);
}

#[test]
fn one_conflict_prevents_all_changes_and_is_shown_at_its_row() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    staffed
        .server
        .database()
        .execute("INSERT INTO phones_alias (alias_id, logins_list) VALUES ('302X', '100a')", [])
        .unwrap();
    let page = browser.post("/admin/phones/bulk", &wanted("100, 302, 12345678901", &[("suffix:10.0.9.9", "a9")])).body;
    for words in [
        "5 rows have conflicts.",
        "<th scope=\"row\">100a</th><td class=\"wide\">100</td><td>dialer-a</td><td class=\"wide\">100a</td><td><span class=\"problem\">The dialer already has a phone with this extension.",
        "<th scope=\"row\">302x</th><td>302a,302a9</td><td><span class=\"problem\">An alias with this name already exists.",
        "Too long: 11 characters; at most 10 are allowed.",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("name=\"passwords\""), "nothing can be made: {page}");
    let given = [("passwords", "given"), ("phone_pass", "test"), ("registration_password", "test")];
    assert_eq!(browser.post("/admin/phones/bulk/make", &wanted("100, 302", &given)).status, 409);
    assert_eq!((count(&staffed, PHONES), logged(&staffed).len()), (5, 0));
}

#[test]
fn given_passwords_are_checked_and_not_shown() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let bad = [("passwords", "given"), ("phone_pass", "hunter 2"), ("registration_password", "")];
    let refused = browser.post("/admin/phones/bulk/make", &wanted("301", &bad));
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("id=\"phone_pass-problem\">Only letters") && !refused.body.contains("hunter"));
    assert!(refused.body.contains("id=\"registration_password-problem\">Required."), "{}", refused.body);
    assert_eq!(
        browser.post("/admin/phones/bulk/make", &wanted("301", &[])).status,
        422,
        "nothing is created without a choice"
    );
    let good =
        [("passwords", "given"), ("phone_pass", "hunter2"), ("registration_password", "known"), ("alias_suffix", "")];
    let made = browser.post("/admin/phones/bulk/make", &wanted("301", &good));
    assert_eq!((made.status, made.body.contains("hunter2")), (200, false), "{}", made.body);
    assert!(made.body.contains("<h1>2 phones created</h1>"), "{}", made.body);
    assert_eq!(count(&staffed, "SELECT count(*) FROM phones WHERE pass = 'hunter2' AND conf_secret = 'known'"), 2);
    assert_eq!(count(&staffed, "SELECT count(*) FROM phones_alias"), 2);
}

#[test]
fn invalid_input_is_reported_at_its_field() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    for (extensions, more, words) in [
        ("", ("protocol", "SIP"), "id=\"extensions-problem\">Enter at least one extension."),
        ("9-1", ("protocol", "SIP"), "id=\"extensions-problem\">The range 9-1 ends before it starts."),
        ("1000-1500", ("protocol", "SIP"), "id=\"extensions-problem\">Create more than 1,000 phones"),
        ("301", ("dialer", ""), "Choose at least one dialer."),
        ("301", ("alias_suffix", "B"), "id=\"alias_suffix-problem\">A dialer has the same suffix"),
        ("301", ("outbound_cid", "none"), "id=\"outbound_cid-problem\">Only digits are allowed."),
    ] {
        let refused = browser.post("/admin/phones/bulk", &wanted(extensions, &[more]));
        assert_eq!((refused.status, refused.body.contains(words)), (422, true), "{words} in {}", refused.body);
    }
}

#[test]
fn the_preview_reports_the_requirement_of_registered_members() {
    let staffed = Staffed::new(0, &["--alias-members", "registered"]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let page = browser.post("/admin/phones/bulk", &wanted("301", &[])).body;
    assert!(page.contains("Only phones that have registered can join an alias (setting alias_members)"), "{page}");
    let without = browser.post("/admin/phones/bulk", &wanted("301", &[("alias_suffix", "")])).body;
    assert!(
        without.contains("<h1>2 phones will be created</h1>") && without.contains("name=\"passwords\""),
        "{without}"
    );
}

#[test]
fn a_dialer_that_was_deleted_after_the_preview_is_reported() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let chosen = wanted("301", &[("dialer", "10.0.9.8"), ("dialer", "10.9.9.9"), ("passwords", "random")]);
    for target in ["/admin/phones/bulk", "/admin/phones/bulk/make"] {
        let refused = browser.post(target, &chosen);
        assert_eq!(refused.status, 422, "{target}: {}", refused.body);
        let words = "<p class=\"problem\" id=\"dialers-problem\">Dialer 10.9.9.9 no longer exists.";
        assert!(refused.body.contains(words), "{target}: {}", refused.body);
    }
    assert_eq!((count(&staffed, PHONES), logged(&staffed).len()), (5, 0));
}
