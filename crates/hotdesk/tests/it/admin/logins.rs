//! The pages of logins: search, charts, details and CSV.

use super::{Browser, header};
use crate::endpoints::staffed::Staffed;

/// Sessions of one day in the past: agent `aN` every minute, on one of two dialers; every third was not answered.
const PAST: &str = "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 119)
    INSERT INTO hotdesk_session (user, typed, state, phone_login, server_ip, began, ended, end_reason, trail)
    SELECT 'a' || (i % 10), iif(i % 2, 'Team', '100a'), 'ended', '100a', '10.0.9.' || (8 + i % 2),
           datetime('2025-03-01 05:00:00', '+' || i || ' minutes'), datetime('2025-03-01 06:00:00', '+' || i || ' minutes'),
           iif(i % 3, 'logged_out', 'no_answer'), '' FROM n";

fn past() -> Staffed {
    let staffed = Staffed::new(0, &[]);
    staffed.server.database().execute(PAST, []).unwrap();
    staffed
}

/// The start times of a page's logins, and the address of the next page.
fn rows(page: &str) -> (Vec<String>, Option<String>) {
    let body = page.split_once("aria-label=\"Logins\"").map_or("", |(_, body)| body);
    let began = |row: &str| row.split_once('>').unwrap().1.split('<').next().unwrap().to_owned();
    let rows = body.split("<th scope=\"row\" class=\"num\"><a").skip(1).map(began).collect();
    let next = page.split_once("\" rel=\"next\"").map(|(before, _)| before.rsplit_once("href=\"").unwrap().1);
    (rows, next.map(|next| next.replace("&#38;", "&")))
}

/// All logins of a search, over all pages.
fn all(browser: &Browser<'_>, search: &str) -> Vec<String> {
    let (mut found, mut target) = (Vec::new(), format!("/admin/logins?{search}"));
    loop {
        let reply = browser.get(&target);
        assert_eq!(reply.status, 200, "{target}");
        let (more, next) = rows(&reply.body);
        found.extend(more);
        match next {
            Some(next) => target = next,
            None => return found,
        }
    }
}

#[test]
fn logins_are_filtered_by_day_alias_dialer_agent_and_state() {
    let staffed = past();
    let browser = Browser::new(&staffed, "looker", "lpass");
    let found = all(&browser, "day=2025-03-01");
    assert_eq!((found.len(), found[0].as_str()), (120, "2025-03-01 06:59:00"));
    assert!(found.is_sorted_by(|one, other| one > other), "{found:?}");
    for (search, count) in [
        ("alias=TEAM", 60),
        ("alias=tea", 0),
        ("dialer=10.0.9.8", 60),
        ("agent=A7", 12),
        ("state=no_answer", 40),
        ("state=open", 0),
        ("alias=team&agent=a7&state=logged_out", 8),
    ] {
        assert_eq!(all(&browser, &format!("day=2025-03-01&{search}")).len(), count, "{search}");
    }
    assert_eq!(all(&browser, "from=2025-02-01&to=2025-03-01").len(), 120);
    assert_eq!(all(&browser, "day=2025-03-02").len(), 0);
    assert_eq!(all(&browser, "").len(), 0, "no login today");
}

#[test]
fn logins_per_hour_are_shown_as_a_chart_and_a_table() {
    let staffed = past();
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = browser.get("/admin/logins?day=2025-03-01&state=logged_out").body;
    assert!(page.contains("80 logins; most at 05:00: 40."), "{page}");
    assert!(page.contains("<th scope=\"row\" class=\"num\">06:00</th><td class=\"num\">20</td>"), "{page}");
    assert_eq!(page.matches("<rect class=\"solid\"").count(), 2 + 1, "two bars and the legend");
    assert_eq!(page.matches("<rect class=\"striped\"").count(), 2 + 1);
    let page = browser.get("/admin/logins?from=2025-02-20&to=2025-03-01").body;
    assert!(page.contains("Logins per day") && page.contains("120 logins; most at 03-01: 120."), "{page}");
    assert!(browser.get("/admin/logins?day=nonsense").body.contains("Enter days as"));
}

#[test]
fn a_login_shows_its_rings_and_its_placement() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "looker", "lpass");
    staffed.server.database().execute("UPDATE phones SET active = 'N' WHERE login = '100a'", []).unwrap();
    let live = staffed.log_in("1001", "TEAM");
    let list = browser.get("/admin/logins").body;
    assert!(list.contains("<td>team</td>") && list.contains("</span>Live</td>"), "{list}");
    let page = browser.get(&format!("/admin/logins/{}", live.session_id)).body;
    for words in [
        "Login of agent 1001",
        "The phone rang and was answered.",
        "Phone 100b on dialer-b rang and was answered after ",
        "Left out: the phone is not active",
        "Choice 1",
        "/admin/line?server_ip=10%2E0%2E9%2E9&#38;channel=SIP%2F100",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    staffed.server.database().execute("UPDATE phones SET active = 'N'", []).unwrap();
    let more = r#","phone_login":"ghost","phone_pass":"phonepass""#;
    assert_eq!(staffed.open("1002", more, &[]).status, 409);
    let id = live.session_id + 1;
    let page = browser.get(&format!("/admin/logins/{id}")).body;
    assert!(page.contains("The phone did not ring: none of the phones of this login was available."), "{page}");
    assert!(page.contains("<li>ghost: the phone is not active</li>"), "{page}");
    assert_eq!(all(&browser, "state=no_phone&alias=ghost").len(), 1);
    let floor = browser.get("/admin/").body;
    assert!(floor.contains(&format!("href=\"/admin/logins/{}\"", live.session_id)), "{floor}");
}

#[test]
fn a_search_is_exported_as_csv_without_formulas() {
    let staffed = past();
    let database = staffed.server.database();
    let more = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        INSERT INTO hotdesk_session (user, typed, state, began, ended, end_reason)
        SELECT '=1+' || i, 'a\"b,c', 'ended', '2025-03-02 00:00:00', '2025-03-02 00:00:00', 'no_phone' FROM n";
    database.execute(more, []).unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    let reply = browser.get("/admin/logins.csv?day=2025-03-01&agent=a7&state=no_answer");
    assert_eq!(header(&reply, "content-disposition"), "attachment; filename=\"hotdesk-logins-2025-03-01.csv\"");
    let text = unchunked(&reply.body);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("session_id,began_utc,ended_utc,agent,typed_login,"), "{text}");
    assert_eq!(
        lines[1],
        "118,2025-03-01 06:57:00,2025-03-01 07:57:00,a7,Team,100a,dialer-b,10.0.9.9,,ended,no_answer,,3600"
    );
    assert_eq!(lines.len(), 1 + 4 + 1);
    let text = unchunked(&browser.get("/admin/logins.csv?from=2025-03-01&to=2025-03-02").body);
    assert_eq!(text.matches("\r\n").count(), 1 + 1200 + 120, "the export has all rows");
    assert!(text.contains(",'=1+7,\"a\"\"b,c\","), "{text}");
}

/// Decodes a chunked body.
fn unchunked(body: &str) -> String {
    let (mut rest, mut text) = (body, String::new());
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        text.push_str(&more[..size]);
        if size == 0 {
            break;
        }
        rest = &more[size + 2..];
    }
    text
}
