//! `hotdesk simulate`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::line::Line;
use dialers::simulator::{Behaviour, LineScript, SimulatedDialer};
use fleet::Rng;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::interval;

use crate::cli::SimulateArgs;
use crate::config::secrets::AMI_SECRET;
use crate::failure::Failure;
use crate::output;
use crate::system::SystemEntropy;

/// Interval between the actions of careless agents.
const CARELESS_INTERVAL: Duration = Duration::from_secs(10);

/// Time of ringing after which a careless agent rejects a call.
const REJECT_AFTER: Duration = Duration::from_secs(1);

/// Runs simulated dialers until it is stopped.
pub fn run(args: &SimulateArgs) -> Result<ExitCode, Failure> {
    let addresses = addresses(args.listen, args.dialers)?;
    let behaviours = LineBehaviours::read(args)?;
    let secret = secret()?;
    let account = Account { user: args.user.clone(), secret: Secret::new(secret) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    let input = args.until_input_ends.then(end_of_input);
    let ended = runtime.block_on(simulate(&addresses, &account, &behaviours, input));
    // Calls in progress must not delay the exit.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

/// Behaviour of each simulated phone.
struct LineBehaviours {
    lines: Vec<(Line, LineScript)>,
    careless: Vec<Line>,
    /// Behaviour of all other phones.
    usual: LineScript,
}

impl LineBehaviours {
    fn read(args: &SimulateArgs) -> Result<Self, Failure> {
        let usual = LineScript::registered(Behaviour::Answers { after: Duration::from_millis(args.answer_after) });
        let named = |names: &[String]| names.iter().map(|name| line(name)).collect::<Result<Vec<_>, _>>();
        let lines = named(&args.lines)?;
        let among = |setting, names: &[String]| {
            let some = named(names)?;
            match some.iter().find(|line| !lines.contains(line)) {
                Some(line) => Err(Failure::Setting { setting, reason: format!("`{line}` is not in --lines") }),
                None => Ok(some),
            }
        };
        let silent = among("never_answers", &args.never_answers)?;
        let careless = among("careless", &args.careless)?;
        let behaves = |line: Line| {
            let is_silent = silent.contains(&line);
            (line, if is_silent { LineScript::registered(Behaviour::NeverAnswers) } else { usual })
        };
        Ok(Self { lines: lines.into_iter().map(behaves).collect(), careless, usual })
    }
}

async fn simulate(
    addresses: &[SocketAddr],
    account: &Account,
    behaviours: &LineBehaviours,
    input: Option<oneshot::Receiver<()>>,
) -> Result<(), Failure> {
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
    let mut dialers = Vec::new();
    for address in addresses {
        let started = SimulatedDialer::start(*address, account.clone(), behaviours.lines.clone()).await;
        dialers.push(started.map_err(|source| Failure::Listen { address: address.to_string(), source })?);
    }
    for dialer in &dialers {
        print_line(&format!("simulated dialer: {}, user {}", dialer.address(), account.user))?;
    }
    let input_ended = async {
        match input {
            Some(ended) => drop(ended.await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        () = input_ended => {}
        () = simulate_careless_agents(&dialers, behaviours, CARELESS_INTERVAL, &SystemEntropy) => {}
    }
    Ok(())
}

/// Makes careless agents hang up, or reject their next call, one agent at a time.
async fn simulate_careless_agents(
    dialers: &[SimulatedDialer],
    behaviours: &LineBehaviours,
    every: Duration,
    rng: &dyn Rng,
) {
    if behaviours.careless.is_empty() {
        return std::future::pending().await;
    }
    let mut time = interval(every);
    time.tick().await;
    loop {
        time.tick().await;
        let mut whim = [0; 3];
        rng.fill(&mut whim);
        let [whose, which, what] = whim.map(usize::from);
        let (line, dialer) = (&behaviours.careless[whose % behaviours.careless.len()], &dialers[which % dialers.len()]);
        match what % 3 {
            0 => dialer.hang_up_at(line),
            1 => dialer.set_line(line, LineScript::registered(Behaviour::Rejects { after: REJECT_AFTER })),
            _ => dialer.set_line(line, behaviours.usual),
        }
    }
}

/// Receiver that is notified when standard input ends. Its thread ends with the process, since a read of
/// standard input cannot be cancelled.
fn end_of_input() -> oneshot::Receiver<()> {
    let (sender, ended) = oneshot::channel();
    std::thread::spawn(move || {
        // The input is discarded, and an error counts as its end.
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        drop(sender);
    });
    ended
}

/// `count` addresses with consecutive ports; port 0 stands for any free port, for each address.
fn addresses(first: SocketAddr, count: u16) -> Result<Vec<SocketAddr>, Failure> {
    let step = u16::from(first.port() != 0);
    let port = |number: u16| first.port().checked_add(number.checked_mul(step)?);
    let address = |number| Some(SocketAddr::new(first.ip(), port(number)?));
    let too_many =
        || Failure::Setting { setting: "dialers", reason: format!("{count} ports from {first} would exceed 65535") };
    (0..count).map(address).collect::<Option<_>>().ok_or_else(too_many)
}

fn line(name: &str) -> Result<Line, Failure> {
    let name = name.trim();
    let dial_string = if name.contains('/') { name.to_owned() } else { format!("SIP/{name}") };
    Line::of_dial_string(&dial_string).ok_or_else(|| Failure::Setting {
        setting: "lines",
        reason: format!("`{name}` is not a phone: use a name, optionally after `SIP/` or `PJSIP/`"),
    })
}

/// A random secret.
pub fn random_secret() -> String {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// The secret in the environment, or a random one, which is printed.
fn secret() -> Result<String, Failure> {
    match std::env::var(AMI_SECRET) {
        Ok(secret) if !secret.is_empty() => Ok(secret),
        Ok(_) | Err(std::env::VarError::NotPresent) => {
            let secret = random_secret();
            print_line(&format!("secret: {secret}"))?;
            Ok(secret)
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::Setting { setting: AMI_SECRET, reason: "it is not valid UTF-8".to_owned() })
        }
    }
}

fn print_line(line: &str) -> Result<(), Failure> {
    output::write(&format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use dialers::action::{Action, Originate};
    use dialers::call_id::Owner;
    use dialers::connection::{Connection, OpenTimeouts};
    use dialers::event::{ChannelEvent, Event};
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    /// Random numbers that are always the same byte.
    struct Always(u8);

    impl Rng for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    /// Rings the only phone of a dialer repeatedly until an event satisfies `wanted`. The random numbers are
    /// always `whim`.
    async fn ring_until(whim: u8, wanted: impl Fn(&Event) -> bool) {
        let usual = LineScript::answering();
        let line = Line::sip("100a");
        let behaviours = LineBehaviours { lines: vec![(line.clone(), usual)], careless: vec![line.clone()], usual };
        let account = Account { user: "hotdesk".to_owned(), secret: Secret::new("kept".to_owned()) };
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let dialers = [SimulatedDialer::start(address, account.clone(), behaviours.lines.clone()).await.unwrap()];
        let within = OpenTimeouts { connect: SOON, banner: SOON, login: SOON };
        let (connection, mut events) = Connection::open(dialers[0].address(), None, &account, within).await.unwrap();
        let rings = async {
            let owner = Owner::new(&Always(7));
            for call in 0.. {
                let call_id = owner.call_id(call);
                connection.act(&Action::Originate(originate(&line, call_id)), SOON).await.unwrap();
                // An answered call continues, and the next random number is for the next call.
                while let Ok(event) = timeout(Duration::from_millis(200), events.recv()).await {
                    if wanted(&event.unwrap()) {
                        return;
                    }
                }
            }
        };
        let whim = Always(whim);
        tokio::select! {
            () = rings => {}
            () = simulate_careless_agents(&dialers, &behaviours, Duration::from_millis(20), &whim) => {}
            () = tokio::time::sleep(SOON) => panic!("the event did not happen"),
        }
    }

    fn originate(line: &Line, call_id: dialers::call_id::CallId) -> Originate {
        Originate {
            channel: line.to_string(),
            context: "default".to_owned(),
            exten: "8600051".to_owned(),
            priority: 1,
            caller_id: String::new(),
            timeout: SOON,
            variables: Vec::new(),
            call_id,
        }
    }

    #[tokio::test]
    async fn a_careless_agent_hangs_up_at_random() {
        ring_until(0, |event| matches!(event, Event::Channel { what: ChannelEvent::Ended { .. }, .. })).await;
    }

    #[tokio::test]
    async fn a_careless_agent_rejects_calls_at_random() {
        ring_until(1, |event| matches!(event, Event::OriginateResponse { reason: 5, .. })).await;
    }
}
