//! Stored markup is shown as text on every page.

use std::fmt::Write;

use rusqlite::Connection;

use super::{Browser, until};
use crate::endpoints::staffed::Staffed;

const NASTY: &str = "<img src=x onerror=alert(1)>\"'";

/// The same, percent-encoded.
fn in_address() -> String {
    NASTY.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").unwrap();
        text
    })
}

/// Columns that need other values, so that pages show the row.
const OTHERS: [(&str, &str); 27] = [
    ("hotdesk_webhook.state", "'paused'"),
    ("hotdesk_webhook.topics", "'phone'"),
    ("hotdesk_webhook.made", "1"),
    ("hotdesk_delivery.at", "1"),
    ("hotdesk_event.at", "1"),
    ("began", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("used", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("ended", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("event_date", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("api_date", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("at", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("since", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("made", "strftime('%Y-%m-%d %H:%M:%S', 'now')"),
    ("minute", "strftime('%Y-%m-%d %H:%M', 'now', '-2 minutes')"),
    ("due", "'2199-01-01 00:00:00'"),
    ("done", "NULL"),
    ("act", "'drain'"),
    ("state", "'ended'"),
    ("registered", "'Y'"),
    ("ami_tls", "'N'"),
    ("user_level", "9"),
    ("active", "'Y'"),
    ("vdc_agent_api_access", "'1'"),
    ("from_ip", "'127.0.0.1'"),
    ("seats", "1"),
    ("logins", "1"),
    ("weight", "1"),
];

/// Adds a row to every table, with markup in every text column.
fn spoil(database: &Connection) {
    let mut tables =
        database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in tables {
        if ["system_settings", "hotdesk_run", "hotdesk_seats", "hotdesk_expected"].contains(&table.as_str()) {
            continue;
        }
        // A mandatory number needs a number here.
        let find =
            "SELECT name, iif(type = 'INTEGER' AND \"notnull\" AND dflt_value IS NULL AND NOT pk, 'NEEDED', type)";
        let mut columns = database.prepare(&format!("{find} FROM pragma_table_info('{table}')")).unwrap();
        let columns = columns.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (name, kind) in columns.map(Result::unwrap) {
            let is_it = |column: &str| column == name || column == format!("{table}.{name}");
            let other = OTHERS.iter().find(|(column, _)| is_it(column)).map(|(_, value)| (*value).to_owned());
            let value = other.or_else(|| (kind == "TEXT").then(|| format!("'{}'", NASTY.replace('\'', "''"))));
            let value = value.or_else(|| (kind == "NEEDED").then(|| "1".to_owned()));
            let Some(value) = value else { continue };
            names.push(name);
            values.push(value);
        }
        let (names, values) = (names.join(", "), values.join(", "));
        let sql = format!("INSERT OR REPLACE INTO {table} ({names}) VALUES ({values})");
        database.execute(&sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    database
        .execute("UPDATE phones_alias SET alias_name = ?1, logins_list = logins_list || ',' || ?1", [NASTY])
        .unwrap();
    database.execute("UPDATE vicidial_users SET full_name = ?1 WHERE user_level < 7", [NASTY]).unwrap();
    database.execute("UPDATE phones SET fullname = ?1", [NASTY]).unwrap();
}

fn highest(database: &Connection, table: &str, column: &str) -> i64 {
    database.query_row(&format!("SELECT max({column}) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn markup_in_any_text_column_is_text_on_every_page() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "team");
    let database = staffed.server.database();
    spoil(&database);
    let browser = Browser::new(&staffed, "6666", "1234");
    let evil = in_address();
    let (login, call, change) = (
        highest(&database, "hotdesk_session", "session_id"),
        highest(&database, "vicidial_api_log", "api_id"),
        highest(&database, "vicidial_admin_log", "admin_log_id"),
    );
    let pages = [
        "/admin/".to_owned(),
        "/admin/phones".to_owned(),
        format!("/admin/phones?q={evil}"),
        format!("/admin/phone?extension={evil}&server_ip={evil}"),
        format!("/admin/phone/delete?extension={evil}&server_ip={evil}"),
        format!("/admin/phones/new?copy_extension={evil}&copy_server_ip={evil}"),
        "/admin/phones/bulk".to_owned(),
        "/admin/aliases".to_owned(),
        format!("/admin/alias?id={evil}"),
        "/admin/alias?id=team".to_owned(),
        format!("/admin/alias/matches?q={evil}"),
        format!("/admin/alias/delete?id={evil}"),
        "/admin/lines".to_owned(),
        "/admin/tokens".to_owned(),
        "/admin/webhooks".to_owned(),
        "/admin/webhook?webhook_id=1".to_owned(),
        format!("/admin/alias/softphone?id={evil}"),
        format!("/admin/line?server_ip={evil}&channel={evil}"),
        "/admin/logins".to_owned(),
        format!("/admin/logins?agent={evil}&alias={evil}"),
        format!("/admin/logins/{login}"),
        "/admin/dialers".to_owned(),
        format!("/admin/dialer?server_ip={evil}"),
        format!("/admin/dialers/drain?server_ip={evil}"),
        "/admin/users".to_owned(),
        format!("/admin/user?name={evil}"),
        "/admin/visits".to_owned(),
        "/admin/logs".to_owned(),
        format!("/admin/logs?user={evil}&function={evil}&source={evil}"),
        format!("/admin/logs/{call}"),
        "/admin/logs/admin".to_owned(),
        format!("/admin/logs/admin/{change}"),
        "/admin/settings".to_owned(),
        format!("/admin/sessions/end?session_id={}", session.session_id),
    ];
    let shown = "&#60;img src=x onerror=alert(1)&#62;&#34;&#39;";
    until("the floor has the dialer", || browser.get("/admin/").body.contains(shown));
    let mut unseen = Vec::new();
    for page in &pages {
        let reply = browser.get(page);
        assert!(!reply.body.contains("<img"), "{page}: {}", reply.body);
        assert!(!reply.body.contains("x onerror=alert(1)>\""), "{page} ends a quoted value: {}", reply.body);
        if reply.status != 200 || !reply.body.contains(shown) {
            unseen.push((page, reply.status));
        }
    }
    // A page that does not show the row proves nothing.
    let fine = [
        "/admin/settings",
        "/admin/phone/delete",
        "/admin/alias/delete",
        "/admin/sessions/end",
        "/admin/alias/matches",
    ];
    unseen.retain(|(page, _)| !fine.iter().any(|known| page.starts_with(known)));
    assert!(unseen.is_empty(), "{unseen:?}");
}
