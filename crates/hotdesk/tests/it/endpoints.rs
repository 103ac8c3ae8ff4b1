//! Tests of the HTTP endpoints: the Non-Agent API, the JSON API, the agent page, and misuse of them.

mod accounts;
mod agent_api;
mod agents;
mod agents_page;
mod bad_input;
mod brute_force;
mod dialers;
mod events;
mod logs;
mod operations;
mod published;
mod request_ids;
mod resources;
mod secrets;
mod session_access;
mod sessions;
mod slow_clients;
pub mod staffed;
mod tokens;
mod upstream;
mod users;
mod vicidial_passwords;

use rusqlite::Connection;

use crate::support::Server;

/// The fields of a complete `add_phone` call.
const ADD_PHONE: [(&str, &str); 16] = [
    ("source", "test"),
    ("user", "6666"),
    ("pass", "1234"),
    ("function", "add_phone"),
    ("extension", "cc100"),
    ("dialplan_number", "100"),
    ("voicemail_id", "100"),
    ("phone_login", "cc100"),
    ("phone_pass", "test"),
    ("server_ip", "10.0.9.8"),
    ("protocol", "SIP"),
    ("registration_password", "test"),
    ("phone_full_name", "Extension 100"),
    ("local_gmt", "-5.00"),
    ("outbound_cid", "7275551212"),
    ("email", "a@b.com"),
];

/// The fields as a query, with one of them replaced; values are percent-encoded.
fn query_with(fields: &[(&str, &str)], key: &str, value: &[u8]) -> String {
    let encode = |value: &[u8]| value.iter().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
    let pairs = fields.iter().map(|(name, usual)| {
        let value = if *name == key { value } else { usual.as_bytes() };
        format!("{name}={}", encode(value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// A server with an administrator 6666 / 1234, two dialers and the phones 100a and 100b.
pub fn server(flags: &[&str]) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), flags);
    server
        .database()
        .execute_batch(
            "INSERT INTO servers (server_id, server_ip) VALUES ('dialer-a', '10.0.9.8'), ('dialer-b', '10.0.9.9');
             INSERT INTO phones (extension, server_ip, login, pass) VALUES
                 ('100', '10.0.9.8', '100a', 'phonepass'), ('100', '10.0.9.9', '100b', 'phonepass');
             INSERT INTO vicidial_users (user, pass, user_level, user_group, vdc_agent_api_access, ast_admin_access,
                     ast_delete_phones) VALUES ('6666', '1234', 9, 'ADMIN', '1', '1', '1');",
        )
        .unwrap();
    (folder, server)
}

fn count(database: &Connection, table: &str) -> i64 {
    database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}
