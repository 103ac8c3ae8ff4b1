//! Connections that are kept for the next transaction, and which of the hosts they lead to.
//!
//! Every node writes to the first host of the address that can be reached: on a Galera cluster two transactions then meet on
//! one member, where they wait for each other, and not at their certification, where one of them would be lost.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mysql::Error;
use tokio::time::Instant;

use super::address::Address;
use super::link::{Link, SOON, Use};

/// For how long a host that could not be reached is left alone; longer if it took long to find that out.
const REST: Duration = Duration::from_millis(500);

/// How many times as long as that took.
const REST_FOR_WAIT: u32 = 3;

/// For how long a host is left alone that takes connections and answers nothing: whoever asks it waits in vain.
const REST_OF_THE_SILENT: Duration = Duration::from_mins(1);

/// How much earlier it is asked again by who has little patience.
const EARLIER: Duration = Duration::from_secs(5);

/// A connection that rested for longer may be broken, and is tried first.
const FRESH: Duration = Duration::from_secs(1);

/// After how long a connection to another host than the first makes way for a look whether the first is back.
const ASIDE: Duration = Duration::from_secs(10);

/// Connections of one kind.
pub(super) struct Pool {
    address: Address,
    purpose: Use,
    idle: Mutex<Vec<Link>>,
    resting: Arc<Resting>,
}

/// Until when each host is left alone, for all kinds of connections.
#[derive(Debug)]
pub(super) struct Resting(Mutex<Vec<Option<Instant>>>);

impl Resting {
    pub(super) fn of(address: &Address) -> Arc<Self> {
        Arc::new(Self(Mutex::new(vec![None; address.hosts.len()])))
    }

    fn rest(&self, host: usize, for_: Duration) {
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = resting.get_mut(host) {
            *until = (*until).max(Some(Instant::now() + for_));
        }
    }
}

impl Pool {
    pub(super) fn new(address: Address, purpose: Use, resting: Arc<Resting>) -> Self {
        Self { address, purpose, idle: Mutex::default(), resting }
    }

    /// A connection that works: one that is there, or a new one.
    pub(super) fn take(&self) -> Result<Link, Error> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut link) = idle else { return self.connect() };
            let is_aside = link.host > 0 && link.began.elapsed() > ASIDE;
            if !is_aside && (link.used.elapsed() < FRESH || link.conn.ping().is_ok()) {
                return Ok(link);
            }
        }
    }

    /// Keeps a connection for the next.
    pub(super) fn keep(&self, mut link: Link) {
        link.used = Instant::now();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(link);
    }

    /// How many there may be at once.
    pub(super) fn connections(&self) -> usize {
        self.address.connections
    }

    /// A connection is gone: the others are not to be trusted, and where there are other hosts, those are tried first.
    pub(super) fn is_gone(&self, link: &Link) {
        self.clear();
        if self.address.hosts.len() > 1 {
            self.resting.rest(link.host, REST);
        }
    }

    /// Whether a host takes a connection and answers.
    pub(super) fn is_greeted(&self, host: usize) -> bool {
        Link::connect(&self.address, host, self.purpose).is_ok()
    }

    /// The host of a connection answers nothing.
    pub(super) fn is_silent(&self, host: usize) {
        self.clear();
        if self.address.hosts.len() > 1 {
            self.resting.rest(host, REST_OF_THE_SILENT);
        }
    }

    /// Closes the connections that nobody uses.
    pub(super) fn clear(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn connect(&self) -> Result<Link, Error> {
        let mut refused = None;
        for host in self.awake() {
            let began = Instant::now();
            match Link::connect(&self.address, host, self.purpose) {
                Ok(link) => return Ok(link),
                Err(error) => {
                    let took = began.elapsed();
                    let is_silent = self.purpose == Use::Urgent && took >= SOON && self.address.hosts.len() > 1;
                    let rest = if is_silent { REST_OF_THE_SILENT } else { REST.max(took * REST_FOR_WAIT) };
                    self.resting.rest(host, rest);
                    refused = Some(error);
                }
            }
        }
        Err(refused.unwrap_or_else(|| Error::IoError(std::io::Error::other("no host could be reached a moment ago"))))
    }

    /// The hosts that are not left alone, in their order.
    fn awake(&self) -> Vec<usize> {
        let now = Instant::now() + if self.purpose == Use::Urgent { EARLIER } else { Duration::ZERO };
        let resting = self.resting.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_awake = |until: &Option<Instant>| until.is_none_or(|until| until <= now);
        resting.iter().enumerate().filter(|(_, until)| is_awake(until)).map(|(host, _)| host).collect()
    }
}
