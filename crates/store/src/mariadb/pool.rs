//! Pools of connections, and the choice of the host that they lead to.
//!
//! Every node writes to the first host of the address that can be reached: on a Galera cluster two transactions then meet on
//! one member, where they wait for each other, and not at their certification, where one of them would be lost.

use std::sync::Arc;
use std::time::Duration;

use fleet::Clock;
use mysql::Error;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::address::Address;
use super::dialect::SharedTimes;
use super::link::{Link, PRIORITY_TIMEOUT, Purpose};

/// The shortest back-off of an unreachable host; longer if the attempt took long.
const MIN_BACKOFF: Duration = Duration::from_millis(500);

/// Back-off per duration of the failed attempt.
const BACKOFF_PER_WAIT: u32 = 3;

/// Back-off of a host that accepts connections and answers nothing.
const UNRESPONSIVE_BACKOFF: Duration = Duration::from_mins(1);

/// Priority connections retry an unreachable host this much earlier.
const PRIORITY_EARLIER: Duration = Duration::from_secs(5);

/// A connection that was idle for longer may be broken, and is asked for the time first.
const PING_AFTER: Duration = Duration::from_secs(1);

/// A connection to another host than the first is closed after this time, to try the first one again.
const RETURN_TO_FIRST_AFTER: Duration = Duration::from_secs(10);

/// Connections of one kind.
pub(super) struct Pool {
    address: Address,
    purpose: Purpose,
    times: SharedTimes,
    idle: Mutex<Vec<Link>>,
    /// It follows the server's clock: all nodes and VICIdial's programs share that one.
    clock: Arc<dyn Clock>,
    host_backoff: Arc<HostBackoff>,
}

/// Until when no connection to each host is tried, for all pools.
#[derive(Debug)]
pub(super) struct HostBackoff(Mutex<Vec<Option<Instant>>>);

impl HostBackoff {
    pub(super) fn of(address: &Address) -> Arc<Self> {
        Arc::new(Self(Mutex::new(vec![None; address.hosts.len()])))
    }

    fn hold_off(&self, host: usize, for_: Duration) {
        let mut host_backoff = self.0.lock();
        if let Some(until) = host_backoff.get_mut(host) {
            *until = (*until).max(Some(Instant::now() + for_));
        }
    }
}

impl Pool {
    pub(super) fn new(
        address: Address,
        purpose: Purpose,
        times: SharedTimes,
        clock: Arc<dyn Clock>,
        host_backoff: Arc<HostBackoff>,
    ) -> Self {
        Self { address, purpose, times, idle: Mutex::default(), clock, host_backoff }
    }

    /// A working connection: an idle one, or a new one.
    pub(super) fn take(&self) -> Result<Link, Error> {
        loop {
            let idle = self.idle.lock().pop();
            let Some(mut link) = idle else { return self.connect() };
            let is_aside = link.host > 0 && link.began.elapsed() > RETURN_TO_FIRST_AFTER;
            if !is_aside && (link.used.elapsed() < PING_AFTER || self.follow_clock(&mut link).is_ok()) {
                return Ok(link);
            }
        }
    }

    /// Asks the server for the time, which the clock follows.
    fn follow_clock(&self, link: &mut Link) -> Result<(), Error> {
        self.clock.follow(link.ask_time()?);
        Ok(())
    }

    /// Returns a connection to the pool.
    pub(super) fn keep(&self, mut link: Link) {
        link.used = Instant::now();
        self.idle.lock().push(link);
    }

    /// The maximum number of connections.
    pub(super) fn connections(&self) -> usize {
        self.address.connections
    }

    /// Closes all idle connections, because one was lost. If there are other hosts, they are tried first for a while.
    pub(super) fn discard_all(&self, link: &Link) {
        self.clear();
        if self.address.hosts.len() > 1 {
            self.host_backoff.hold_off(link.host, MIN_BACKOFF);
        }
    }

    /// Whether a host accepts a connection and answers.
    pub(super) fn is_greeted(&self, host: usize) -> bool {
        Link::connect(&self.address, host, self.purpose, self.times).is_ok()
    }

    /// Backs off from a host that answers nothing.
    pub(super) fn mark_unresponsive(&self, host: usize) {
        self.clear();
        if self.address.hosts.len() > 1 {
            self.host_backoff.hold_off(host, UNRESPONSIVE_BACKOFF);
        }
    }

    /// Closes the idle connections.
    pub(super) fn clear(&self) {
        self.idle.lock().clear();
    }

    fn connect(&self) -> Result<Link, Error> {
        let mut refused = None;
        for host in self.available_hosts() {
            let began = Instant::now();
            let connected = Link::connect(&self.address, host, self.purpose, self.times).and_then(|mut link| {
                self.follow_clock(&mut link)?;
                Ok(link)
            });
            match connected {
                Ok(link) => return Ok(link),
                Err(error) => {
                    let took = began.elapsed();
                    let is_unresponsive =
                        self.purpose == Purpose::Priority && took >= PRIORITY_TIMEOUT && self.address.hosts.len() > 1;
                    let backoff =
                        if is_unresponsive { UNRESPONSIVE_BACKOFF } else { MIN_BACKOFF.max(took * BACKOFF_PER_WAIT) };
                    self.host_backoff.hold_off(host, backoff);
                    refused = Some(error);
                }
            }
        }
        Err(refused.unwrap_or_else(|| Error::IoError(std::io::Error::other("no host could be reached a moment ago"))))
    }

    /// The hosts that may be tried now, in their order.
    fn available_hosts(&self) -> Vec<usize> {
        let now = Instant::now() + if self.purpose == Purpose::Priority { PRIORITY_EARLIER } else { Duration::ZERO };
        let host_backoff = self.host_backoff.0.lock();
        let is_awake = |until: &Option<Instant>| until.is_none_or(|until| until <= now);
        host_backoff.iter().enumerate().filter(|(_, until)| is_awake(until)).map(|(host, _)| host).collect()
    }
}
