//! Paged and filtered lists.

use super::Browser;
use crate::endpoints::staffed::Staffed;

/// The first column of a page's rows, and the address of the next page.
fn rows(page: &str) -> (Vec<String>, Option<String>) {
    // A name is plain text or a link.
    let text = |name: &str| {
        name.split(['<', '>']).find(|part| !part.is_empty() && !part.starts_with("a ")).unwrap().to_owned()
    };
    let row = |row: &str| row.split_once("</th>").map(|(name, _)| text(name));
    let body = page.split_once("<tbody>").map_or("", |(_, body)| body);
    let names = body.split("<th scope=\"row\">").skip(1).filter_map(row).collect();
    let next = page.split_once("\" rel=\"next\"").map(|(before, _)| before.rsplit_once("href=\"").unwrap().1);
    (names, next.map(|next| next.replace("&#38;", "&")))
}

/// All rows, over all pages.
fn all(browser: &Browser<'_>, first: &str) -> Vec<String> {
    let (mut names, mut target) = (Vec::new(), first.to_owned());
    loop {
        let reply = browser.get(&target);
        assert_eq!(reply.status, 200, "{target}");
        let (found, next) = rows(&reply.body);
        names.extend(found);
        match next {
            Some(next) => target = next,
            None => return names,
        }
    }
}

#[test]
fn the_pages_of_a_list_have_every_phone_once_and_in_order() {
    let staffed = Staffed::new(0, &[]);
    let more = "WITH RECURSIVE counted(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM counted WHERE n < 120)
        INSERT INTO phones (extension, server_ip, login) SELECT 'x' || n, '10.0.9.' || (8 + n % 2), 'same' || (n % 2) FROM counted";
    staffed.server.database().execute(more, []).unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    let by_extension = all(&browser, "/admin/phones");
    assert_eq!(by_extension.len(), 125);
    assert_eq!(by_extension[..5], ["100", "100", "101", "101", "999"]);
    assert!(by_extension.is_sorted());
    assert_eq!(all(&browser, "/admin/phones?by=login").len(), 125, "every phone is listed although many share a login");
    assert_eq!(all(&browser, "/admin/phones?by=login&q=SAME1").len(), 60);
    assert_eq!(all(&browser, "/admin/phones?dialer=10.0.9.8").len(), 63);
    assert_eq!(all(&browser, "/admin/phones?q=X1").len(), 1 + 10 + 21);
    assert!(browser.get("/admin/phones?q=nothing").body.contains("No phones match."));
}

#[test]
fn filtered_phones_are_found_on_every_page() {
    let staffed = Staffed::new(0, &[]);
    let more = "WITH RECURSIVE counted(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM counted WHERE n < 11999)
        INSERT INTO phones (extension, server_ip, login, active, protocol)
        SELECT 1000000 + n, '10.0.9.' || (8 + n % 2), 'L' || (1000000 + n), iif(n % 6000 = 5999, 'N', 'Y'), iif(n = 11998, 'Zap', 'SIP')
        FROM counted";
    staffed.server.database().execute(more, []).unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    assert_eq!(all(&browser, "/admin/phones?state=inactive"), ["1005999", "1011999"]);
    assert_eq!(all(&browser, "/admin/phones?state=inactive&by=login&q=l"), ["1005999", "1011999"]);
    assert!(all(&browser, "/admin/phones?state=inactive&dialer=10.0.9.8").is_empty());
    assert_eq!(all(&browser, "/admin/phones?protocol=Zap"), ["1011998"]);
    assert_eq!(all(&browser, "/admin/phones?line=registered"), ["100", "100", "101", "101"]);
    assert_eq!(all(&browser, "/admin/phones?line=not&dialer=10.0.9.9&q=101199").len(), 5);
    assert_eq!(all(&browser, "/admin/phones?state=active&q=100").len(), 2 + 9999);
    assert_eq!(all(&browser, "/admin/phones?by=login&dialer=10.0.9.9&q=l10119").len(), 50);
    let page = browser.get("/admin/phones?protocol=Zap").body;
    assert!(page.contains("Searched 5000 phones") && page.contains("rel=\"next\""), "{page}");
    let page = browser.get("/admin/phones?q=100&dialer=10.0.9.8").body;
    assert!(page.contains("</span>Registered</td>") && !page.contains("/admin/phones/new"), "{page}");
}

#[test]
fn an_alias_shows_the_placement_of_the_next_login_with_reasons() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = browser.get("/admin/aliases").body;
    assert!(page.contains("dialer-b, phone 100b") && page.contains("Least loaded of 2 (0 agents)."), "{page}");
    let database = staffed.server.database();
    database.execute("UPDATE phones SET active = 'N' WHERE login = '100b'", []).unwrap();
    database.execute("INSERT INTO hotdesk_inactive_alias VALUES ('north desk')", []).unwrap();
    let page = browser.get("/admin/aliases").body;
    for words in [
        "dialer-a, phone 100a",
        "The only available phone",
        "100b: the phone is not active",
        "This alias is not active.",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
}
