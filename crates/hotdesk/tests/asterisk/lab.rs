//! Requirements of these tests: Asterisk, which is fetched once, and baresip.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dialers::line::{Line, Technology};

use super::dialer::Asterisk;
use super::softphone::Softphone;

/// Script that fetches, creates and runs dialers.
pub const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/asterisk/asterisk");

/// Proof that all requirements are installed.
#[derive(Clone, Copy)]
pub struct Lab {
    /// Folder of the unpacked Asterisk.
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
    /// The line of this account.
    pub fn line(self) -> Line {
        Line { technology: self.technology, name: self.name.to_owned() }
    }
}

impl Lab {
    /// `None` if a requirement is missing, which is reported once on standard error; then the tests are skipped.
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

    /// A booted dialer for this test only, with these accounts.
    pub fn dialer(self, accounts: &[SipAccount]) -> Asterisk {
        Asterisk::start(self.folder, accounts, |_, _| ())
    }

    /// The same; before the dialer starts, `change` edits its configuration files. It gets the dialer's address and the
    /// folder.
    pub fn dialer_with(self, accounts: &[SipAccount], change: impl FnOnce(Ipv4Addr, &Path)) -> Asterisk {
        Asterisk::start(self.folder, accounts, change)
    }

    /// A softphone that is registered with this account on each of these dialers and answers every call.
    #[expect(clippy::unused_self, reason = "the lab proves that baresip is installed")]
    pub fn softphone(self, account: SipAccount, dialers: &[&Asterisk]) -> Softphone {
        Softphone::start(account, dialers)
    }
}

/// Writes a line to standard error, which the test runner does not capture.
pub fn say(line: &str) {
    // Standard error may be closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The folder with Asterisk, or what is missing.
fn find() -> Result<PathBuf, String> {
    for (tool, package) in [("baresip", "baresip-core"), ("setpriv", "util-linux"), ("timeout", "coreutils")] {
        if !is_installed(tool) {
            return Err(format!("{tool} is not installed (package {package})"));
        }
    }
    let in_target_folder = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("asterisk");
    let folder = std::env::var_os("HOTDESK_ASTERISK").map_or_else(in_target_folder, PathBuf::from);
    // The first fetch takes seconds; a dead mirror must not block the tests.
    let fetch = Command::new("timeout").args(["300", SCRIPT, "fetch"]).arg(&folder).output();
    let fetch = fetch.map_err(|error| error.to_string())?;
    if fetch.status.success() {
        return Ok(folder);
    }
    let message = String::from_utf8_lossy(&fetch.stderr);
    let reason = message.lines().rfind(|line| !line.is_empty()).unwrap_or("it timed out");
    Err(format!("Asterisk cannot be fetched: {reason}"))
}

fn is_installed(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}
