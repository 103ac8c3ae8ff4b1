//! Forwarding of functions that Hotdesk does not have to the VICIdial system behind it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use super::{Server, count, server};
use crate::program::hotdesk;
use crate::support::{PATIENCE, get, request};

/// An upstream system that sends this reply to every request, and reports the requests it got.
fn another(reply: &'static str) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                stream.read_line(&mut request).unwrap();
            }
            let length = request
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            stream.read_exact(&mut body).unwrap();
            let length = reply.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Length: {length}\r\n\r\n"
            );
            stream.get_mut().write_all((answer + reply).as_bytes()).unwrap();
            // The test may have ended.
            sender.send(request + &String::from_utf8(body).unwrap()).ok();
        }
    });
    (address, heard)
}

fn in_front_of(behind: SocketAddr, more: &[&str]) -> (tempfile::TempDir, Server) {
    let upstream = format!("http://{behind}/vicidial/non_agent_api.php");
    server(&[&["--upstream", &upstream], more].concat())
}

const LEAD: &str = "SUCCESS: add_lead LEAD HAS BEEN ADDED - 7275551212|6666|999|193715|-4\n";

#[test]
fn an_unknown_function_is_forwarded_and_its_reply_returned_unchanged() {
    let (behind, heard) = another(LEAD);
    let (_folder, server) = in_front_of(behind, &[]);
    let query = "source=test&user=6666&pass=1234&function=add_lead&phone_number=7275551212&comments=a%26b";
    let reply = server.send(&get(&format!("/vicidial/non_agent_api.php?{query}"), &["User-Agent: old-script"]));
    assert_eq!((reply.status, reply.body.as_str()), (200, LEAD));
    assert!(reply.head.contains("content-type: text/html; charset=iso-8859-1"), "{}", reply.head);
    let sent = heard.recv_timeout(PATIENCE).unwrap();
    assert!(sent.starts_with(&format!("GET /vicidial/non_agent_api.php?{query} HTTP/1.1\r\n")), "{sent}");
    let sent = sent.to_ascii_lowercase();
    for header in ["user-agent: old-script", "x-forwarded-for: 127.0.0.1", "via: 1.1 hotdesk"] {
        assert!(sent.contains(header), "{header}: {sent}");
    }
    assert_eq!(count(&server.database(), "vicidial_api_log"), 0);
}

#[test]
fn a_form_is_forwarded_with_its_login_byte_for_byte() {
    let (behind, heard) = another(LEAD);
    let (_folder, server) = in_front_of(behind, &[]);
    let form = "source=test&function=add_lead&first_name=J%F6rg+%22X%22";
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let headers = [kind, "Authorization: Basic NjY2NjoxMjM0"];
    let reply = server.send(&request("POST", "/vicidial/non_agent_api.php", &headers, form.as_bytes()));
    assert_eq!(reply.body, LEAD);
    let sent = heard.recv_timeout(PATIENCE).unwrap();
    assert!(sent.ends_with(&format!("\r\n\r\n{form}")), "{sent}");
    assert!(
        sent.contains("Basic NjY2NjoxMjM0") && sent.to_ascii_lowercase().contains(&kind.to_ascii_lowercase()),
        "{sent}"
    );
}

#[test]
fn functions_of_hotdesk_are_forwarded_only_if_the_setting_says_so() {
    let (behind, heard) = another("VERSION: 2.14-another\n");
    let (_folder, server) = in_front_of(behind, &["--upstream-functions", "version,user_details"]);
    let alias =
        "source=test&user=6666&pass=1234&function=add_phone_alias&alias_id=xyz100&alias_name=XYZ&phone_logins=100a";
    assert!(server.call(alias).body.starts_with("SUCCESS: add_phone_alias"));
    assert_eq!(server.call("source=test&user=6666&pass=1234").body, "ERROR: NO FUNCTION SPECIFIED\n");
    assert!(heard.try_recv().is_err(), "nothing was forwarded");
    assert_eq!(server.call("function=version").body, "VERSION: 2.14-another\n");
}

#[test]
fn an_unreachable_upstream_is_reported_and_forwarding_loops_end() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_folder, server) = in_front_of(gone, &[]);
    let call = "/vicidial/non_agent_api.php?source=test&user=6666&pass=hunter2&function=add_lead";
    let reply = server.send(&get(call, &[]));
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (502, "ERROR: THE SYSTEM BEHIND THIS ONE DOES NOT ANSWER, LOOK BEFORE TRYING AGAIN\n")
    );
    assert!(server.log().contains("cannot forward a call") && !server.log().contains("hunter2"), "{}", server.log());
    assert_eq!(server.send(&get(call, &["Via: 1.1 hotdesk"])).status, 508);
}

#[test]
fn an_invalid_upstream_address_is_reported_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for (flags, words) in [
        (["--upstream", "vicidial"], "`vicidial` is not a valid URL"),
        (["--upstream", "http://a:b@c/x"], "must not contain a user"),
        (["--upstream-functions", "version"], "only with the setting `upstream`"),
    ] {
        let ended = hotdesk(folder.path(), ["serve", "--listen", "127.0.0.1:0"]).args(flags).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && said.contains(words), "{said}");
    }
}
