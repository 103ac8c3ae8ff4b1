//! Request ids: every reply has one, and the request's log lines have the same.

use std::collections::BTreeSet;

use super::staffed::{ADMIN, FORM, JSON, Staffed};
use crate::admin::{Browser, header, until};
use crate::support::{Reply, get, request};

#[test]
fn a_reply_of_every_endpoint_family_has_its_own_request_id() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    let cookie: &str = &browser.cookie;
    let style = browser.get("/admin/").body;
    let style = style.split('"').find(|text| text.ends_with("/panel.css")).unwrap().to_owned();
    let requests: [(u16, Vec<u8>); 20] = [
        (200, get("/vicidial/non_agent_api.php?function=version", &[])),
        (405, request("PUT", "/vicidial/non_agent_api.php", &[], b"")),
        (400, request("POST", "/vicidial/non_agent_api.php", &["Content-Type: multipart/form-data"], b"no parts")),
        (200, get("/agc/vicidial.php", &[])),
        (401, get("/agc/events", &[])),
        (200, get("/api/v1/phones", &[ADMIN])),
        (401, get("/api/v1/phones", &[])),
        (404, get("/api/v1/nothing", &[ADMIN])),
        (405, request("PUT", "/api/v1/phones", &[ADMIN], b"")),
        (413, request("POST", "/api/v1/phones", &[ADMIN, JSON], &vec![b'x'; 300_000])),
        (200, get("/api/v1/events", &[ADMIN])),
        (200, get("/admin/", &[cookie])),
        (303, get("/admin/", &[])),
        (200, get("/admin/events", &[cookie])),
        (403, request("POST", "/admin/phone", &[FORM, cookie], b"token=none")),
        (200, get(&style, &[])),
        (200, get("/healthz", &[])),
        (200, get("/readyz", &[])),
        (200, get("/metrics", &[])),
        (404, get("/nothing", &[])),
    ];
    let mut ids = BTreeSet::new();
    for (status, request) in &requests {
        let asked = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
        let reply = Reply::head_of(&mut staffed.server.connect(), request);
        assert_eq!(reply.status, *status, "{asked}: {}", reply.head);
        let id = header(&reply, "x-request-id");
        assert!(id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{asked}: {}", reply.head);
        assert!(ids.insert(id.to_owned()), "{asked} has the id of another request");
    }
}

/// The log lines with this id.
fn logged(staffed: &Staffed, id: &str) -> Vec<String> {
    let with_id = format!("request{{id={id} ");
    staffed.server.log().lines().filter(|line| line.contains(&with_id)).map(str::to_owned).collect()
}

#[test]
fn a_refused_login_is_logged_with_the_request_id_of_its_reply() {
    let staffed = Staffed::new(0, &[]);
    let json = br#"{"user":"1001","pass":"wrong","phone_login":"team","phone_pass":"phonepass"}"#;
    let form = b"phone_login=team&phone_pass=phonepass&VD_login=1001&VD_pass=wrong";
    let call = "/vicidial/non_agent_api.php?source=test&user=6666&pass=wrong&function=add_phone";
    let requests = [
        ("/api/v1/sessions", request("POST", "/api/v1/sessions", &[JSON], json)),
        ("/api/v1/phones", get("/api/v1/phones?extension=1", &["Authorization: Basic NjY2Njp3cm9uZw=="])),
        ("/agc/vicidial.php", request("POST", "/agc/vicidial.php", &[FORM], form)),
        ("/admin/login", request("POST", "/admin/login", &[FORM], b"user=6666&pass=wrong")),
        ("/vicidial/non_agent_api.php", get(call, &[])),
        ("/agc/api.php", get("/agc/api.php?source=test&user=6666&pass=wrong&function=logout&value=LOGOUT", &[])),
    ];
    for (path, request) in requests {
        let id = header(&staffed.server.send(&request), "x-request-id").to_owned();
        until("the log line is written", || !logged(&staffed, &id).is_empty());
        let lines = logged(&staffed, &id).join("\n");
        assert!(lines.contains("login refused") && lines.contains(&format!("path=\"{path}\"")), "{path}: {lines}");
        assert!(!lines.contains("wrong") && !lines.contains('?'), "the log has a secret or the query: {lines}");
    }
}

#[test]
fn a_database_error_is_logged_with_the_request_id_by_the_writer_and_the_server() {
    let staffed = Staffed::new(0, &[]);
    staffed.server.database().execute_batch("ALTER TABLE vicidial_api_log RENAME TO lost").unwrap();
    let reply = staffed
        .server
        .call("source=test&user=6666&pass=1234&function=add_phone_alias&alias_id=al1&phone_logins=100a&alias_name=x");
    assert_eq!(reply.status, 503);
    let id = header(&reply, "x-request-id");
    until("both log lines are written", || logged(&staffed, id).len() == 2);
    let lines = logged(&staffed, id).join("\n");
    assert!(lines.contains("a command failed") && lines.contains("not answered"), "{lines}");
}
