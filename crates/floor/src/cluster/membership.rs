//! Rules of cluster membership: which nodes are alive, and which node leads which dialer. Each node decides for itself,
//! from the rows that all nodes write.
//!
//! No clocks are compared. A node is dead if its heartbeat has not changed for some time while this node was observing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use fleet::nodes::{CLUSTER_WIDE, Lease, Node};
use tokio::time::Instant;

/// Interval between two observations.
pub(crate) const OBSERVE_EVERY: Duration = Duration::from_millis(250);

/// A node whose heartbeat has not changed for this long is dead. A live node sends a heartbeat at every second
/// observation.
const DEAD_AFTER: Duration = Duration::from_millis(1250);

/// Upper bound for the counted time between two observations. A node that did not observe, for example because it could
/// not reach the database, has no evidence that other heartbeats stopped.
const MAX_COUNTED: Duration = Duration::from_millis(400);

/// This node acts on a lease without a holder, or with a holder that cannot reach the dialer, after this many
/// observations.
const LASTING: u32 = 3;

/// The transfer of a lease. `from` is empty for a lease without a holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeaseTransfer {
    pub(crate) server_ip: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Changes that this node makes after an observation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MembershipActions {
    /// Dead nodes to delete, each with its last heartbeat. A node whose heartbeat has changed since is not deleted.
    pub(crate) dead: Vec<(String, i64)>,
    pub(crate) transfers: Vec<LeaseTransfer>,
}

impl MembershipActions {
    pub(crate) fn is_empty(&self) -> bool {
        self.dead.is_empty() && self.transfers.is_empty()
    }
}

/// A lease that this node did not have at the previous observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GainedLease {
    pub(crate) server_ip: String,
    /// Whether another live node has held it since this node started.
    pub(crate) had_leader: bool,
}

/// The heartbeat of a node, as observed.
#[derive(Debug, Default)]
struct HeartbeatState {
    beat: i64,
    stood_still: Duration,
    /// Whether the heartbeat has changed while this node was observing.
    has_beaten: bool,
}

/// The nodes and the leases, as last observed.
#[derive(Debug)]
pub(crate) struct Membership {
    own: String,
    /// Whether this node accepts leases.
    stays: bool,
    last_observed: Option<Instant>,
    heartbeats: HashMap<String, HeartbeatState>,
    all: Vec<Node>,
    leases: BTreeMap<String, String>,
    /// Number of observations for which a lease has had no holder, or one that cannot reach the dialer.
    anomalies: BTreeMap<String, u32>,
    /// Dialers that another live node has led.
    led_elsewhere: BTreeSet<String>,
    takeovers: u64,
}

impl Membership {
    pub(crate) fn new(own: String) -> Self {
        Self {
            own,
            stays: true,
            last_observed: None,
            heartbeats: HashMap::new(),
            all: Vec::new(),
            leases: BTreeMap::new(),
            anomalies: BTreeMap::new(),
            led_elsewhere: BTreeSet::new(),
            takeovers: 0,
        }
    }

    /// Whether a node is alive. An unknown node is not.
    pub(crate) fn is_alive(&self, node: &str) -> bool {
        self.all.iter().any(|known| known.node == node)
    }

    /// Whether this node holds a lease and has observed the nodes recently.
    pub(crate) fn leads(&self, now: Instant, server_ip: &str) -> bool {
        let is_fresh = self.last_observed.is_some_and(|last_observed| now.duration_since(last_observed) < DEAD_AFTER);
        is_fresh && self.leases.get(server_ip).is_some_and(|node| *node == self.own)
    }

    /// Whether another node reports this dialer as healthy.
    pub(crate) fn is_healthy_elsewhere(&self, server_ip: &str) -> bool {
        self.others().any(|node| sees_healthy(node, server_ip))
    }

    /// Makes this node release its leases and accept no more.
    pub(crate) fn step_down(&mut self) {
        self.stays = false;
    }

    pub(crate) fn stays(&self) -> bool {
        self.stays
    }

    pub(crate) fn all(&self) -> &[Node] {
        &self.all
    }

    pub(crate) fn leases(&self) -> &BTreeMap<String, String> {
        &self.leases
    }

    /// Number of leases that this node has taken from dead nodes.
    pub(crate) fn takeovers(&self) -> u64 {
        self.takeovers
    }

    fn others(&self) -> impl Iterator<Item = &Node> {
        self.all.iter().filter(|node| node.node != self.own)
    }

    /// Stores the present rows of nodes and leases. Returns the leases that this node has gained.
    pub(crate) fn observe(&mut self, now: Instant, nodes: Vec<Node>, leases: Vec<Lease>) -> Vec<GainedLease> {
        let passed = self
            .last_observed
            .map_or(Duration::ZERO, |last_observed| now.duration_since(last_observed))
            .min(MAX_COUNTED);
        self.last_observed = Some(now);
        self.heartbeats.retain(|known, _| nodes.iter().any(|node| node.node == *known));
        for node in &nodes {
            let is_new = !self.heartbeats.contains_key(&node.node);
            let beat_once = self.heartbeats.entry(node.node.clone()).or_default();
            if beat_once.beat == node.beat && !is_new {
                beat_once.stood_still += passed;
            } else {
                *beat_once = HeartbeatState { beat: node.beat, stood_still: Duration::ZERO, has_beaten: !is_new };
            }
        }
        self.all = nodes;
        let before = std::mem::take(&mut self.leases);
        self.leases = leases.into_iter().map(|lease| (lease.server_ip, lease.node)).collect();
        for (server_ip, node) in &self.leases {
            if *node != self.own && self.heartbeats.get(node).is_some_and(|beat_once| beat_once.has_beaten) {
                self.led_elsewhere.insert(server_ip.clone());
            }
        }
        let is_own = |leases: &BTreeMap<String, String>, server_ip: &String| leases.get(server_ip) == Some(&self.own);
        let gained: Vec<String> = self
            .leases
            .keys()
            .filter(|server_ip| is_own(&self.leases, server_ip) && !is_own(&before, server_ip))
            .cloned()
            .collect();
        let gained = gained
            .into_iter()
            .map(|server_ip| GainedLease { had_leader: self.led_elsewhere.remove(&server_ip), server_ip });
        gained.collect()
    }

    /// Decides how this node changes nodes and leases, so that the `wanted` leases are spread evenly over the live
    /// nodes that reach the dialers. `unwell` are the dialers that this node sees as unhealthy.
    pub(crate) fn decide(&mut self, wanted: &BTreeSet<String>, unwell: &BTreeSet<String>) -> MembershipActions {
        let is_dead = |node: &&Node| {
            node.node != self.own
                && self.heartbeats.get(&node.node).is_some_and(|beat_once| beat_once.stood_still >= DEAD_AFTER)
        };
        let dead: Vec<(String, i64)> =
            self.all.iter().filter(is_dead).map(|node| (node.node.clone(), node.beat)).collect();
        self.all.retain(|node| !dead.iter().any(|(dead, _)| *dead == node.node));
        let mut transfers = Vec::new();
        let mine: Vec<String> =
            self.leases.iter().filter(|(_, node)| **node == self.own).map(|(server_ip, _)| server_ip.clone()).collect();
        if !self.stays {
            transfers.extend(mine.into_iter().map(|server_ip| self.transfer_to(server_ip, String::new())));
            return MembershipActions { dead, transfers };
        }
        if !self.is_alive(&self.own) {
            return MembershipActions { dead, transfers };
        }
        let mut anomalies = BTreeMap::new();
        let mut has = mine.iter().filter(|server_ip| wanted.contains(*server_ip)).count();
        let share = self.shares(wanted.len());
        let own_share = share.get(&self.own).copied().unwrap_or(0);
        for server_ip in wanted {
            let node = self.leases.get(server_ip).map_or("", String::as_str);
            let is_free = node.is_empty() || !self.is_alive(node);
            let is_blind = unwell.contains(server_ip) && self.is_healthy_elsewhere(server_ip);
            if !(is_free || (is_blind && node == self.own)) {
                continue;
            }
            let looks = self.anomalies.get(server_ip).copied().unwrap_or(0) + 1;
            anomalies.insert(server_ip.clone(), looks);
            if is_free && !is_blind && (has < own_share || looks > LASTING) {
                has += 1;
                transfers.push(self.transfer_to(server_ip.clone(), self.own.clone()));
            } else if !is_free
                && looks >= LASTING
                && let Some(to) = self.least_loaded(&share, |node| sees_healthy(node, server_ip))
            {
                has -= 1;
                transfers.push(self.transfer_to(server_ip.clone(), to));
            }
        }
        self.anomalies = anomalies;
        // One transfer at a time, so that the other nodes see the new shares before the next transfer.
        transfers.extend(self.surplus(&mine, wanted, has, &share).filter(|_| transfers.is_empty()));
        MembershipActions { dead, transfers }
    }

    /// The transfer of a lease beyond this node's share to a node below its share.
    fn surplus(
        &self,
        mine: &[String],
        wanted: &BTreeSet<String>,
        has: usize,
        share: &BTreeMap<String, usize>,
    ) -> Option<LeaseTransfer> {
        let share_of = |node: &str| share.get(node).copied().unwrap_or(0);
        if has <= share_of(&self.own) {
            return None;
        }
        let lacks = |node: &Node| self.count(&node.node) < share_of(&node.node);
        mine.iter().rev().filter(|server_ip| wanted.contains(*server_ip)).find_map(|server_ip| {
            let to = self.least_loaded(share, |node| lacks(node) && sees_healthy(node, server_ip))?;
            Some(self.transfer_to(server_ip.clone(), to))
        })
    }

    /// Counts a completed transfer.
    pub(crate) fn count_transfer(&mut self, transfer: &LeaseTransfer) {
        if transfer.to == self.own && !transfer.from.is_empty() {
            self.takeovers += 1;
        }
    }

    fn transfer_to(&self, server_ip: String, to: String) -> LeaseTransfer {
        LeaseTransfer { from: self.leases.get(&server_ip).cloned().unwrap_or_default(), server_ip, to }
    }

    /// Number of leases for each node that stays.
    fn shares(&self, leases: usize) -> BTreeMap<String, usize> {
        let staying: Vec<String> = self.all.iter().filter(|node| node.stays).map(|node| node.node.clone()).collect();
        let (each, more) = (leases.checked_div(staying.len()).unwrap_or(0), leases.checked_rem(staying.len()));
        let share = |(place, node)| (node, each + usize::from(place < more.unwrap_or(0)));
        staying.into_iter().enumerate().map(share).collect()
    }

    fn count(&self, node: &str) -> usize {
        self.leases.values().filter(|holder| *holder == node).count()
    }

    /// Of the other nodes that stay and fit, the one farthest below its share.
    fn least_loaded(&self, share: &BTreeMap<String, usize>, is_fit: impl Fn(&Node) -> bool) -> Option<String> {
        let lacks = |node: &&Node| {
            let share = share.get(&node.node).copied().unwrap_or(0);
            std::cmp::Reverse(share.saturating_sub(self.count(&node.node)))
        };
        let fit = self.others().filter(|node| node.stays && is_fit(node));
        fit.min_by_key(lacks).map(|node| node.node.clone())
    }
}

/// Whether a node reports a dialer as healthy. The lease of the cluster needs no dialer.
fn sees_healthy(node: &Node, server_ip: &str) -> bool {
    server_ip == CLUSTER_WIDE || !node.unwell.iter().any(|unwell| unwell == server_ip)
}

#[cfg(test)]
mod tests;
