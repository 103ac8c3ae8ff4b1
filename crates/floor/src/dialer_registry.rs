//! Registry of the dialers: their rows, and the connection that watches each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use dialers::action::{Account, Secret};
use dialers::call_id::CallId;
use dialers::dialer::ConnectionState;
use dialers::line::Line;
use fleet::dialer_status::{Health, Registration};
use fleet::name::address_order;
use fleet::sessions::{LiveStatus, LoginPolicy, ManagerRow};
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::task::AbortHandle;

use crate::Driver;
use crate::dialer_port::{DialerWatcher, ManagerAddress, WatchedDialer};
use crate::view::DialerView;

/// A dialer and its connection.
#[derive(Clone)]
pub(crate) struct RegisteredDialer {
    pub(crate) row: ManagerRow,
    /// `None` for a dialer that cannot be watched.
    pub(crate) watched: Option<Arc<dyn WatchedDialer>>,
    /// The task that handles its events. It is aborted when the last clone is dropped.
    _listener: Option<Arc<ListenerTask>>,
}

struct ListenerTask(AbortHandle);

impl Drop for ListenerTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The registry.
pub(crate) struct DialerRegistry {
    driver: Driver,
    rules: LoginPolicy,
    watch: Arc<dyn DialerWatcher>,
    entries: RwLock<BTreeMap<String, RegisteredDialer>>,
}

impl DialerRegistry {
    pub(crate) fn new(driver: Driver, rules: LoginPolicy, watch: Arc<dyn DialerWatcher>) -> Self {
        Self { driver, rules, watch, entries: RwLock::default() }
    }

    /// The watched dialer with this address.
    pub(crate) fn watched(&self, server_ip: &str) -> Option<Arc<dyn WatchedDialer>> {
        self.entries().get(server_ip)?.watched.clone()
    }

    /// Whether a dialer with this address exists, watched or not.
    pub(crate) fn contains(&self, server_ip: &str) -> bool {
        self.entries().contains_key(server_ip)
    }

    /// Whether this dialer is healthy.
    pub(crate) fn is_healthy(&self, server_ip: &str) -> bool {
        self.watched(server_ip).is_some_and(|dialer| dialer.connection_state().borrow().is_healthy())
    }

    /// Whether this dialer is connected and reports its calls.
    pub(crate) fn reports_calls(&self, server_ip: &str) -> bool {
        self.watched(server_ip).is_some_and(|dialer| dialer.connection_state().borrow().reports_calls())
    }

    /// Every watched dialer, with its address.
    pub(crate) fn all_watched(&self) -> Vec<(String, Arc<dyn WatchedDialer>)> {
        let watched =
            |(server_ip, entries): (&String, &RegisteredDialer)| Some((server_ip.clone(), entries.watched.clone()?));
        self.entries().iter().filter_map(watched).collect()
    }

    /// The connection state of every watched dialer.
    pub(crate) fn healths(&self) -> BTreeMap<String, ConnectionState> {
        let health =
            |entries: &RegisteredDialer| entries.watched.as_ref().map(|dialer| *dialer.connection_state().borrow());
        self.entries().iter().filter_map(|(server_ip, entries)| Some((server_ip.clone(), health(entries)?))).collect()
    }

    /// Every dialer; `seats` is 0.
    pub(crate) fn dialer_views(&self) -> Vec<DialerView> {
        let mut views: Vec<DialerView> = self.entries().values().map(|entries| self.view(entries)).collect();
        views.sort_by_cached_key(|view| address_order(&view.server_ip));
        views
    }

    /// One dialer; `seats` is 0.
    pub(crate) fn dialer_view(&self, server_ip: &str) -> Option<DialerView> {
        self.entries().get(server_ip).map(|entries| self.view(entries))
    }

    fn view(&self, entry: &RegisteredDialer) -> DialerView {
        let state = entry.watched.as_ref().map(|dialer| *dialer.connection_state().borrow());
        let trouble = match state {
            Some(ConnectionState::Suspect { since, why } | ConnectionState::Down { since, why }) => Some((since, why)),
            Some(ConnectionState::Healthy) | None => None,
        };
        DialerView {
            server_ip: entry.row.server_ip.clone(),
            server_id: entry.row.server_id.clone(),
            active: entry.row.active,
            accepts_agents: entry.row.accepts_agents,
            draining: entry.row.draining,
            health: self.health_of(state).word(),
            trouble: trouble.map(|(_, why)| why.word()),
            unhealthy_for_ms: trouble.map(|(since, _)| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)),
            seats: 0,
        }
    }

    /// Those of these dialers that are not registered yet.
    pub(crate) fn unregistered(&self, rows: &[ManagerRow]) -> Vec<ManagerRow> {
        let entries = self.entries();
        rows.iter().filter(|row| !entries.contains_key(&row.server_ip)).cloned().collect()
    }

    /// Updates the registry to these rows. Calls `start_listener` for each dialer that is newly watched; `calls_on` returns the
    /// calls of sessions there. Returns the addresses of the dialers that changed. A deleted dialer stays while it `is_needed`.
    pub(crate) async fn update(
        &self,
        rows: Vec<ManagerRow>,
        is_needed: impl Fn(&str) -> bool,
        calls_on: impl Fn(&str) -> Vec<CallId>,
        start_listener: impl Fn(&str, &Arc<dyn WatchedDialer>) -> AbortHandle,
    ) -> Vec<String> {
        let mut changed = Vec::new();
        for row in &rows {
            let before = self.entries().get(&row.server_ip).cloned();
            // The host name may not have resolved before.
            let is_unconnected = before.as_ref().is_some_and(|entry| entry.watched.is_none()) && self.can_watch(row);
            let is_same = before.as_ref().is_some_and(|entry| entry.row == *row);
            if is_same && !is_unconnected {
                continue;
            }
            let is_moved = is_unconnected
                || before.is_none_or(|entries| connection_settings(&entries.row) != connection_settings(row));
            let address = if is_moved { self.address(row).await } else { None };
            if is_same && address.is_none() {
                // The host name still does not resolve, which was logged before.
                continue;
            }
            if is_moved && address.is_none() && self.can_watch(row) {
                tracing::error!(
                    dialer = row.server_ip,
                    host = row.host,
                    "the dialer's manager host cannot be resolved"
                );
            }
            changed.push(row.server_ip.clone());
            let mut entries = self.entries.write();
            if is_moved {
                // The write lock keeps the previous connection from placing a call meanwhile, which the new one would
                // hang up.
                let watched = address.map(|address| {
                    let account = Account { user: row.user.clone(), secret: Secret::new(row.secret.clone()) };
                    let tls_host = row.tls.then_some(row.host.as_str());
                    self.watch.watch(
                        &row.server_ip,
                        ManagerAddress { address, tls_host },
                        account,
                        calls_on(&row.server_ip),
                    )
                });
                let listener =
                    watched.as_ref().map(|dialer| Arc::new(ListenerTask(start_listener(&row.server_ip, dialer))));
                entries
                    .insert(row.server_ip.clone(), RegisteredDialer { row: row.clone(), watched, _listener: listener });
            } else if let Some(entries) = entries.get_mut(&row.server_ip) {
                entries.row = row.clone();
            }
        }
        let mut entries = self.entries.write();
        entries.retain(|server_ip, _| is_needed(server_ip) || rows.iter().any(|row| row.server_ip == *server_ip));
        changed
    }

    /// The health of a dialer whose connection is in this state; `None` for a dialer that is not watched.
    fn health_of(&self, state: Option<ConnectionState>) -> Health {
        match (state, self.driver) {
            (_, Driver::Queue) => Health::Unwatched,
            (Some(ConnectionState::Healthy), _) => Health::Healthy,
            (Some(ConnectionState::Suspect { .. }), _) => Health::Suspect,
            (Some(ConnectionState::Down { .. }), _) => Health::Down,
            (None, Driver::Ami) => Health::NoAccount,
        }
    }

    fn can_watch(&self, row: &ManagerRow) -> bool {
        self.driver == Driver::Ami && !row.user.is_empty()
    }

    /// The resolved address of a dialer's manager interface.
    async fn address(&self, row: &ManagerRow) -> Option<SocketAddr> {
        if !self.can_watch(row) {
            return None;
        }
        tokio::net::lookup_host((row.host.as_str(), row.port)).await.ok()?.next()
    }

    fn entries(&self) -> RwLockReadGuard<'_, BTreeMap<String, RegisteredDialer>> {
        self.entries.read()
    }
}

/// The settings of a dialer's connection. If one of them changes, the dialer is connected again.
fn connection_settings(row: &ManagerRow) -> (&str, u16, &str, &str, bool) {
    (&row.host, row.port, &row.user, &row.secret, row.tls)
}

impl LiveStatus for DialerRegistry {
    fn health(&self, server_ip: &str) -> Health {
        self.health_of(self.watched(server_ip).map(|dialer| *dialer.connection_state().borrow()))
    }

    fn registration(&self, server_ip: &str, channel: &str) -> Registration {
        let (Some(dialer), Some(line)) = (self.watched(server_ip), Line::of_dial_string(channel)) else {
            return Registration::Unknown;
        };
        dialer.registration(&line)
    }

    fn is_conference_in_use(&self, server_ip: &str, names: &[&str], but_call: &str) -> bool {
        let but = CallId::read(but_call);
        self.watched(server_ip).is_some_and(|dialer| names.iter().any(|name| dialer.is_conference_in_use(name, but)))
    }

    fn rules(&self) -> LoginPolicy {
        self.rules
    }
}
