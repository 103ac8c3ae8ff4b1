//! Simulated dialers of the demonstration, one process each, so that a dialer can be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use fleet::schema::Row;
use parking_lot::{Mutex, MutexGuard};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::{apply, simulate};
use crate::config::secrets::AMI_SECRET;
use crate::failure::Failure;
use crate::fleet_document;
use crate::output;
use crate::progress::Progress;

/// Hotdesk's user on the simulated dialers.
const ACCOUNT: &str = "demonstration";

/// Prefix of the descriptions of the demonstration's dialers. Other dialers are never changed.
const DESCRIPTION_PREFIX: &str = "Demonstration: ";

/// Phones that are registered on each dialer: those of the demonstration fleet and those of the printed examples.
const LINES: &str =
    "100,101,102,103,104,105,1001,cc100,7001,7002,7003,7004,7005,7006,7007,7008,7009,7010,7011,7012,7013,7014";

/// Phones that occasionally reject a call or hang up.
const CARELESS_LINES: &str = "7009,7010,7011,7012";

/// Timeout of a simulated dialer's start.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// One of the demonstration's dialers.
struct DialerRole {
    server_ip: &'static str,
    name: &'static str,
    /// Preferred address; another one is used if it is occupied.
    address: &'static str,
    /// Phones that never answer on this dialer, so that a login tries the next dialer.
    silent: &'static str,
}

const ROLES: [DialerRole; 3] = [
    DialerRole { server_ip: "10.0.9.8", name: "dialer-a", address: "127.0.0.1:15038", silent: "" },
    DialerRole { server_ip: "10.0.9.9", name: "dialer-b", address: "127.0.0.1:15039", silent: "" },
    DialerRole { server_ip: "10.0.9.10", name: "dialer-c", address: "127.0.0.1:15040", silent: "7008" },
];

/// Whether a database contains all of the demonstration's dialers, unchanged.
pub fn has_demo_dialers(servers: &[Row]) -> bool {
    let is_own = |server: &Row| {
        let is_free = ["", ACCOUNT].contains(&server.text("ASTmgrUSERNAME"));
        is_free && server.text("server_description").starts_with(DESCRIPTION_PREFIX)
    };
    ROLES.iter().all(|role| servers.iter().any(|server| server.text("server_ip") == role.server_ip && is_own(server)))
}

/// Running dialers. They end when this is dropped, and when this process ends for any reason.
pub struct Cluster {
    program: PathBuf,
    secret: String,
    dialers: Mutex<Vec<RunningDialer>>,
}

struct RunningDialer {
    role: &'static DialerRole,
    address: SocketAddr,
    process: Child,
    has_ended: bool,
}

impl Cluster {
    /// Starts all dialers.
    pub fn start() -> Result<Arc<Self>, Failure> {
        let program = std::env::current_exe().map_err(Failure::Runtime)?;
        let cluster = Self { program, secret: simulate::random_secret(), dialers: Mutex::default() };
        for role in &ROLES {
            // The preferred address may be occupied, so the second attempt uses any address.
            let started = cluster
                .begin(role, role.address, Stdio::null())
                .or_else(|_| cluster.begin(role, "127.0.0.1:0", Stdio::inherit()))?;
            cluster.dialers().push(started);
        }
        Ok(Arc::new(cluster))
    }

    fn begin(&self, role: &'static DialerRole, address: &str, errors: Stdio) -> Result<RunningDialer, Failure> {
        let mut process = Command::new(&self.program)
            .args(arguments(role, address))
            .arg("--until-input-ends")
            .env(AMI_SECRET, &self.secret)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            // Ctrl-C must reach only the server, which stops the dialers after it has disconnected from them.
            .process_group(0)
            .spawn()
            .map_err(Failure::Runtime)?;
        let address = process.stdout.take().and_then(first_line).and_then(|line| address_in(&line));
        let Some(address) = address else {
            kill(&mut process);
            return Err(Failure::Refused(format!(
                "the simulated dialer {} did not start: see its error above",
                role.name
            )));
        };
        Ok(RunningDialer { role, address, process, has_ended: false })
    }

    /// Writes the dialers' addresses and secret into the database.
    pub fn save_addresses(&self, store: &Store) -> Result<(), Failure> {
        let servers: Vec<String> = self.dialers().iter().map(|dialer| {
            let (host, port) = (dialer.address.ip(), dialer.address.port());
            format!(
                "[[dialer]]\nserver_ip = \"{}\"\ntelnet_host = \"{host}\"\ntelnet_port = {port}\nASTmgrUSERNAME = \"{ACCOUNT}\"\n\
                 ASTmgrSECRET = \"{}\"\n",
                dialer.role.server_ip, self.secret
            )
        }).collect();
        let name = Path::new("the simulated dialers");
        apply::apply(store, &fleet_document::from_toml(name, &servers.concat())?, name, false, &Progress::none())
            .map(drop)
    }

    /// Commands that kill each dialer.
    pub fn kill_commands(&self) -> Vec<String> {
        let dialers = self.dialers();
        let command = |dialer: &RunningDialer| {
            let DialerRole { name, server_ip, .. } = dialer.role;
            format!("kill -9 {}   # {name}, {server_ip}, simulated at {}", dialer.process.id(), dialer.address)
        };
        dialers.iter().map(command).collect()
    }

    /// Command that restarts the first dialer.
    pub fn start_command(&self) -> String {
        self.dialers().first().map(|dialer| self.restart_command(dialer)).unwrap_or_default()
    }

    /// The secret is passed in the environment, since other users can read arguments.
    fn restart_command(&self, dialer: &RunningDialer) -> String {
        let program = self.program.display();
        let arguments = arguments(dialer.role, &dialer.address.to_string()).join(" ");
        format!("{}={} '{program}' {arguments}", AMI_SECRET, self.secret)
    }

    /// Prints a message with the restart command when a dialer ends.
    pub async fn watch(self: Arc<Self>) {
        let Ok(mut children) = signal(SignalKind::child()) else { return };
        loop {
            for dialer in self.dialers().iter_mut().filter(|dialer| !dialer.has_ended) {
                dialer.has_ended = matches!(dialer.process.try_wait(), Ok(Some(_)));
                if dialer.has_ended {
                    let again = self.restart_command(dialer);
                    let words = format!("{} has ended; to restart it:\n  {again}\n", dialer.role.name);
                    // A closed standard output is not an error here.
                    drop(output::write(&words));
                }
            }
            children.recv().await;
        }
    }

    fn dialers(&self) -> MutexGuard<'_, Vec<RunningDialer>> {
        self.dialers.lock()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for dialer in self.dialers().iter_mut() {
            kill(&mut dialer.process);
        }
    }
}

/// Kills a process and waits for it; it may have ended already.
fn kill(process: &mut Child) {
    drop(process.kill());
    drop(process.wait());
}

fn arguments(role: &DialerRole, address: &str) -> Vec<String> {
    let usual = [
        "simulate",
        "--dialers",
        "1",
        "--user",
        ACCOUNT,
        "--careless",
        CARELESS_LINES,
        "--listen",
        address,
        "--lines",
        LINES,
    ];
    let silent: &[&str] = if role.silent.is_empty() { &[] } else { &["--never-answers", role.silent] };
    usual.iter().chain(silent).map(|argument| (*argument).to_owned()).collect()
}

/// The first line that a process prints; `None` if it ends or prints nothing in time.
fn first_line(stdout: impl std::io::Read + Send + 'static) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(BufReader::new(stdout).lines().next()));
    receiver.recv_timeout(START_TIMEOUT).ok()??.ok()
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("simulated dialer: ")?.split(',').next()?.parse().ok()
}
