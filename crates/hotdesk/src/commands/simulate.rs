//! `hotdesk simulate`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::line::Line;
use dialers::simulator::{Behaviour, LineScript, SimulatedDialer};
use fleet::Entropy as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Simulate;
use crate::failure::Failure;
use crate::output;
use crate::system::SystemEntropy;

/// Where the secret is read from. It is no argument: those can be seen by everybody on the machine.
const SECRET: &str = "HOTDESK_AMI_SECRET";

/// Runs simulated dialers until it is told to stop.
pub fn run(wanted: &Simulate) -> Result<ExitCode, Failure> {
    let addresses = addresses(wanted.listen, wanted.dialers)?;
    let answers = LineScript::registered(Behaviour::Answers { after: Duration::from_millis(wanted.answer_after) });
    let lines = wanted.lines.iter().map(|name| Ok((line(name)?, answers))).collect::<Result<Vec<_>, Failure>>()?;
    let secret = secret()?;
    let account = Account { user: wanted.user.clone(), secret: Secret::new(secret) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(simulate(&addresses, &account, &lines))?;
    Ok(ExitCode::SUCCESS)
}

async fn simulate(addresses: &[SocketAddr], account: &Account, lines: &[(Line, LineScript)]) -> Result<(), Failure> {
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
    let mut dialers = Vec::new();
    for address in addresses {
        let started = SimulatedDialer::start(*address, account.clone(), lines.to_vec()).await;
        dialers.push(started.map_err(|source| Failure::Listen { address: address.to_string(), source })?);
    }
    for dialer in &dialers {
        say(&format!("simulated dialer: {}, user {}", dialer.address(), account.user))?;
    }
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

/// As many addresses, with consecutive ports; port 0 stands for any port, each time.
fn addresses(first: SocketAddr, count: u16) -> Result<Vec<SocketAddr>, Failure> {
    let step = u16::from(first.port() != 0);
    let port = |number: u16| first.port().checked_add(number.checked_mul(step)?);
    let address = |number| Some(SocketAddr::new(first.ip(), port(number)?));
    let too_many =
        || Failure::Setting { setting: "dialers", reason: format!("there are no {count} ports from {first}") };
    (0..count).map(address).collect::<Option<_>>().ok_or_else(too_many)
}

fn line(name: &str) -> Result<Line, Failure> {
    let name = name.trim();
    let dial_string = if name.contains('/') { name.to_owned() } else { format!("SIP/{name}") };
    Line::of_dial_string(&dial_string).ok_or_else(|| Failure::Setting {
        setting: "lines",
        reason: format!("`{name}` is no line: use a name, or one behind `SIP/` or `PJSIP/`"),
    })
}

/// The secret that is given, or one that nobody can guess, which is printed.
fn secret() -> Result<String, Failure> {
    match std::env::var(SECRET) {
        Ok(secret) if !secret.is_empty() => Ok(secret),
        Ok(_) | Err(std::env::VarError::NotPresent) => {
            let mut bytes = [0; 16];
            SystemEntropy.fill(&mut bytes);
            let secret = bytes.iter().fold(String::new(), |mut text, byte| {
                // Writing to a string cannot fail.
                write!(text, "{byte:02x}").ok();
                text
            });
            say(&format!("secret: {secret}"))?;
            Ok(secret)
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::Setting { setting: SECRET, reason: "it is no text".to_owned() })
        }
    }
}

fn say(line: &str) -> Result<(), Failure> {
    output::write(&format!("{line}\n"))
}
