//! Bad input to the Non-Agent API: every request gets a clear reply, and nothing is stored partially.

use std::io::{Read, Write};

use super::{ADD_PHONE, count, query_with, server};
use crate::support::{Reply, request};

const API: &str = "/vicidial/non_agent_api.php";

#[test]
fn control_characters_quotes_and_sql_in_every_field_leave_one_line_and_clean_rows() {
    let (_folder, server) = server(&[]);
    let nasty: [&[u8]; 6] = [
        b"x\r\nSet-Cookie: a=b\r\n\r\n<script>",
        b"'; DROP TABLE phones; --",
        b"\" OR \"\"=\"",
        b"a\0b",
        b"\xFF\xFE\x80",
        "Ж☎".as_bytes(),
    ];
    for (key, _) in ADD_PHONE {
        for value in nasty {
            let reply = server.call(&query_with(&ADD_PHONE, key, value));
            assert_eq!(reply.status, 200, "{key}");
            assert_eq!(reply.body.lines().count(), 1, "{key}: {:?}", reply.body);
            assert!(!reply.head.contains("set-cookie"), "{key}");
            server.database().execute("DELETE FROM phones WHERE login NOT IN ('100a', '100b')", []).unwrap();
            server.database().execute("UPDATE vicidial_users SET failed_login_count = 0", []).unwrap();
        }
    }
    let database = server.database();
    assert_eq!(count(&database, "phones"), 2, "no table was dropped");
    let dirty =
        "SELECT count(*) FROM vicidial_admin_log WHERE event_notes GLOB '*[^ -~]*' OR record_id GLOB '*[^ -~]*'";
    assert_eq!(database.query_row(dirty, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn a_value_that_is_too_long_is_refused_and_nothing_is_stored() {
    let (_folder, server) = server(&[]);
    for key in [
        "extension",
        "dialplan_number",
        "voicemail_id",
        "phone_login",
        "phone_pass",
        "server_ip",
        "registration_password",
        "phone_full_name",
        "local_gmt",
        "outbound_cid",
        "email",
    ] {
        let reply = server.call(&query_with(&ADD_PHONE, key, &[b'1'; 300]));
        assert!(reply.body.starts_with("ERROR: add_phone "), "{key}: {}", reply.body);
    }
    assert_eq!(count(&server.database(), "phones"), 2);
    assert_eq!(count(&server.database(), "vicidial_admin_log"), 0);
}

#[test]
fn a_missing_field_is_reported_with_all_values_that_were_sent() {
    let (_folder, server) = server(&[]);
    for (place, (key, _)) in ADD_PHONE[4..15].iter().enumerate() {
        let reply = server.call(&query_with(&ADD_PHONE, key, b""));
        let data = reply.body.trim_end().strip_prefix("ERROR: add_phone YOU MUST USE ALL REQUIRED FIELDS - 6666|");
        let sent: Vec<&str> = data.unwrap_or_else(|| panic!("{key}: {}", reply.body)).split('|').collect();
        assert_eq!(sent[place], "", "{key}");
        assert_eq!(sent.iter().filter(|value| value.is_empty()).count(), 2, "{key} and the documented last pipe");
    }
}

#[test]
fn long_queries_many_keys_and_broken_escapes_are_accepted() {
    let (_folder, server) = server(&[]);
    let call = "source=test&user=6666&pass=1234&function=add_phone_alias&alias_id=al1&phone_logins=100a&alias_name=";
    let long = server.call(&format!("{call}{}", "n".repeat(20_000)));
    assert!(long.body.starts_with("ERROR: add_phone_alias YOU MUST USE ALL REQUIRED FIELDS - 6666|al1|nnn"));
    let keys: Vec<String> = (0..2000).map(|key| format!("k{key}={key}&")).collect();
    let many = server.send(&request(
        "POST",
        API,
        &["Content-Type: application/x-www-form-urlencoded"],
        format!("{}{call}Many", keys.concat()).as_bytes(),
    ));
    assert_eq!(many.body, "SUCCESS: add_phone_alias PHONE ALIAS HAS BEEN ADDED - 6666|al1|Many|100a\n");
    let broken = server.call(&format!("{}%ZZ%2", call.replace("al1", "al2")));
    assert_eq!(broken.body, "SUCCESS: add_phone_alias PHONE ALIAS HAS BEEN ADDED - 6666|al2|ZZ2|100a\n");
    assert_eq!(count(&server.database(), "phones_alias"), 2);
}

#[test]
fn an_oversized_query_is_refused_with_a_status() {
    let (_folder, server) = server(&[]);
    let reply = server.call(&"x".repeat(100_000));
    assert!(matches!(reply.status, 414 | 431), "{}", reply.status);
    assert_eq!(server.call("function=version").status, 200);
}

#[test]
fn only_get_and_post_call_functions() {
    let (_folder, server) = server(&[]);
    let call = "source=test&user=6666&pass=1234&function=add_phone_alias&alias_id=al1&phone_logins=100a&alias_name=x";
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"] {
        let reply = server.send(&request(method, &format!("{API}?{call}"), &[], b""));
        assert_eq!(reply.status, 405, "{method}");
        assert!(reply.head.contains("allow: get, post"), "{method}: {}", reply.head);
    }
    assert_eq!(count(&server.database(), "phones_alias"), 0);
}

#[test]
fn a_body_that_is_not_a_form_is_ignored() {
    let (_folder, server) = server(&[]);
    for kind in ["application/json", "text/plain", "multipart/mixed"] {
        let body = br#"{"source":"test","user":"6666","pass":"1234","function":"server_refresh","stage":"REFRESH"}"#;
        let reply = server.send(&request("POST", API, &[&format!("Content-Type: {kind}")], body));
        assert_eq!((reply.status, &*reply.body), (200, "ERROR: INVALID USERNAME OR PASSWORD\n"), "{kind}");
    }
}

#[test]
fn a_broken_multipart_form_is_refused() {
    let (_folder, server) = server(&[]);
    for (kind, body) in [
        ("multipart/form-data", "--XX\r\n\r\n--XX--"),
        ("multipart/form-data; boundary=XX", "--XX\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n6666"),
    ] {
        let reply = server.send(&request("POST", API, &[&format!("Content-Type: {kind}")], body.as_bytes()));
        assert_eq!((reply.status, &*reply.body), (400, "ERROR: THE FORM COULD NOT BE READ\n"), "{kind}");
    }
}

#[test]
fn an_oversized_form_is_refused_and_its_connection_closed() {
    let (_folder, server) = server(&[]);
    let head = format!(
        "POST {API} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99000000\r\n\r\n"
    );
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    // The server answers and closes the connection long before the whole form is sent.
    let chunk = [b'<'; 16 * 1024];
    for _ in 0..64 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(server.call("function=version").status, 200);
}

#[test]
fn bytes_that_are_not_http_are_refused() {
    let (_folder, server) = server(&[]);
    for garbage in
        [&b"\0\0\0\0\r\n\r\n"[..], b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let mut stream = server.connect();
        stream.write_all(garbage).unwrap();
        let reply = Reply::read(&mut stream);
        assert!(matches!(reply.status, 0 | 400), "{garbage:?}: {}", reply.status);
    }
    assert_eq!(server.call("function=version").status, 200);
}

#[test]
fn unescaped_characters_in_a_target_are_accepted_on_a_keep_alive_connection() {
    let (_folder, server) = server(&[]);
    let mut stream = server.connect();
    let ask = |id: &str, end: &str| {
        format!(
            "GET {API}?source=test&user=6666&pass=1234&function=add_phone_alias&alias_id={id}&phone_logins=100a\
             &alias_name=\"<é>{id}\" HTTP/1.1\r\nHost: x\r\n{end}\r\n"
        )
    };
    stream.write_all(ask("one1", "").as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream.write_all(ask("two2", "Connection: close\r\n").as_bytes()).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("6666|one1|one1|100a\n") && rest.ends_with("6666|two2|two2|100a\n"), "{rest}");
}
