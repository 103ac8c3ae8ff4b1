//! Tests of `hotdesk simulate`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::program::hotdesk;
use crate::sandbox::Sandbox;

/// A process that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts the command, and reads the lines that it prints first.
fn start(command: &mut Command, lines: usize) -> (Running, Vec<String>) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let printed = BufReader::new(child.stdout.take().unwrap());
    let running = Running(child);
    (running, printed.lines().take(lines).map(Result::unwrap).collect())
}

/// A simulated dialer for other tests.
pub struct Simulated {
    pub port: u16,
    _running: Running,
}

impl Simulated {
    /// Starts a dialer that accepts the user `hotdesk` with this secret.
    pub fn start(secret: &str) -> Self {
        Self::with_lines(secret, &[])
    }

    /// The same, with these lines registered.
    pub fn with_lines(secret: &str, lines: &[&str]) -> Self {
        let mut command = hotdesk(Path::new("."), ["simulate", "--dialers", "1", "--listen", "127.0.0.1:0"]);
        if !lines.is_empty() {
            command.args(["--lines", &lines.join(",")]);
        }
        let (running, printed) = start(command.env("HOTDESK_AMI_SECRET", secret), 1);
        let address = printed[0].strip_prefix("simulated dialer: 127.0.0.1:").unwrap();
        Self { port: address.split(',').next().unwrap().parse().unwrap(), _running: running }
    }

    /// Fills a new database `hotdesk.db` with a fleet on this dialer, 10.0.9.8: the phones 100a and 101a with the password
    /// `test`, the lines SIP/100 and SIP/101, the agent 1001 with the password `agent`, and the administrator 6666 / 1234.
    pub fn fleet(port: u16, sandbox: &Sandbox) {
        assert_eq!(sandbox.run(&["migrate"]).code, 0);
        let database = rusqlite::Connection::open(sandbox.path("hotdesk.db")).unwrap();
        database
            .execute_batch(&format!(
                "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
                     VALUES ('a', '10.0.9.8', '127.0.0.1', {port}, 'hotdesk', 'kept');
                 INSERT INTO phones (extension, server_ip, login, pass)
                     VALUES ('100', '10.0.9.8', '100a', 'test'), ('101', '10.0.9.8', '101a', 'test');
                 INSERT INTO vicidial_users (user, pass, user_level, vdc_agent_api_access, ast_admin_access, ast_delete_phones)
                     VALUES ('6666', '1234', 9, '1', '1', '1'), ('1001', 'agent', 1, '0', '0', '0');"
            ))
            .unwrap();
    }
}

/// Sends this text, and reads the reply up to the text `last`.
fn ask(address: &str, words: &str, last: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(words.as_bytes()).unwrap();
    let mut said = String::new();
    let mut chunk = [0; 4096];
    while !said.contains(last) {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "{said}");
        said.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    said
}

const COMMAND: [&str; 7] = ["simulate", "--dialers", "2", "--listen", "127.0.0.1:0", "--lines", "100a,PJSIP/100b"];

#[test]
fn simulated_dialers_take_calls_and_stop_cleanly() {
    let mut command = hotdesk(Path::new("."), COMMAND);
    let (mut running, printed) = start(command.env("HOTDESK_AMI_SECRET", "kept"), 2);
    for line in &printed {
        let address = line.strip_prefix("simulated dialer: ").unwrap().strip_suffix(", user hotdesk").unwrap();
        let login = "Action: Login\r\nUsername: hotdesk\r\nSecret: kept\r\n\r\n";
        let said = ask(address, &format!("{login}Action: SIPpeers\r\n\r\n"), "PeerlistComplete");
        assert!(said.starts_with("Asterisk Call Manager/") && said.contains("ObjectName: 100a\r\n"), "{said}");
    }
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_missing_secret_is_generated_and_printed_once() {
    let (_running, printed) = start(&mut hotdesk(Path::new("."), COMMAND), 3);
    let secret = printed[0].strip_prefix("secret: ").unwrap();
    assert!(secret.len() == 32 && !printed[1].contains(secret), "{printed:?}");
    let address = printed[2].strip_prefix("simulated dialer: ").unwrap().strip_suffix(", user hotdesk").unwrap();
    let login = format!("Action: Login\r\nUsername: hotdesk\r\nSecret: {secret}\r\n\r\n");
    ask(address, &login, "Authentication accepted");
}

#[test]
fn invalid_arguments_are_wrong_usage() {
    for (arguments, words) in [
        (["simulate", "--lines", "100a,Local/8300@default"], "hotdesk: lines: `Local/8300@default` is not a phone"),
        (["simulate", "--careless", "100a"], "hotdesk: careless: `SIP/100a` is not in --lines"),
        (["simulate", "--never-answers", "100a"], "hotdesk: never_answers: `SIP/100a` is not in --lines"),
        (
            ["simulate", "--listen", "127.0.0.1:65535"],
            "hotdesk: dialers: 3 ports from 127.0.0.1:65535 would exceed 65535",
        ),
    ] {
        let output = hotdesk(Path::new("."), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(words), "{said}");
    }
}

#[test]
fn it_ends_with_its_standard_input_if_that_is_requested() {
    let mut command = hotdesk(Path::new("."), COMMAND);
    command.arg("--until-input-ends").env("HOTDESK_AMI_SECRET", "kept").stdin(Stdio::piped());
    let (mut running, _printed) = start(&mut command, 2);
    assert!(running.0.try_wait().unwrap().is_none(), "it must run while the input is open");
    drop(running.0.stdin.take());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_line_that_never_answers_rings_until_the_caller_gives_up() {
    let mut command = hotdesk(Path::new("."), COMMAND);
    command.args(["--never-answers", "100a", "--answer-after", "0"]).env("HOTDESK_AMI_SECRET", "kept");
    let (_running, printed) = start(&mut command, 2);
    let address = printed[0].strip_prefix("simulated dialer: ").unwrap().split(',').next().unwrap();
    let call = |line: &str| {
        format!(
            "Action: Login\r\nUsername: hotdesk\r\nSecret: kept\r\n\r\nAction: Originate\r\nChannel: {line}\r\nContext: default\r\n\
             Exten: 8600051\r\nPriority: 1\r\nTimeout: 300\r\nAsync: true\r\n\r\n"
        )
    };
    let said = |line: &str| ask(address, &call(line), "\r\nReason: ");
    assert!(said("SIP/100a").contains("Response: Failure"), "the line that never answers");
    assert!(said("PJSIP/100b").contains("Response: Success"), "another line answers");
}
