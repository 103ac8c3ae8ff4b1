//! `/api/v1/phones`, `/aliases` and the other collections: list, read, create, change and delete.

mod aliases;
mod batch;
mod idempotency;
mod lists;
mod phones;
mod users;

use serde_json::{Value, json};

use super::staffed::{ADMIN, JSON};
use crate::support::{Reply, Server, request};

/// `chief:chief`: has all permissions.
const CHIEF: &str = "Authorization: Basic Y2hpZWY6Y2hpZWY=";

/// Fixture: a server with two dialers, the phones 100a and 100b, the alias `team`, and an account with all permissions.
struct Fixture {
    server: Server,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let (folder, server) = super::server(&[]);
        let fixture = Self { server, folder };
        fixture.sql(
            "INSERT INTO phones_alias (alias_id, alias_name, logins_list) VALUES ('team', 'The team', '100a,100b');
             INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN'), ('AGENTS'), ('NORTH');
             INSERT INTO vicidial_users (user, pass, user_level, user_group, vdc_agent_api_access, ast_admin_access,
                     ast_delete_phones, modify_users, delete_users, view_reports)
                 VALUES ('chief', 'chief', 9, 'ADMIN', '1', '1', '1', '1', '1', '1');",
        );
        fixture
    }

    fn sql(&self, statements: &str) {
        self.server.database().execute_batch(statements).unwrap();
    }

    /// One value, as text.
    fn value(&self, sql: &str) -> String {
        self.server.database().query_row(&format!("SELECT CAST(({sql}) AS TEXT)"), [], |row| row.get(0)).unwrap()
    }

    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.send(&request(method, &format!("/api/v1{path}"), &[headers, &[JSON]].concat(), body.as_bytes()))
    }

    fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[CHIEF], &Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &[CHIEF], body)
    }

    fn patch(&self, path: &str, body: &Value) -> Reply {
        self.ask("PATCH", path, &[CHIEF], body)
    }

    fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, &[CHIEF], &Value::Null)
    }
}

fn body(reply: &Reply) -> Value {
    super::staffed::json(reply)
}

/// A header of a reply.
fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
}

/// The `If-Match` header for the entity tag of a reply.
fn if_match(reply: &Reply) -> String {
    format!("If-Match: {}", header(reply, "etag").unwrap())
}

/// A problem's type, and the fields with a mistake.
fn problem(reply: &Reply) -> (String, Vec<String>) {
    let reported = body(reply);
    let kind = reported["type"].as_str().unwrap().trim_start_matches("urn:hotdesk:problem:").to_owned();
    let errors = reported["errors"].as_array().cloned().unwrap_or_default();
    (kind, errors.iter().map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect())
}

/// A complete new phone.
fn phone(extension: &str, server_ip: &str, login: &str) -> Value {
    json!({
        "server_ip": server_ip, "extension": extension, "phone_login": login, "phone_pass": "hunter2",
        "registration_password": "secret7", "dialplan_number": "100", "voicemail_id": "100", "protocol": "SIP",
        "phone_full_name": "A phone", "local_gmt": "-5.00", "outbound_cid": "7275551212",
    })
}
