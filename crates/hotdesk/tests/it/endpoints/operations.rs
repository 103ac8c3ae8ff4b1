//! Health, metrics, response headers, and a graceful stop.

use std::io::{Read, Write};

use super::{count, server};
use crate::support::{Server, get, request};

#[test]
fn a_reply_names_the_server_and_forbids_caching() {
    let (_folder, server) = server(&[]);
    let reply = server.call("function=version");
    assert!(reply.head.contains("\r\ncontent-type: text/html; charset=utf-8"), "{}", reply.head);
    assert!(reply.head.contains("\r\ncache-control: no-store"), "{}", reply.head);
    assert!(reply.head.contains(concat!("\r\nserver: hotdesk/", env!("CARGO_PKG_VERSION"))), "{}", reply.head);
    assert!(reply.head.contains("\r\nx-request-id: "), "{}", reply.head);
}

#[test]
fn a_refused_request_has_a_request_id_that_the_log_contains() {
    let (_folder, server) = server(&[]);
    let kind = "Content-Type: multipart/form-data";
    for (method, body) in [("PUT", ""), ("POST", "no parts")] {
        let reply = server.send(&request(method, "/vicidial/non_agent_api.php", &[kind], body.as_bytes()));
        assert!(reply.head.contains("\r\nx-request-id: "), "{}", reply.head);
    }
}

#[test]
fn readiness_reports_a_missing_database_and_health_does_not() {
    let (_folder, server) = server(&[]);
    assert_eq!(server.send(&get("/healthz", &[])).body, "alive\n");
    assert_eq!(server.send(&get("/readyz", &[])).body, "ready\n");
    server.database().execute_batch("ALTER TABLE servers RENAME TO lost").unwrap();
    let reply = server.send(&get("/readyz", &[]));
    assert_eq!((reply.status, &*reply.body), (503, "not ready: the database responds with errors; see the log\n"));
    assert_eq!(server.send(&get("/healthz", &[])).body, "alive\n");
}

#[test]
fn a_call_that_the_database_cannot_execute_gets_an_error_status() {
    let (_folder, server) = server(&[]);
    server.database().execute_batch("ALTER TABLE vicidial_api_log RENAME TO lost").unwrap();
    let call = "source=test&user=6666&pass=1234&function=add_phone_alias&alias_id=al1&phone_logins=100a&alias_name=x";
    let reply = server.call(call);
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("NOTHING WAS CHANGED"), "{}", reply.body);
    assert_eq!(count(&server.database(), "phones_alias"), 0, "the alias was rolled back with its log row");
    server.database().execute_batch("ALTER TABLE lost RENAME TO vicidial_api_log").unwrap();
    assert_eq!(server.call(call).status, 200, "later calls succeed");
}

#[test]
fn the_server_works_with_a_log_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("server.log")).unwrap();
    let server = Server::start(folder.path(), &[]);
    // The web server logs the first one, the database writer the second.
    assert_eq!(server.call("function=x").body, "ERROR: INVALID USERNAME OR PASSWORD\n");
    server.database().execute_batch("ALTER TABLE vicidial_api_log RENAME TO lost").unwrap();
    assert_eq!(server.call("function=version").status, 503);
    server.database().execute_batch("ALTER TABLE lost RENAME TO vicidial_api_log").unwrap();
    assert_eq!(server.call("function=version").status, 200);
}

#[test]
fn calls_are_counted_by_function_and_result() {
    let (_folder, server) = server(&[]);
    server.call("function=version");
    server.call("source=test&user=6666&pass=1234&function=add_phone_alias");
    server.call("source=test&user=6666&pass=bad&function=add_phone_alias");
    let metrics = server.send(&get("/metrics", &[])).body;
    for line in [
        "hotdesk_api_requests_total{function=\"version\",result=\"success\"} 1",
        "hotdesk_api_requests_total{function=\"add_phone_alias\",result=\"error\"} 1",
        "hotdesk_api_requests_total{function=\"add_phone_alias\",result=\"login_incorrect\"} 1",
        "hotdesk_api_latency_seconds_count{function=\"version\"} 1",
        "hotdesk_queue_depth 0",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
}

#[test]
fn a_stop_finishes_a_request_in_progress() {
    let (_folder, server) = server(&[]);
    let mut stream = server.connect();
    let form = "source=test&user=6666&pass=1234&function=add_phone_alias&alias_id=last&phone_logins=100a&alias_name=x";
    let head = format!(
        "POST /vicidial/non_agent_api.php HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        form.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n", "the request is in progress");
    server.terminate();
    stream.write_all(form.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("PHONE ALIAS HAS BEEN ADDED - 6666|last|x|100a\n"), "{answer}");
    let database = server.database();
    assert_eq!(server.stop(), Some(0));
    assert_eq!(count(&database, "phones_alias"), 1);
}
