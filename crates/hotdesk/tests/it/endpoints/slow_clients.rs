//! Slow and broken clients are disconnected, without effect on others.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::server;

const API: &str = "/vicidial/non_agent_api.php";

/// Reads until the server closes the connection.
fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset counts as closed, too.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn an_incomplete_request_is_disconnected_while_others_are_served() {
    let (_folder, server) = server(&["--client-timeout", "1"]);
    let halves = ["", "GET", "GET /vicidial/non_agent_api.php?func", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow:"];
    let streams: Vec<TcpStream> = halves
        .iter()
        .map(|half| {
            let mut stream = server.connect();
            stream.write_all(half.as_bytes()).unwrap();
            stream
        })
        .collect();
    assert_eq!(server.call("function=version").status, 200, "others are served meanwhile");
    for (half, stream) in halves.iter().zip(streams) {
        let answer = until_closed(stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{half:?}: {answer}");
    }
}

#[test]
fn a_form_that_does_not_arrive_in_time_is_refused() {
    let (_folder, server) = server(&["--client-timeout", "1"]);
    let mut stream = server.connect();
    let head = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n";
    stream.write_all(format!("POST {API} HTTP/1.1\r\nHost: x\r\n{head}\r\nfunction=vers").as_bytes()).unwrap();
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.ends_with("ERROR: THE FORM DID NOT ARRIVE IN TIME\n"), "{answer}");
}

#[test]
fn a_client_that_never_reads_is_disconnected() {
    let (_folder, server) = server(&["--client-timeout", "1"]);
    let mut stream = server.connect();
    stream.set_write_timeout(Some(crate::support::PATIENCE)).unwrap();
    let requests = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    // Replies fill the buffers until neither side can write; then the server disconnects, and writing fails.
    let gave_up = (0..1000).any(|_| stream.write_all(requests.as_bytes()).is_err());
    assert!(gave_up, "the server did not disconnect");
    assert_eq!(server.call("function=version").status, 200);
}

#[test]
fn a_client_that_disconnects_during_a_request_leaves_no_rows() {
    let (_folder, server) = server(&[]);
    for _ in 0..50 {
        let mut stream = server.connect();
        stream
            .write_all(b"POST /vicidial/non_agent_api.php HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nfunc")
            .unwrap();
    }
    assert_eq!(server.call("function=version").status, 200);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_client_that_half_closes_after_its_request_gets_its_reply() {
    let (_folder, server) = server(&[]);
    let mut stream = server.connect();
    stream.write_all(b"GET /vicidial/non_agent_api.php?function=version HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(until_closed(stream).contains("\r\n\r\nVERSION: "));
}
