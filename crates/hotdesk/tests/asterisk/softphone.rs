//! A real softphone.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::ops::RangeInclusive;

use dialers::line::Technology;
use tempfile::TempDir;

use super::claim::Claim;
use super::dialer::Asterisk;
use super::lab::SipAccount;
use super::process::Process;
use super::wait::{PATIENCE, wait_until};

/// Which hundreds of ports softphones use: below those that the system gives to outgoing connections.
const HUNDREDS: RangeInclusive<u16> = 160..=300;

const SETTINGS: &str = include_str!("../../../../tests/asterisk/baresip.conf");

/// A softphone (baresip) that answers every call at once. Dropping it kills it, so it stays registered until that expires.
pub struct Softphone {
    process: Process,
    _folder: TempDir,
    ports: Claim,
    account: SipAccount,
}

impl Softphone {
    /// Starts one, and waits until it has registered on each of these dialers.
    pub(super) fn start(account: SipAccount, dialers: &[&Asterisk]) -> Self {
        let lines: Vec<String> = dialers.iter().map(|dialer| line(account, dialer)).collect();
        let phone = Self::with_file(account, &(lines.join("\n") + "\n"));
        for dialer in dialers {
            phone.registered(dialer);
        }
        phone
    }

    /// Starts one with this file of accounts.
    pub fn with_file(account: SipAccount, accounts: &str) -> Self {
        let ports = Claim::first(HUNDREDS, |hundred| local(hundred * 100 + 99), are_its_ports_free);
        let first = ports.number * 100;
        let folder = tempfile::Builder::new().prefix("hotdesk-softphone-").tempdir().unwrap();
        let fill = [("{sip}", 0), ("{control}", 5), ("{rtp_first}", 10), ("{rtp_last}", 90)];
        let settings = fill.iter().fold(SETTINGS.to_owned(), |text, (word, port)| {
            let port: u16 = first + port;
            text.replace(word, &port.to_string())
        });
        for (file, text) in [("config", settings), ("accounts", accounts.to_owned()), ("contacts", String::new())] {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let process = Process::start("baresip", ["-f", folder.path().to_str().unwrap()]);
        Self { process, _folder: folder, ports, account }
    }

    /// From where it registers.
    pub fn address(&self) -> String {
        local(self.ports.number * 100).to_string()
    }

    /// Takes its registration away on one dialer, and waits until that dialer knows. Calls from there end.
    pub fn unregister(&self, dialer: &Asterisk) {
        self.tell("uadel", &address(self.account, dialer));
        wait_until("an unregistered line", || !dialer.is_registered(self.account));
    }

    /// Registers on one more dialer, or again, and waits until that dialer knows.
    pub fn register(&self, dialer: &Asterisk) {
        self.tell("uanew", &line(self.account, dialer));
        self.registered(dialer);
    }

    /// Tries to register on one more dialer, whatever comes of it.
    pub fn try_to_register(&self, dialer: &Asterisk) {
        self.tell("uanew", &line(self.account, dialer));
    }

    /// Hangs up the call that came from this dialer.
    pub fn hang_up(&self, dialer: &Asterisk) {
        self.tell("uafind", &address(self.account, dialer));
        self.tell("hangup", "");
    }

    /// Ends it as its user would: it takes its registrations away first. All its dialers must live: it would try a dead one
    /// for half a minute, which is longer than a test waits. Then [`Self::kill`] it.
    pub fn stop(mut self) {
        self.process.signal("TERM");
        self.process.wait();
    }

    /// Kills it: it stays registered until that expires.
    pub fn kill(mut self) {
        self.process.kill();
    }

    fn registered(&self, dialer: &Asterisk) {
        wait_until("a registered line", || dialer.is_registered(self.account));
    }

    /// Tells it something over its control port, and waits until it has done so.
    fn tell(&self, command: &str, parameters: &str) {
        let control = local(self.ports.number * 100 + 5);
        let mut stream = TcpStream::connect_timeout(&control, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let message = serde_json::json!({ "command": command, "params": parameters }).to_string();
        write!(stream, "{}:{message},", message.len()).unwrap();
        // Events come on the same connection; only a reply has these words.
        let mut said = Vec::new();
        let mut chunk = [0; 4096];
        while !has(&said, b"\"response\":true") {
            let count = stream.read(&mut chunk).unwrap();
            assert!(count > 0, "{command}: the softphone closed the connection");
            said.extend_from_slice(&chunk[..count]);
        }
        assert!(has(&said, b"\"ok\":true"), "{command}: {}", String::from_utf8_lossy(&said));
    }
}

fn has(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn are_its_ports_free(hundred: u16) -> bool {
    UdpSocket::bind(local(hundred * 100)).is_ok()
}

fn address(account: SipAccount, dialer: &Asterisk) -> String {
    let port = match account.technology {
        Technology::Sip => 5060,
        Technology::Pjsip => 5061,
    };
    format!("sip:{}@{}:{port}", account.name, dialer.ip())
}

/// An account of baresip's.
fn line(account: SipAccount, dialer: &Asterisk) -> String {
    let address = address(account, dialer);
    format!("<{address}>;auth_pass={};regint=60;answermode=auto;audio_codecs=PCMU", account.secret)
}
