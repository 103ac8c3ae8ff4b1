//! The nodes that run on one database: which are alive, which node leads which dialer, and what the other nodes did.

pub(crate) mod heartbeat;
pub(crate) mod membership;
pub(crate) mod node_changes;
pub(crate) mod takeover;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use dialers::call_id::{CallId, Owner};
use fleet::nodes::{CLUSTER_WIDE, Node};
use fleet::{FleetTx, TxError};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::view::NodeView;
use membership::Membership;
use takeover::OrphanedRings;

/// The right to act on a dialer's events. It is checked in the transaction that acts.
#[derive(Debug, Clone)]
pub(crate) enum ActionGuard {
    /// A caller asked for the action, or this is the only node.
    Unconditional,
    /// This node may act while it holds the lease of this dialer.
    WithLease { server_ip: String, node: String },
}

impl ActionGuard {
    /// Whether this node may still act. No other node takes the lease before the transaction ends.
    pub(crate) fn permits(&self, tx: &mut dyn FleetTx) -> Result<bool, TxError> {
        match self {
            Self::Unconditional => Ok(true),
            Self::WithLease { server_ip, node } => tx.holds_lease(server_ip, node),
        }
    }
}

/// This node and the other nodes on its database.
pub struct Cluster {
    owner: Owner,
    /// `None` where this node is always the only one.
    membership: Option<Mutex<Membership>>,
    /// Display name of this node.
    name: Mutex<String>,
    heartbeats: AtomicI64,
    next_call: AtomicU32,
    /// Revisions of session changes on a database without other nodes, where the database assigns none.
    local_revisions: Arc<AtomicI64>,
    /// The dialers that the last heartbeat reported as unhealthy.
    reported_unhealthy: Mutex<Option<BTreeSet<String>>>,
    /// Notified when a dialer becomes healthy or unhealthy, so that the next heartbeat follows at once.
    pub(crate) dialer_health_changed: Notify,
    /// Since when each dialer has been healthy.
    healthy_since: Mutex<HashMap<String, Instant>>,
    /// Dialers that this node has just begun to lead. The registrations of their lines are recorded again.
    newly_led: Mutex<Vec<String>>,
    orphaned_rings: Mutex<OrphanedRings>,
    /// Addresses from which logins failed on other nodes.
    remote_login_failures: Mutex<Vec<IpAddr>>,
}

impl Cluster {
    /// The cluster as seen by the node with this identity. `is_shared` says whether other nodes can be on the database.
    pub(crate) fn new(owner: Owner, is_shared: bool) -> Self {
        Self {
            owner,
            membership: is_shared.then(|| Mutex::new(Membership::new(owner.to_string()))),
            name: Mutex::new(owner.to_string()),
            heartbeats: AtomicI64::new(1),
            next_call: AtomicU32::new(0),
            local_revisions: Arc::new(AtomicI64::new(1)),
            reported_unhealthy: Mutex::default(),
            dialer_health_changed: Notify::new(),
            healthy_since: Mutex::default(),
            newly_led: Mutex::default(),
            orphaned_rings: Mutex::default(),
            remote_login_failures: Mutex::default(),
        }
    }

    /// Sets the display name of this node. The next heartbeat reports it.
    pub fn set_node_name(&self, name: String) {
        *self.name.lock() = name;
    }

    /// Whether this node executes the tasks that one node executes for the whole cluster.
    #[must_use]
    pub fn leads_cluster(&self) -> bool {
        self.leads(CLUSTER_WIDE)
    }

    /// Every live node on this database, with the dialers that it leads. Empty if the database cannot have other nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeView> {
        let Some(membership) = self.membership() else { return Vec::new() };
        let own = self.owner.to_string();
        let leads = |node: &Node| {
            let of_node = membership.leases().iter().filter(|(_, holder)| **holder == node.node);
            of_node.map(|(server_ip, _)| server_ip.clone()).filter(|server_ip| server_ip != CLUSTER_WIDE).collect()
        };
        let view = |node: &Node| NodeView {
            name: node.name.clone(),
            is_this: node.node == own,
            stays: node.stays,
            leads_cluster: membership.leases().get(CLUSTER_WIDE) == Some(&node.node),
            leads: leads(node),
        };
        membership.all().iter().map(view).collect()
    }

    /// How many leases this node has taken from dead nodes.
    #[must_use]
    pub fn takeovers(&self) -> u64 {
        self.membership().map_or(0, |membership| membership.takeovers())
    }

    /// Takes the addresses from which logins failed on other nodes since the last call.
    #[must_use]
    pub fn take_remote_login_failures(&self) -> Vec<IpAddr> {
        std::mem::take(&mut *self.remote_login_failures.lock())
    }

    /// This node's identity, which its calls carry.
    pub(crate) fn owner(&self) -> Owner {
        self.owner
    }

    /// A call id that no other call has.
    pub(crate) fn next_call(&self) -> CallId {
        self.owner.call_id(self.next_call.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether this node acts on a dialer's events. The only node always does.
    pub(crate) fn leads(&self, server_ip: &str) -> bool {
        self.membership().is_none_or(|membership| membership.leads(Instant::now(), server_ip))
    }

    /// The right to act on a dialer's events.
    pub(crate) fn action_guard(&self, server_ip: &str) -> ActionGuard {
        if self.is_alone() {
            return ActionGuard::Unconditional;
        }
        ActionGuard::WithLease { server_ip: server_ip.to_owned(), node: self.owner.to_string() }
    }

    /// Whether no other node can be on this database.
    pub(crate) fn is_alone(&self) -> bool {
        self.membership.is_none()
    }

    /// Whether this is the identity of another node that is alive.
    pub(crate) fn is_live_peer(&self, owner: Owner) -> bool {
        owner != self.owner && self.membership().is_some_and(|membership| membership.is_alive(&owner.to_string()))
    }

    /// Whether another node reports this dialer as healthy.
    pub(crate) fn is_healthy_elsewhere(&self, server_ip: &str) -> bool {
        self.membership().is_some_and(|membership| membership.is_healthy_elsewhere(server_ip))
    }

    /// Records that a dialer has just become healthy, as this node sees it.
    pub(crate) fn record_healthy(&self, server_ip: &str) {
        self.healthy_since.lock().insert(server_ip.to_owned(), Instant::now());
    }

    /// Takes the dialers that this node has begun to lead since the last call.
    pub(crate) fn take_newly_led(&self) -> Vec<String> {
        std::mem::take(&mut *self.newly_led.lock())
    }

    /// Counter of session revisions for a node without other nodes.
    pub(crate) fn local_revisions(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.local_revisions)
    }

    fn membership(&self) -> Option<MutexGuard<'_, Membership>> {
        Some(self.membership.as_ref()?.lock())
    }
}
