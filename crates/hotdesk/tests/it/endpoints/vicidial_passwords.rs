//! Passwords and batches on VICIdial's own tables.

use std::collections::BTreeMap;

use mysql::prelude::Queryable;
use serde_json::json;

use super::staffed::{ADMIN, FORM, Staffed};
use crate::admin;
use crate::mariadb::{self, Mariadb};
use crate::support::request;

/// Columns that a login may change: its time, its address and the counters of failed logins.
const OF_LOGINS: [&str; 7] = [
    "last_login_date",
    "last_ip",
    "failed_login_count",
    "failed_login_attempts_today",
    "failed_login_count_today",
    "failed_last_ip_today",
    "failed_last_type_today",
];

/// The fixture on VICIdial's tables, and a connection to them.
fn fixture(server: &Mariadb) -> (Staffed, mysql::Conn) {
    let address = server.database();
    let staffed = Staffed::on_vicidials_tables_at(server, &address);
    let (_, name) = address.rsplit_once('/').unwrap();
    (staffed, server.connect(name))
}

/// The values of all columns of all users, by user and column, except those that a login may change.
fn users(database: &mut mysql::Conn) -> BTreeMap<(String, String), mysql::Value> {
    let rows: Vec<mysql::Row> = database.query("SELECT * FROM vicidial_users").unwrap();
    let mut found = BTreeMap::new();
    for row in &rows {
        let user: String = row.get("user").unwrap();
        for (number, column) in row.columns_ref().iter().enumerate() {
            let column = column.name_str().into_owned();
            if !OF_LOGINS.contains(&column.as_str()) {
                found.insert((user.clone(), column), row.as_ref(number).unwrap().clone());
            }
        }
    }
    found
}

#[test]
fn a_login_changes_nothing_but_the_columns_of_logins() {
    let Some(server) = mariadb::server() else { return };
    let (staffed, mut database) = fixture(server);
    let before = users(&mut database);
    let call = "/vicidial/non_agent_api.php?source=test&user=6666&pass=1234&function=add_phone_alias\
        &alias_id=new&alias_name=New&phone_logins=100a";
    let api = staffed.ask("GET", call, &[], "");
    assert!(api.body.starts_with("SUCCESS"), "{}", api.body);
    assert_eq!(users(&mut database), before, "Non-Agent API");
    assert_eq!(staffed.ask("GET", "/api/v1/phones", &[ADMIN], "").status, 200);
    assert_eq!(users(&mut database), before, "JSON API");
    assert_eq!(admin::log_in(&staffed, "6666", "1234", &[], &[]).status, 303);
    assert_eq!(users(&mut database), before, "panel");
    staffed.log_in("1001", "team");
    assert_eq!(users(&mut database), before, "login of an agent");
    let form = "phone_login=north%20desk&phone_pass=phonepass&VD_login=1002&VD_pass=apass";
    let page = staffed.server.send(&request("POST", "/agc/vicidial.php", &[FORM], form.as_bytes()));
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(users(&mut database), before, "agent page");
}

#[test]
fn a_new_password_is_stored_as_vicidial_verifies_it() {
    let Some(server) = mariadb::server() else { return };
    let (staffed, mut database) = fixture(server);
    database.query_drop("UPDATE vicidial_users SET modify_users = '1' WHERE user = '6666'").unwrap();
    let mut stored = || {
        let columns = "SELECT pass, pass_hash FROM vicidial_users WHERE user = '1001'";
        database.query_first::<(String, String), _>(columns).unwrap().unwrap()
    };
    let call = "/vicidial/non_agent_api.php?source=test&user=6666&pass=1234&function=update_user&agent_user=1001";
    let api = staffed.ask("GET", &format!("{call}&agent_pass=first1"), &[], "");
    assert!(api.body.starts_with("SUCCESS"), "{}", api.body);
    assert_eq!(stored(), ("first1".into(), String::new()), "Non-Agent API");
    // VICIdial removes `@` from what is typed.
    let patched = staffed.ask("PATCH", "/api/v1/users/1001", &[ADMIN], r#"{"pass":"p@ss2"}"#);
    assert_eq!(patched.status, 200, "{}", patched.body);
    assert_eq!(stored(), ("pss2".into(), String::new()), "JSON API");
    let refused = staffed.ask("PATCH", "/api/v1/users/1001", &[ADMIN], r#"{"pass":"@@"}"#);
    assert_eq!(refused.status, 422, "{}", refused.body);
    let browser = admin::Browser::new(&staffed, "6666", "1234");
    let fields = [("name", "1001"), ("new_pass", "third3"), ("again", "third3"), ("own_pass", "1234")];
    assert_eq!(browser.post("/admin/user/password", &fields).status, 303);
    assert_eq!(stored(), ("third3".into(), String::new()), "panel");
}

#[test]
fn an_atomic_batch_is_refused_and_changes_nothing() {
    let Some(server) = mariadb::server() else { return };
    let (staffed, mut database) = fixture(server);
    let changes = json!([
        {"op": "create", "kind": "templates", "value": {"template_id": "one", "template_contents": "a"}},
        {"op": "create", "kind": "templates", "value": {"template_id": "two", "template_contents": "a"}},
        {"op": "delete", "kind": "templates", "key": {"template_id": "nosuch"}}
    ]);
    let mut send = |atomic: bool| {
        let sent = json!({"atomic": atomic, "changes": changes}).to_string();
        let reply = staffed.ask("POST", "/api/v1/batch", &[ADMIN], &sent);
        let count: Option<i64> = database.query_first("SELECT count(*) FROM vicidial_conf_templates").unwrap();
        (reply, count.unwrap())
    };
    let (refused, written) = send(true);
    assert_eq!((refused.status, written), (422, 0), "{}", refused.body);
    assert!(refused.body.contains("atomic_unsupported"), "{}", refused.body);
    let (each, written) = send(false);
    assert_eq!((each.status, written), (200, 2), "{}", each.body);
    let csv = "alias_id,alias_name,phone_logins\nnew,New,100a\n";
    let import = staffed.server.send(&request(
        "POST",
        "/api/v1/import/aliases",
        &[ADMIN, "Content-Type: text/csv"],
        csv.as_bytes(),
    ));
    assert!(import.status == 422 && import.body.contains("atomic_unsupported"), "{}", import.body);
}
