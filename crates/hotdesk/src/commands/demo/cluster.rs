//! The demonstration's dialers: each is simulated by a process of its own, so that one can really be killed.

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

/// How the demonstration's own dialers are described. Others are left alone, whatever their address.
const DESCRIPTION_PREFIX: &str = "Demonstration: ";

/// The lines that are registered on each of them: those of the demonstration fleet, and those that it is tried with.
const LINES: &str =
    "100,101,102,103,104,105,1001,cc100,7001,7002,7003,7004,7005,7006,7007,7008,7009,7010,7011,7012,7013,7014";

/// The lines of agents who reject a call or hang up now and then.
const CARELESS_LINES: &str = "7009,7010,7011,7012";

/// How long a simulated dialer may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// One of the demonstration's dialers.
struct DialerRole {
    server_ip: &'static str,
    name: &'static str,
    /// Where it is simulated, unless something else is there.
    address: &'static str,
    /// Lines that nobody ever answers there, so that a login goes on to the next dialer.
    silent: &'static str,
}

const ROLES: [DialerRole; 3] = [
    DialerRole { server_ip: "10.0.9.8", name: "dialer-a", address: "127.0.0.1:15038", silent: "" },
    DialerRole { server_ip: "10.0.9.9", name: "dialer-b", address: "127.0.0.1:15039", silent: "" },
    DialerRole { server_ip: "10.0.9.10", name: "dialer-c", address: "127.0.0.1:15040", silent: "7008" },
];

/// Whether all of the demonstration's dialers are in a database, as it made them.
pub fn has_demo_dialers(servers: &[Row]) -> bool {
    let is_own = |server: &Row| {
        let is_free = ["", ACCOUNT].contains(&server.text("ASTmgrUSERNAME"));
        is_free && server.text("server_description").starts_with(DESCRIPTION_PREFIX)
    };
    ROLES.iter().all(|role| servers.iter().any(|server| server.text("server_ip") == role.server_ip && is_own(server)))
}

/// The dialers, running. They end with this, and with this process however it ends.
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
    /// Starts them all.
    pub fn start() -> Result<Arc<Self>, Failure> {
        let program = std::env::current_exe().map_err(Failure::Runtime)?;
        let cluster = Self { program, secret: simulate::random_secret(), dialers: Mutex::default() };
        for role in &ROLES {
            // The second time anywhere, since something else may be where it usually is.
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
            // Ctrl-C is for the server alone, which ends them when it has left them.
            .process_group(0)
            .spawn()
            .map_err(Failure::Runtime)?;
        let address = process.stdout.take().and_then(first_line).and_then(|line| address_in(&line));
        let Some(address) = address else {
            kill(&mut process);
            return Err(Failure::Refused(format!("the simulated dialer {} did not start: see above", role.name)));
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

    /// How each of them is killed.
    pub fn kill_commands(&self) -> Vec<String> {
        let dialers = self.dialers();
        let command = |dialer: &RunningDialer| {
            let DialerRole { name, server_ip, .. } = dialer.role;
            format!("kill -9 {}   # {name}, {server_ip}, simulated at {}", dialer.process.id(), dialer.address)
        };
        dialers.iter().map(command).collect()
    }

    /// How the first of them is started again.
    pub fn start_command(&self) -> String {
        self.dialers().first().map(|dialer| self.restart_command(dialer)).unwrap_or_default()
    }

    /// The secret is no argument, but a part of the environment: it stays within the shell.
    fn restart_command(&self, dialer: &RunningDialer) -> String {
        let program = self.program.display();
        let arguments = arguments(dialer.role, &dialer.address.to_string()).join(" ");
        format!("{}={} '{program}' {arguments}", AMI_SECRET, self.secret)
    }

    /// Says when one of them has ended, and how it is started again.
    pub async fn watch(self: Arc<Self>) {
        let Ok(mut children) = signal(SignalKind::child()) else { return };
        loop {
            for dialer in self.dialers().iter_mut().filter(|dialer| !dialer.has_ended) {
                dialer.has_ended = matches!(dialer.process.try_wait(), Ok(Some(_)));
                if dialer.has_ended {
                    let again = self.restart_command(dialer);
                    let words = format!("{} has ended; this starts it again:\n  {again}\n", dialer.role.name);
                    // Where nobody reads, nobody has to be told.
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

/// Ends a process. One that has ended already is only taken note of.
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

/// The first line that a process writes; `None` if it ends or is silent for too long.
fn first_line(stdout: impl std::io::Read + Send + 'static) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(BufReader::new(stdout).lines().next()));
    receiver.recv_timeout(START_TIMEOUT).ok()??.ok()
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("simulated dialer: ")?.split(',').next()?.parse().ok()
}
