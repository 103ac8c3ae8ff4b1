//! Load through a simulated load balancer: each request goes to a node in turn, and to the next node if that one does
//! not respond.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::client::{ask, login};

/// How long a client waits for a response before it tries another node.
const WITHIN: Duration = Duration::from_secs(3);

/// Pause before a client retries.
const PAUSE: Duration = Duration::from_millis(50);

/// Number of concurrent clients.
const CLIENTS: u32 = 24;

/// The balancer's list of nodes.
#[derive(Default)]
pub struct Balancer(Mutex<Vec<SocketAddr>>);

impl Balancer {
    pub fn new(nodes: &[SocketAddr]) -> Arc<Self> {
        Arc::new(Self(Mutex::new(nodes.to_vec())))
    }

    /// Replaces a node that was restarted on another port.
    pub fn replace(&self, number: usize, node: SocketAddr) {
        self.0.lock().unwrap()[number] = node;
    }

    fn node(&self, turn: usize) -> SocketAddr {
        let nodes = self.0.lock().unwrap();
        nodes[turn % nodes.len()]
    }
}

/// Results of the load.
#[derive(Default)]
pub struct Outcome {
    /// Aliases that were acknowledged, or that a retry found to exist.
    pub aliases: BTreeSet<String>,
    /// Agents whose login was acknowledged.
    pub agents: BTreeSet<usize>,
    /// Times of all acknowledgements.
    pub acknowledged: Vec<Instant>,
    /// For each job, the time of the first attempt and the time until the acknowledgement.
    pub waits: Vec<(Instant, Duration)>,
    /// Other responses and errors, with their counts.
    pub refusals: BTreeMap<String, usize>,
}

impl Outcome {
    /// Records a response. Returns whether the job is acknowledged.
    fn note(&mut self, job: Job, began: Instant, answer: std::io::Result<String>, is_repeated: bool) -> bool {
        let now = Instant::now();
        let refusal = match answer {
            Ok(body) if body.starts_with("SUCCESS") || (is_repeated && body.contains("ALREADY EXISTS")) => {
                self.acknowledged.push(now);
                self.waits.push((began, now - began));
                match job {
                    Job::Login(agent) => self.agents.insert(agent),
                    Job::Alias(number) => self.aliases.insert(alias_id(number)),
                };
                return true;
            }
            Ok(other) => other.chars().take(90).filter(|letter| !letter.is_ascii_digit()).collect(),
            Err(error) => format!("{:?}", error.kind()),
        };
        *self.refusals.entry(refusal).or_default() += 1;
        false
    }

    /// Within this period, the longest time without an acknowledgement, and the longest time that a job waited.
    pub fn silence(&self, from: Instant, for_: Duration) -> (Duration, Duration) {
        let until = from + for_;
        let mut times: Vec<Instant> =
            self.acknowledged.iter().copied().filter(|at| (from..until).contains(at)).collect();
        times.extend([from, until]);
        times.sort_unstable();
        let gap = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
        let is_within = |(began, took): &&(Instant, Duration)| *began < until && *began + *took > from;
        (gap, self.waits.iter().filter(is_within).map(|(_, took)| *took).max().unwrap_or_default())
    }
}

/// A unit of work.
#[derive(Debug, Clone, Copy)]
enum Job {
    Login(usize),
    Alias(usize),
}

/// Sends this many logins and new aliases, mixed, one every `pace`, and retries each until it is acknowledged. The load
/// does not catch up after a delay.
pub async fn run(balancer: Arc<Balancer>, logins: usize, aliases: usize, pace: Duration) -> Outcome {
    let every = (logins + aliases) / logins.max(1);
    let jobs = logins + aliases;
    let outcome = Arc::new(Mutex::new(Outcome::default()));
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (balancer, outcome, next) = (Arc::clone(&balancer), Arc::clone(&outcome), Arc::clone(&next));
        let mut turns = interval_at(Instant::now() + pace * client, pace * CLIENTS);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        clients.spawn(async move {
            loop {
                turns.tick().await;
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= jobs {
                    return;
                }
                let is_login = number.is_multiple_of(every) && number / every < logins;
                let job = if is_login { Job::Login(number / every) } else { Job::Alias(number) };
                execute(&balancer, &outcome, number, job).await;
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    std::mem::take(&mut *outcome.lock().unwrap())
}

async fn execute(balancer: &Balancer, outcome: &Mutex<Outcome>, number: usize, job: Job) {
    let began = Instant::now();
    let mut is_repeated = false;
    for turn in number.. {
        let answer = send(balancer.node(turn), job).await;
        if outcome.lock().unwrap().note(job, began, answer, is_repeated) {
            return;
        }
        is_repeated = true;
        assert!(began.elapsed() < Duration::from_mins(2), "{job:?} was never acknowledged");
        sleep(PAUSE).await;
    }
}

async fn send(node: SocketAddr, job: Job) -> std::io::Result<String> {
    match job {
        Job::Login(agent) => {
            let answer = ask(node, "POST", "/api/v1/sessions", &login(agent), WITHIN).await?;
            Ok(if answer.status == 201 { "SUCCESS".to_owned() } else { answer.body })
        }
        Job::Alias(number) => {
            let alias_id = alias_id(number);
            let target = format!(
                "/vicidial/non_agent_api.php?function=add_phone_alias&source=storm&user=6666&pass=1234&alias_id={alias_id}\
                 &alias_name={alias_id}&phone_logins=p0d0,p0d1"
            );
            Ok(ask(node, "GET", &target, "", WITHIN).await?.body)
        }
    }
}

fn alias_id(number: usize) -> String {
    format!("k{number:07}")
}
