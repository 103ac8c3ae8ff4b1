//! Which dialers there are, each under watch.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use dialers::action::{Account, Secret};
use dialers::dialer::{Health, Registration};
use dialers::line::Line;
use dialers::mark::Mark;
use fleet::placement;
use fleet::sessions::{LiveStatus, LoginPolicy, ManagerRow};
use tokio::task::AbortHandle;

use crate::Driver;
use crate::view::DialerView;
use crate::watched::{Place, Watch, WatchedDialer};

/// A dialer that there is.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) row: ManagerRow,
    /// `None` where it cannot be watched.
    pub(crate) watched: Option<Arc<dyn WatchedDialer>>,
    /// Whoever listens to it; ends with the last copy of this.
    _minder: Option<Arc<Minder>>,
}

struct Minder(AbortHandle);

impl Drop for Minder {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The dialers.
pub(crate) struct Roster {
    driver: Driver,
    rules: LoginPolicy,
    watch: Arc<dyn Watch>,
    known: RwLock<BTreeMap<String, Known>>,
}

impl Roster {
    pub(crate) fn new(driver: Driver, rules: LoginPolicy, watch: Arc<dyn Watch>) -> Self {
        Self { driver, rules, watch, known: RwLock::default() }
    }

    /// The dialer under watch at this address.
    pub(crate) fn watched(&self, server_ip: &str) -> Option<Arc<dyn WatchedDialer>> {
        self.known().get(server_ip)?.watched.clone()
    }

    /// Whether there is such a dialer, watched or not.
    pub(crate) fn has(&self, server_ip: &str) -> bool {
        self.known().contains_key(server_ip)
    }

    /// Whether this dialer is well.
    pub(crate) fn is_well(&self, server_ip: &str) -> bool {
        self.watched(server_ip).is_some_and(|dialer| dialer.health().borrow().is_well())
    }

    /// Every dialer under watch, with its address.
    pub(crate) fn all_watched(&self) -> Vec<(String, Arc<dyn WatchedDialer>)> {
        let watched = |(server_ip, known): (&String, &Known)| Some((server_ip.clone(), known.watched.clone()?));
        self.known().iter().filter_map(watched).collect()
    }

    /// The health of every dialer under watch.
    pub(crate) fn healths(&self) -> BTreeMap<String, Health> {
        let health = |known: &Known| known.watched.as_ref().map(|dialer| *dialer.health().borrow());
        self.known().iter().filter_map(|(server_ip, known)| Some((server_ip.clone(), health(known)?))).collect()
    }

    /// Every dialer, without the number of its seats.
    pub(crate) fn views(&self) -> Vec<DialerView> {
        self.known().values().map(|known| self.view(known)).collect()
    }

    /// One dialer, without the number of its seats.
    pub(crate) fn view_of(&self, server_ip: &str) -> Option<DialerView> {
        self.known().get(server_ip).map(|known| self.view(known))
    }

    fn view(&self, known: &Known) -> DialerView {
        let health = known.watched.as_ref().map(|dialer| *dialer.health().borrow());
        let trouble = match health {
            Some(Health::Suspect { since, why } | Health::Lost { since, why }) => Some((since, why)),
            Some(Health::Well) | None => None,
        };
        DialerView {
            server_ip: known.row.server_ip.clone(),
            server_id: known.row.server_id.clone(),
            active: known.row.active,
            accepts_agents: known.row.accepts_agents,
            draining: known.row.draining,
            health: match (health, self.driver) {
                (Some(Health::Well), _) => "well",
                (Some(Health::Suspect { .. }), _) => "suspect",
                (Some(Health::Lost { .. }), _) => "lost",
                (None, Driver::Ami) => "no_account",
                (None, Driver::Queue) => "unwatched",
            },
            trouble: trouble.map(|(_, why)| why.word()),
            unwell_for: trouble.map(|(since, _)| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)),
            seats: 0,
        }
    }

    /// Those of these dialers that were not here before.
    pub(crate) fn unknown(&self, rows: &[ManagerRow]) -> Vec<ManagerRow> {
        let known = self.known();
        rows.iter().filter(|row| !known.contains_key(&row.server_ip)).cloned().collect()
    }

    /// Takes in which dialers there are now. `mind` is called for each that is newly watched, and begins to listen to it;
    /// `calls_on` tells which calls are wanted there. Returns the addresses of those about which anything changed. One that
    /// is gone stays while it `is_needed`.
    pub(crate) async fn update(
        &self,
        rows: Vec<ManagerRow>,
        is_needed: impl Fn(&str) -> bool,
        calls_on: impl Fn(&str) -> Vec<Mark>,
        mind: impl Fn(&str, &Arc<dyn WatchedDialer>) -> AbortHandle,
    ) -> Vec<String> {
        let mut changed = Vec::new();
        for row in &rows {
            let before = self.known().get(&row.server_ip).cloned();
            // A host's name may not have been known when it was asked for.
            let is_missed = before.as_ref().is_some_and(|known| known.watched.is_none()) && self.can_watch(row);
            let is_same = before.as_ref().is_some_and(|known| known.row == *row);
            if is_same && !is_missed {
                continue;
            }
            let is_elsewhere = is_missed || before.is_none_or(|known| reached_by(&known.row) != reached_by(row));
            let address = if is_elsewhere { self.address(row).await } else { None };
            if is_same && address.is_none() {
                // Still no address: that has been said.
                continue;
            }
            if is_elsewhere && address.is_none() && self.can_watch(row) {
                tracing::error!(dialer = row.server_ip, host = row.host, "the dialer's manager host is no address");
            }
            changed.push(row.server_ip.clone());
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if is_elsewhere {
                // Nobody can begin a call by the watch before this one meanwhile: such a call would be hung up by this one.
                let watched = address.map(|address| {
                    let account = Account { user: row.user.clone(), secret: Secret::new(row.secret.clone()) };
                    let tls_host = row.tls.then_some(row.host.as_str());
                    self.watch.watch(&row.server_ip, Place { address, tls_host }, account, calls_on(&row.server_ip))
                });
                let minder = watched.as_ref().map(|dialer| Arc::new(Minder(mind(&row.server_ip, dialer))));
                known.insert(row.server_ip.clone(), Known { row: row.clone(), watched, _minder: minder });
            } else if let Some(known) = known.get_mut(&row.server_ip) {
                known.row = row.clone();
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|server_ip, _| is_needed(server_ip) || rows.iter().any(|row| row.server_ip == *server_ip));
        changed
    }

    fn can_watch(&self, row: &ManagerRow) -> bool {
        self.driver == Driver::Ami && !row.user.is_empty()
    }

    /// Where a dialer can be watched, if it can be.
    async fn address(&self, row: &ManagerRow) -> Option<SocketAddr> {
        if !self.can_watch(row) {
            return None;
        }
        tokio::net::lookup_host((row.host.as_str(), row.port)).await.ok()?.next()
    }

    fn known(&self) -> RwLockReadGuard<'_, BTreeMap<String, Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a dialer is reached: if any of this changes, it is another one.
fn reached_by(row: &ManagerRow) -> (&str, u16, &str, &str, bool) {
    (&row.host, row.port, &row.user, &row.secret, row.tls)
}

impl LiveStatus for Roster {
    fn health(&self, server_ip: &str) -> placement::Health {
        if self.driver == Driver::Queue {
            return placement::Health::Unwatched;
        }
        match self.watched(server_ip).map(|dialer| *dialer.health().borrow()) {
            Some(Health::Well) => placement::Health::Well,
            Some(Health::Suspect { .. }) => placement::Health::Suspect,
            Some(Health::Lost { .. }) => placement::Health::Lost,
            None => placement::Health::NoAccount,
        }
    }

    fn registration(&self, server_ip: &str, channel: &str) -> placement::Registration {
        let (Some(dialer), Some(line)) = (self.watched(server_ip), Line::of_dial_string(channel)) else {
            return placement::Registration::Unknown;
        };
        match dialer.registration(&line) {
            Registration::Registered => placement::Registration::Registered,
            Registration::NotRegistered => placement::Registration::NotRegistered,
            Registration::Unknown => placement::Registration::Unknown,
        }
    }

    fn rules(&self) -> LoginPolicy {
        self.rules
    }
}
