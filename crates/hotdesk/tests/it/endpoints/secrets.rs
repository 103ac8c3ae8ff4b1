//! Secrecy of passwords: none reaches a log row, the program's log, a metric or the database in plain text.

use super::{ADD_PHONE, query_with, server};

/// The passwords that the calls below send.
const SECRETS: [&str; 7] = [
    "Sesame-Own-1",
    "Sesame-Phone-2",
    "Sesame-Reg-3",
    "Sesame-Wrong-4",
    "Sesame-Basic-5",
    "Sesame-Agent-6",
    "Sesame-Own-Phone-7",
];

#[test]
fn no_password_reaches_a_log_row_the_programs_log_or_a_metric() {
    let (_folder, server) = server(&["--log", "trace"]);
    let database = server.database();
    database.execute("UPDATE vicidial_users SET pass = ?1, modify_users = '1'", [SECRETS[0]]).unwrap();
    database.execute("INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN'), ('AGENTS')", []).unwrap();
    let fields: Vec<(&str, &str)> = ADD_PHONE
        .iter()
        .map(|(key, value)| match *key {
            "pass" => ("pass", SECRETS[0]),
            "phone_pass" => ("phone_pass", SECRETS[1]),
            "registration_password" => ("registration_password", SECRETS[2]),
            key => (key, *value),
        })
        .collect();
    assert!(server.call(&query_with(&fields, "", b"")).body.starts_with("SUCCESS"), "a valid call");
    server.call(&query_with(&fields, "extension", b""));
    server.call(&query_with(&fields, "pass", SECRETS[3].as_bytes()));
    let agent = "agent_user=1001&agent_user_level=1&agent_full_name=New&agent_user_group=AGENTS";
    for function in ["add_user", "update_user", "copy_user", "update_user&agent_user=1001&campaign_rank=1"] {
        let own = format!("source=test&user=6666&pass={}&source_user=6666", SECRETS[0]);
        let new = format!("agent_pass={}&phone_pass={}", SECRETS[5], SECRETS[6]);
        server.call(&format!("{own}&{agent}&{new}&function={function}"));
    }
    let basic = "Authorization: Basic NjY2NjpTZXNhbWUtQmFzaWMtNQ==";
    server.send(&crate::support::get("/vicidial/non_agent_api.php?function=add_phone&source=test", &[basic]));
    let metrics = server.send(&crate::support::get("/metrics", &[])).body;
    assert!(metrics.contains("login_incorrect"), "{metrics}");
    let log = server.log();
    assert!(log.contains("login refused"), "the log shows refused logins: {log}");
    let rows = |table: &str| -> String {
        let mut select = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        let mut text = String::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                text += row.get_ref(column).unwrap().as_str_or_null().unwrap_or_default().unwrap_or_default();
                text += "|";
            }
        }
        text
    };
    let logged = [log, metrics, rows("vicidial_api_log"), rows("vicidial_admin_log")].concat();
    for function in ["add_phone", "ADMIN API ADD USER", "ADMIN API UPDATE USER RANK", "copy_user"] {
        assert!(logged.contains(function), "{function} was logged");
    }
    for secret in SECRETS {
        assert!(!logged.contains(secret), "{secret} was logged");
    }
}
