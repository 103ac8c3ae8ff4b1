//! A real dialer: an Asterisk process with its own address.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use dialers::action::{Account, Secret};
use dialers::line::Technology;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::claim::Claim;
use super::lab::{SCRIPT, SipAccount};
use super::process::Process;
use super::wait::WAIT_LIMIT;

/// Numbers of test dialers. Smaller ones are reserved for manual use.
const NUMBERS: std::ops::RangeInclusive<u16> = 30..=240;

/// A port that Asterisk does not use. Listening on it claims the dialer's address.
const CLAIM: u16 = 5039;

/// The manager account that the script creates.
pub const AMI_USER: &str = "cron";
pub const AMI_SECRET: &str = "1234";

/// A dialer: Asterisk with its own address, `127.0.0.N`, and the default ports. Dropping it kills it.
pub struct Asterisk {
    process: Process,
    folder: TempDir,
    number: Claim,
}

impl Asterisk {
    /// Starts a dialer with these accounts only, and waits until it has booted.
    pub(super) fn start(unpacked: &Path, accounts: &[SipAccount], change: impl FnOnce(Ipv4Addr, &Path)) -> Self {
        let number = Claim::first(NUMBERS, |number| SocketAddr::from((ip(number), CLAIM)), are_its_ports_free);
        // Not below the target folder: the path of Asterisk's console socket is limited to 107 bytes.
        let folder = tempfile::Builder::new().prefix("hotdesk-asterisk-").tempdir().unwrap();
        symlink(unpacked.join("root").canonicalize().unwrap(), folder.path().join("root")).unwrap();
        let arguments = [folder.path().to_str().unwrap(), &number.number.to_string()].map(str::to_owned);
        assert!(Command::new(SCRIPT).arg("make").args(&arguments).status().unwrap().success());
        let etc = folder.path().join(format!("d{}/etc", number.number));
        for (file, technology) in [("sip", Technology::Sip), ("pjsip_wizard", Technology::Pjsip)] {
            std::fs::write(etc.join(format!("{file}-hotdesk.conf")), sections(accounts, technology)).unwrap();
        }
        change(ip(number.number), &etc);
        let process = Process::start(SCRIPT, ["serve".to_owned()].iter().chain(&arguments));
        let dialer = Self { process, folder, number };
        dialer.booted();
        dialer
    }

    /// Its address, as the servers table has it.
    pub fn ip(&self) -> Ipv4Addr {
        ip(self.number.number)
    }

    /// Address of its manager interface.
    pub fn ami(&self) -> SocketAddr {
        (self.ip(), 5038).into()
    }

    /// The account of the manager interface.
    pub fn ami_account() -> Account {
        Account { user: AMI_USER.to_owned(), secret: Secret::new(AMI_SECRET.to_owned()) }
    }

    /// Folder of its configuration.
    pub fn etc(&self) -> PathBuf {
        self.folder.path().join(format!("d{}/etc", self.number.number))
    }

    /// Contents of its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.etc().with_file_name("log").join("messages")).unwrap_or_default()
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Stops it with SIGSTOP: it accepts connections but does not respond.
    pub fn freeze(&self) {
        self.process.signal("STOP");
    }

    /// Continues it after [`Self::freeze`].
    pub fn thaw(&self) {
        self.process.signal("CONT");
    }

    /// Kills it, starts it again, and waits until it has booted. Registrations on its disk survive.
    pub fn restart(&mut self) {
        self.kill();
        let arguments = ["serve".to_owned(), self.folder.path().display().to_string(), self.number.number.to_string()];
        self.process = Process::start(SCRIPT, arguments);
        self.booted();
    }

    /// Runs a console command and returns its output. The dialer must be alive and not frozen.
    pub fn cli(&self, command: &str) -> String {
        let output = self.script("cli", &[command]).output().unwrap();
        let output_text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}: {command}: {output_text}", self.ip());
        output_text
    }

    /// Whether a participant is in this conference.
    pub fn in_conference(&self, conference: &str) -> bool {
        // The list has one line per conference, which begins with its name.
        self.cli("confbridge list").lines().any(|line| line.split_whitespace().next() == Some(conference))
    }

    /// Number of phones that are ringing or in a call. The conferences' own channels do not count.
    pub fn calls(&self) -> usize {
        let technologies = ["SIP/", "PJSIP/", "IAX2/"];
        let channels = self.cli("core show channels concise");
        channels.lines().filter(|line| technologies.iter().any(|technology| line.starts_with(technology))).count()
    }

    /// Whether this account is registered.
    pub fn is_registered(&self, account: SipAccount) -> bool {
        let name = account.name;
        if account.technology == Technology::Pjsip {
            return self.cli("pjsip show contacts").contains(&format!("Contact:  {name}/sip:"));
        }
        let said = self.cli(&format!("sip show peer {name}"));
        let address = said.lines().find_map(|line| line.trim_start().strip_prefix("Addr->IP")).map(str::trim_start);
        !address.unwrap_or_else(|| panic!("{said}")).contains("(null)")
    }

    /// Whether this `chan_sip` account's registration is on the disk, which takes about a second. Only then does it
    /// survive `kill -9`.
    pub fn keeps_registration(&self, account: &str) -> bool {
        let kept = self.folder.path().join(format!("d{}/db/astdb.sqlite3", self.number.number));
        let kept = Connection::open_with_flags(kept, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        kept.busy_timeout(WAIT_LIMIT).unwrap();
        let query = "SELECT EXISTS (SELECT 1 FROM astdb WHERE key = '/SIP/Registry/' || ?1)";
        kept.query_row(query, [account], |row| row.get(0)).unwrap()
    }

    fn booted(&self) {
        let ready = self.script("ready", &[]).output().unwrap();
        assert!(ready.status.success(), "{}", String::from_utf8_lossy(&ready.stderr));
    }

    fn script(&self, verb: &str, more: &[&str]) -> Command {
        let mut program = Command::new("timeout");
        // A dialer that hangs would never respond.
        program.args(["--kill-after", "1", "20", SCRIPT, verb]).arg(self.folder.path());
        program.arg(self.number.number.to_string()).args(more);
        program
    }
}

fn ip(number: u16) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, u8::try_from(number + 10).unwrap())
}

/// Whether the dialer's ports are free; an Asterisk that listens on all addresses would occupy them.
fn are_its_ports_free(number: u16) -> bool {
    TcpListener::bind((ip(number), 5038)).is_ok()
        && [5060, 5061].iter().all(|port| UdpSocket::bind((ip(number), *port)).is_ok())
}

/// The configuration sections of one technology's accounts.
fn sections(accounts: &[SipAccount], technology: Technology) -> String {
    let section = |SipAccount { name, secret, .. }: &SipAccount| match technology {
        Technology::Sip => format!("[{name}]\ntype=friend\nhost=dynamic\ncontext=default\nsecret={secret}\n"),
        Technology::Pjsip => format!(
            "[{name}]\ntype=wizard\naccepts_auth=yes\naccepts_registrations=yes\nhas_hint=no\n\
             inbound_auth/username={name}\ninbound_auth/password={secret}\naor/max_contacts=1\n\
             endpoint/context=default\nendpoint/allow=!all,ulaw\n"
        ),
    };
    accounts.iter().filter(|account| account.technology == technology).map(section).collect()
}
