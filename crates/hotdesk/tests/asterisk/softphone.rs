//! A real softphone (baresip).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::ops::RangeInclusive;

use dialers::line::Technology;
use tempfile::TempDir;

use super::claim::Claim;
use super::dialer::Asterisk;
use super::lab::SipAccount;
use super::process::Process;
use super::wait::{WAIT_LIMIT, wait_until};

/// Hundreds of ports that softphones use, below the ephemeral ports.
const HUNDREDS: RangeInclusive<u16> = 160..=300;

const SETTINGS: &str = include_str!("../../../../tests/asterisk/baresip.conf");

/// A softphone that answers every call at once. Dropping it kills it, so its registration stays until it expires.
pub struct Softphone {
    process: Process,
    _folder: TempDir,
    ports: Claim,
    account: SipAccount,
}

impl Softphone {
    /// Starts a softphone, and waits until it is registered on each of these dialers.
    pub(super) fn start(account: SipAccount, dialers: &[&Asterisk]) -> Self {
        let lines: Vec<String> = dialers.iter().map(|dialer| line(account, dialer)).collect();
        let phone = Self::with_file(account, &(lines.join("\n") + "\n"));
        for dialer in dialers {
            phone.registered(dialer);
        }
        phone
    }

    /// Starts a softphone with this accounts file.
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

    /// Address that it registers from.
    pub fn address(&self) -> String {
        local(self.ports.number * 100).to_string()
    }

    /// Unregisters from one dialer, and waits until the dialer has processed it. Calls from there end.
    pub fn unregister(&self, dialer: &Asterisk) {
        self.command("uadel", &address(self.account, dialer));
        wait_until("an unregistered line", || !dialer.is_registered(self.account));
    }

    /// Registers on a dialer, and waits until the dialer has processed it.
    pub fn register(&self, dialer: &Asterisk) {
        self.command("uanew", &line(self.account, dialer));
        self.registered(dialer);
    }

    /// Tries to register on a dialer, without waiting for the result.
    pub fn try_to_register(&self, dialer: &Asterisk) {
        self.command("uanew", &line(self.account, dialer));
    }

    /// Hangs up the call that came from this dialer.
    pub fn hang_up(&self, dialer: &Asterisk) {
        self.command("uafind", &address(self.account, dialer));
        self.command("hangup", "");
    }

    /// Stops it with SIGTERM: it unregisters first. All its dialers must be alive: it would retry a dead one for half a
    /// minute, longer than a test waits. In that case, use [`Self::kill`].
    pub fn stop(mut self) {
        self.process.signal("TERM");
        self.process.wait();
    }

    /// Kills it. Its registration stays until it expires.
    pub fn kill(mut self) {
        self.process.kill();
    }

    fn registered(&self, dialer: &Asterisk) {
        wait_until("a registered line", || dialer.is_registered(self.account));
    }

    /// Sends a command over its control port, and waits for its completion.
    fn command(&self, command: &str, parameters: &str) {
        let control = local(self.ports.number * 100 + 5);
        let mut stream = TcpStream::connect_timeout(&control, WAIT_LIMIT).unwrap();
        stream.set_read_timeout(Some(WAIT_LIMIT)).unwrap();
        let message = serde_json::json!({ "command": command, "params": parameters }).to_string();
        write!(stream, "{}:{message},", message.len()).unwrap();
        // Events arrive on the same connection; only a reply contains this text.
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

/// An account line of baresip.
fn line(account: SipAccount, dialer: &Asterisk) -> String {
    let address = address(account, dialer);
    format!("<{address}>;auth_pass={};regint=60;answermode=auto;audio_codecs=PCMU", account.secret)
}
