//! The pages of registrations: the matrix of lines, and the history of a line.

use super::{Browser, until};
use crate::endpoints::staffed::Staffed;

/// Waits until this many changes of lines are recorded.
fn until_written(staffed: &Staffed, changes: i64) {
    let database = staffed.server.database();
    let count = || database.query_row("SELECT count(*) FROM hotdesk_line_change", [], |row| row.get::<_, i64>(0));
    until("changes of lines", || count().unwrap() >= changes);
}

/// The rows of the matrix, as the texts of their cells.
fn matrix(page: &str) -> Vec<Vec<String>> {
    let body = page.split_once("<tbody>").map_or("", |(_, body)| body.split("</tbody>").next().unwrap());
    let text = |cell: &str| {
        let pieces = cell.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim());
        pieces.filter(|text| !text.is_empty() && !text.starts_with(": ")).collect::<Vec<_>>().join(" ")
    };
    let row = |row: &str| row.split("<td>").map(|cell| text(&format!("<{cell}"))).collect();
    body.split("<th scope=\"row\">").skip(1).map(|part| row(&format!(">{part}"))).collect()
}

#[test]
fn the_matrix_shows_each_extension_on_each_dialer() {
    let staffed = Staffed::new(0, &[]);
    until_written(&staffed, 4);
    staffed
        .server
        .database()
        .execute_batch(
            "INSERT INTO phones (extension, server_ip, login, protocol, active) VALUES
                 ('102', '10.0.9.9', 'iax', 'IAX2', 'Y'), ('103', '10.0.9.9 ', 'off', 'SIP', 'N');",
        )
        .unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    until("the lines are counted", || browser.get("/admin/lines").body.contains("4 of 5 phones are registered."));
    let page = browser.get("/admin/lines").body;
    assert!(page.contains("dialer-a<span class=\"sub line\">2 of 3 registered</span>"), "{page}");
    let rows = matrix(&page);
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert!(rows[0][0] == "100" && rows[0][1].starts_with("Registered since "), "{rows:?}");
    assert!(rows[0][2].ends_with(" from 127.0.0.1:5070"), "{rows:?}");
    let rest: Vec<(&str, &str)> = rows[2..].iter().map(|row| (row[1].as_str(), row[2].as_str())).collect();
    assert_eq!(
        rest,
        [
            ("No phone", "IAX2: not reported"),
            ("No phone", "Not registered phone inactive"),
            ("Not registered", "No phone")
        ]
    );
    assert_eq!(matrix(&browser.get("/admin/lines?q=10").body).len(), 4);
}

#[test]
fn partly_registered_extensions_are_found_in_pages_of_any_number() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "looker", "lpass");
    assert!(
        browser.get("/admin/lines?problems=1").body.contains("No extension is registered on only some of its dialers.")
    );
    let fill = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
        INSERT INTO phones (extension, server_ip, login) SELECT '0' || i, d.server_ip, 'f' || i || d.server_id FROM n, servers d;
        UPDATE phones SET extension = '0gone' WHERE login = '101a';
        INSERT INTO phones (extension, server_ip, login) VALUES ('101', '10.0.9.8', 'other');
        UPDATE phones SET extension = 'x101' WHERE login = 'other'";
    staffed.server.database().execute_batch(fill).unwrap();
    // 101 no longer has a phone on the first dialer; 100 gets one that is not registered.
    staffed.server.database().execute("INSERT INTO servers (server_ip) VALUES ('10.0.9.7')", []).unwrap();
    let database = staffed.server.database();
    database.execute("UPDATE phones SET protocol = 'PJSIP' WHERE login = '100a'", []).unwrap();
    let mut target = "/admin/lines?problems=1".to_owned();
    let mut pages = 0;
    let found = loop {
        let page = browser.get(&target).body;
        pages += 1;
        let rows = matrix(&page);
        let Some((before, _)) = page.split_once("\" rel=\"next\"") else { break rows };
        assert!(rows.is_empty() && page.contains("phones for this page"), "{page}");
        target = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
    };
    assert_eq!(found.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["100"]);
    assert_eq!(pages, 2, "12,000 phones are more than are looked at for a page");
    let mut target = "/admin/lines?q=0".to_owned();
    let mut extensions = Vec::new();
    for _ in 0..3 {
        let page = browser.get(&target).body;
        extensions.extend(matrix(&page).into_iter().map(|row| row[0].clone()));
        let next = page.split_once("\" rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
        target = next.replace("&#38;", "&");
    }
    assert_eq!(extensions.len(), 75);
    assert!(extensions.is_sorted_by(|one, other| one < other), "{extensions:?}");
}

#[test]
fn the_history_of_a_line_is_paged() {
    let staffed = Staffed::new(0, &[]);
    until_written(&staffed, 4);
    let database = staffed.server.database();
    let past = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 70)
        INSERT INTO hotdesk_line_change (change_id, at, server_ip, channel, registered, address)
        SELECT i - 1000, datetime('now', '-' || (100 - i) || ' minutes'), '10.0.9.8', 'SIP/ghost<b>',
               iif(i % 3 = 0, 'N', 'Y'), iif(i % 3 = 0, '', '192.0.2.' || (i % 3) || ':5060') FROM n";
    database.execute(past, []).unwrap();
    let earlier = "UPDATE hotdesk_line_change SET at = datetime('now', '-2 hours') WHERE channel = 'SIP/100'";
    database.execute(earlier, []).unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = browser.get("/admin/line?server_ip=10.0.9.8&channel=SIP%2F100").body;
    assert!(page.contains("SIP/100 on dialer-a") && page.contains("Registered from 127.0.0.1:5070"), "{page}");
    assert!(page.contains("<rect class=\"on\"") && page.contains("In the last 24 hours: registered for 2 h"), "{page}");
    let page = browser.get("/admin/line?server_ip=10.0.9.8&channel=SIP%2Fghost%3Cb%3E").body;
    assert!(!page.contains("ghost<b>") && page.contains("SIP/ghost&#60;b&#62;"), "{page}");
    assert!(page.contains("In the last 24 hours: registered for 1 h 16 min, not registered for 23 min"), "{page}");
    let rows = page.matches("<th scope=\"row\"").count();
    let next = page.split_once("\" rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
    let page = browser.get(&next).body;
    assert_eq!((rows, page.matches("<th scope=\"row\"").count()), (50, 20));
    for words in ["Address changed to 192.0.2.2:5060", "No longer registered", "<td>1 min</td>"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("<td></td>"), "the first row of a page has a duration, which comes from the previous page");
}
