//! Who is alive, and who acts on which dialer's events: decided by each node for itself, from what all of them write.
//!
//! No clocks are compared: a node is dead when its beat stood still for as long as this one was watching.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use fleet::nodes::{HOUSE, Lease, Node};
use tokio::time::Instant;

/// How often there is a look.
pub(crate) const LOOK: Duration = Duration::from_millis(250);

/// A node whose beat stands still for so long is dead. It beats every second look.
const DEAD_AFTER: Duration = Duration::from_millis(1250);

/// The most of the time between two looks that counts: whoever was not looking, since the database was away for instance, has not
/// seen anybody stand still.
const COUNTS: Duration = Duration::from_millis(400);

/// For how many looks a lease is nobody's, or is had by who does not see the dialer, before that is taken for lasting.
const LASTING: u32 = 3;

/// A lease that is to go from a node that has it, or nobody, to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) server_ip: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What is to be done after a look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Steps {
    /// Nodes to be deleted, if they still have this beat.
    pub(crate) dead: Vec<(String, i64)>,
    pub(crate) passes: Vec<Pass>,
}

impl Steps {
    pub(crate) fn are_none(&self) -> bool {
        self.dead.is_empty() && self.passes.is_empty()
    }
}

/// A lease that this node did not have at the look before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gained {
    pub(crate) server_ip: String,
    /// Whether another node that was alive has had it since this one runs.
    pub(crate) was_led: bool,
}

/// What is known of another node's beat.
#[derive(Debug, Default)]
struct Pulse {
    beat: i64,
    stood_still: Duration,
    /// Whether it has ever beaten while this node watched.
    has_beaten: bool,
}

/// The nodes and the leases, as of the last look.
#[derive(Debug)]
pub(crate) struct Nodes {
    own: String,
    /// Whether this node takes anything on.
    stays: bool,
    looked: Option<Instant>,
    pulses: HashMap<String, Pulse>,
    all: Vec<Node>,
    leases: BTreeMap<String, String>,
    /// For how many looks something about a lease has been odd.
    odd: BTreeMap<String, u32>,
    /// Dialers that another living node has led.
    led_by_others: BTreeSet<String>,
    takeovers: u64,
}

impl Nodes {
    pub(crate) fn new(own: String) -> Self {
        Self {
            own,
            stays: true,
            looked: None,
            pulses: HashMap::new(),
            all: Vec::new(),
            leases: BTreeMap::new(),
            odd: BTreeMap::new(),
            led_by_others: BTreeSet::new(),
            takeovers: 0,
        }
    }

    /// Whether a node is alive. One that was never heard of is not.
    pub(crate) fn is_alive(&self, node: &str) -> bool {
        self.all.iter().any(|known| known.node == node)
    }

    /// Whether this node has a lease, and has looked not long ago.
    pub(crate) fn leads(&self, now: Instant, server_ip: &str) -> bool {
        let is_fresh = self.looked.is_some_and(|looked| now.duration_since(looked) < DEAD_AFTER);
        is_fresh && self.leases.get(server_ip).is_some_and(|node| *node == self.own)
    }

    /// Whether another node sees this dialer well.
    pub(crate) fn is_well_elsewhere(&self, server_ip: &str) -> bool {
        self.others().any(|node| sees_well(node, server_ip))
    }

    /// From now on nothing is taken on, and what this node has is given away.
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

    /// How many leases were taken from nodes that had died.
    pub(crate) fn takeovers(&self) -> u64 {
        self.takeovers
    }

    fn others(&self) -> impl Iterator<Item = &Node> {
        self.all.iter().filter(|node| node.node != self.own)
    }

    /// Takes a look in: what the tables say now. Returns the leases that this node has gained.
    pub(crate) fn see(&mut self, now: Instant, nodes: Vec<Node>, leases: Vec<Lease>) -> Vec<Gained> {
        let passed = self.looked.map_or(Duration::ZERO, |looked| now.duration_since(looked)).min(COUNTS);
        self.looked = Some(now);
        self.pulses.retain(|known, _| nodes.iter().any(|node| node.node == *known));
        for node in &nodes {
            let is_new = !self.pulses.contains_key(&node.node);
            let pulse = self.pulses.entry(node.node.clone()).or_default();
            if pulse.beat == node.beat && !is_new {
                pulse.stood_still += passed;
            } else {
                *pulse = Pulse { beat: node.beat, stood_still: Duration::ZERO, has_beaten: !is_new };
            }
        }
        self.all = nodes;
        let before = std::mem::take(&mut self.leases);
        self.leases = leases.into_iter().map(|lease| (lease.server_ip, lease.node)).collect();
        for (server_ip, node) in &self.leases {
            if *node != self.own && self.pulses.get(node).is_some_and(|pulse| pulse.has_beaten) {
                self.led_by_others.insert(server_ip.clone());
            }
        }
        let is_own = |leases: &BTreeMap<String, String>, server_ip: &String| leases.get(server_ip) == Some(&self.own);
        let gained: Vec<String> = self
            .leases
            .keys()
            .filter(|server_ip| is_own(&self.leases, server_ip) && !is_own(&before, server_ip))
            .cloned()
            .collect();
        let gained =
            gained.into_iter().map(|server_ip| Gained { was_led: self.led_by_others.remove(&server_ip), server_ip });
        gained.collect()
    }

    /// What is to be done now, so that each of these leases is had by a living node that sees the dialer, as many by each.
    /// `unwell` are the dialers that this node does not see well.
    pub(crate) fn decide(&mut self, wanted: &BTreeSet<String>, unwell: &BTreeSet<String>) -> Steps {
        let is_dead = |node: &&Node| {
            node.node != self.own && self.pulses.get(&node.node).is_some_and(|pulse| pulse.stood_still >= DEAD_AFTER)
        };
        let dead: Vec<(String, i64)> =
            self.all.iter().filter(is_dead).map(|node| (node.node.clone(), node.beat)).collect();
        self.all.retain(|node| !dead.iter().any(|(dead, _)| *dead == node.node));
        let mut passes = Vec::new();
        let mine: Vec<String> =
            self.leases.iter().filter(|(_, node)| **node == self.own).map(|(server_ip, _)| server_ip.clone()).collect();
        if !self.stays {
            passes.extend(mine.into_iter().map(|server_ip| self.pass(server_ip, String::new())));
            return Steps { dead, passes };
        }
        if !self.is_alive(&self.own) {
            return Steps { dead, passes };
        }
        let mut odd = BTreeMap::new();
        let mut has = mine.iter().filter(|server_ip| wanted.contains(*server_ip)).count();
        let share = self.shares(wanted.len());
        let own_share = share.get(&self.own).copied().unwrap_or(0);
        for server_ip in wanted {
            let node = self.leases.get(server_ip).map_or("", String::as_str);
            let is_free = node.is_empty() || !self.is_alive(node);
            let is_blind = unwell.contains(server_ip) && self.is_well_elsewhere(server_ip);
            if !(is_free || (is_blind && node == self.own)) {
                continue;
            }
            let looks = self.odd.get(server_ip).copied().unwrap_or(0) + 1;
            odd.insert(server_ip.clone(), looks);
            if is_free && !is_blind && (has < own_share || looks > LASTING) {
                has += 1;
                passes.push(self.pass(server_ip.clone(), self.own.clone()));
            } else if !is_free
                && looks >= LASTING
                && let Some(to) = self.who_has_least(&share, |node| sees_well(node, server_ip))
            {
                has -= 1;
                passes.push(self.pass(server_ip.clone(), to));
            }
        }
        self.odd = odd;
        // One at a time: the others see who has how many before the next one goes.
        passes.extend(self.surplus(&mine, wanted, has, &share).filter(|_| passes.is_empty()));
        Steps { dead, passes }
    }

    /// A lease of this node's that is beyond its share, for a node that lacks one.
    fn surplus(
        &self,
        mine: &[String],
        wanted: &BTreeSet<String>,
        has: usize,
        share: &BTreeMap<String, usize>,
    ) -> Option<Pass> {
        let share_of = |node: &str| share.get(node).copied().unwrap_or(0);
        if has <= share_of(&self.own) {
            return None;
        }
        let lacks = |node: &Node| self.count(&node.node) < share_of(&node.node);
        mine.iter().rev().filter(|server_ip| wanted.contains(*server_ip)).find_map(|server_ip| {
            let to = self.who_has_least(share, |node| lacks(node) && sees_well(node, server_ip))?;
            Some(self.pass(server_ip.clone(), to))
        })
    }

    /// A lease was passed.
    pub(crate) fn was_passed(&mut self, pass: &Pass) {
        if pass.to == self.own && !pass.from.is_empty() {
            self.takeovers += 1;
        }
    }

    fn pass(&self, server_ip: String, to: String) -> Pass {
        Pass { from: self.leases.get(&server_ip).cloned().unwrap_or_default(), server_ip, to }
    }

    /// How many leases each node that stays is to have.
    fn shares(&self, leases: usize) -> BTreeMap<String, usize> {
        let staying: Vec<String> = self.all.iter().filter(|node| node.stays).map(|node| node.node.clone()).collect();
        let (each, more) = (leases.checked_div(staying.len()).unwrap_or(0), leases.checked_rem(staying.len()));
        let share = |(place, node)| (node, each + usize::from(place < more.unwrap_or(0)));
        staying.into_iter().enumerate().map(share).collect()
    }

    fn count(&self, node: &str) -> usize {
        self.leases.values().filter(|holder| *holder == node).count()
    }

    /// The other node that stays, is fit for something, and lacks most of its share.
    fn who_has_least(&self, share: &BTreeMap<String, usize>, is_fit: impl Fn(&Node) -> bool) -> Option<String> {
        let lacks = |node: &&Node| {
            let share = share.get(&node.node).copied().unwrap_or(0);
            std::cmp::Reverse(share.saturating_sub(self.count(&node.node)))
        };
        let fit = self.others().filter(|node| node.stays && is_fit(node));
        fit.min_by_key(lacks).map(|node| node.node.clone())
    }
}

/// Whether a node says that it sees a dialer well. What is done once for all needs no dialer.
fn sees_well(node: &Node, server_ip: &str) -> bool {
    server_ip == HOUSE || !node.unwell.iter().any(|unwell| unwell == server_ip)
}

#[cfg(test)]
mod tests;
