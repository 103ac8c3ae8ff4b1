//! What the tests need of the machine: Asterisk, which is fetched once, and baresip.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dialers::line::{Line, Technology};

use super::dialer::Asterisk;
use super::softphone::Softphone;

/// Fetches, makes and runs dialers.
pub const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/asterisk/asterisk");

/// Everything is there.
#[derive(Clone, Copy)]
pub struct Lab {
    /// Where Asterisk is unpacked.
    folder: &'static Path,
}

/// An account that a phone registers with.
#[derive(Clone, Copy)]
pub struct SipAccount {
    pub name: &'static str,
    pub secret: &'static str,
    pub technology: Technology,
}

pub const CC100: SipAccount = SipAccount { name: "cc100", secret: "secret100", technology: Technology::Sip };
pub const CC101: SipAccount = SipAccount { name: "cc101", secret: "secret101", technology: Technology::Sip };
pub const PJ100: SipAccount = SipAccount { name: "pj100", secret: "secret200", technology: Technology::Pjsip };
pub const PJ101: SipAccount = SipAccount { name: "pj101", secret: "secret201", technology: Technology::Pjsip };

impl SipAccount {
    /// As Hotdesk calls it.
    pub fn line(self) -> Line {
        Line { technology: self.technology, name: self.name.to_owned() }
    }
}

impl Lab {
    /// `None` if something is missing, which is told once on standard error; then there is nothing to test.
    pub fn open() -> Option<Self> {
        static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
        let found = FOUND.get_or_init(|| {
            let found = find();
            if let Err(missing) = &found {
                say(&format!("skipped: all tests on real Asterisk, because {missing}"));
            }
            found.ok()
        });
        found.as_deref().map(|folder| Self { folder })
    }

    /// A dialer of the test's own that has booted, with these accounts.
    pub fn dialer(self, accounts: &[SipAccount]) -> Asterisk {
        Asterisk::start(self.folder, accounts, |_, _| ())
    }

    /// The same; before it starts, this changes the files in its configuration's folder, knowing its address.
    pub fn dialer_with(self, accounts: &[SipAccount], change: impl FnOnce(Ipv4Addr, &Path)) -> Asterisk {
        Asterisk::start(self.folder, accounts, change)
    }

    /// One softphone that has registered with this account on each of these dialers. It answers by itself.
    #[expect(clippy::unused_self, reason = "without a lab there is no softphone")]
    pub fn softphone(self, account: SipAccount, dialers: &[&Asterisk]) -> Softphone {
        Softphone::start(account, dialers)
    }
}

/// Writes a line on standard error that the test runner does not hold back.
pub fn say(line: &str) {
    // Where standard error is closed, there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The folder with Asterisk, or what is missing.
fn find() -> Result<PathBuf, String> {
    for (tool, package) in [("baresip", "baresip-core"), ("setpriv", "util-linux"), ("timeout", "coreutils")] {
        if !is_installed(tool) {
            return Err(format!("{tool} is not installed (package {package})"));
        }
    }
    let beside_what_is_built = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("asterisk");
    let folder = std::env::var_os("HOTDESK_ASTERISK").map_or_else(beside_what_is_built, PathBuf::from);
    // A first fetch takes seconds; a dead mirror must not hold the tests up for ever.
    let fetch = Command::new("timeout").args(["300", SCRIPT, "fetch"]).arg(&folder).output();
    let fetch = fetch.map_err(|error| error.to_string())?;
    if fetch.status.success() {
        return Ok(folder);
    }
    let said = String::from_utf8_lossy(&fetch.stderr);
    let reason = said.lines().rfind(|line| !line.is_empty()).unwrap_or("the time is up");
    Err(format!("Asterisk cannot be fetched: {reason}"))
}

fn is_installed(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}
