//! The beat of this node, and what it does with what the others' say.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dialers::mark::Owner;
use fleet::nodes::{HOUSE, Lease, Node};
use fleet::{FleetTx, TxError};
use store::WriteError;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::floor::Floor;
use crate::leading::Unrung;
use crate::nodes::{Gained, LOOK, Nodes, Pass, Steps};
use crate::view::NodeView;

/// A node beats at every so many looks.
const BEAT_EVERY: u64 = 2;

/// How long a stop waits for the database to hear of it.
const FAREWELL: Duration = Duration::from_secs(2);

/// Who may act on a dialer's events: asked in the transaction that acts.
#[derive(Debug, Clone)]
pub(crate) enum Acting {
    /// Who is asked by somebody, or is the only node.
    Freely,
    /// This node, as long as it has the lease of this dialer.
    Leading { server_ip: String, node: String },
}

impl Acting {
    /// Whether it still may. Nobody else takes the lease until the transaction ends.
    pub(crate) fn may(&self, tx: &mut dyn FleetTx) -> Result<bool, TxError> {
        match self {
            Self::Freely => Ok(true),
            Self::Leading { server_ip, node } => tx.has_lease(server_ip, node),
        }
    }
}

/// What has to do with other nodes on the database.
pub(crate) struct Others {
    /// `None` where there can be none.
    nodes: Option<Mutex<Nodes>>,
    /// What people call this node.
    name: Mutex<String>,
    beats: AtomicI64,
    /// The dialers that the others were told not to be seen well from here.
    told_unwell: Mutex<Option<BTreeSet<String>>>,
    /// A dialer became well, or is not any more: the others are told at once.
    pub(crate) well_changed: Notify,
    /// Since when each dialer has been well.
    pub(crate) well_since: Mutex<HashMap<String, Instant>>,
    /// Dialers that this node has begun to lead, for who writes lines down.
    pub(crate) led_anew: Mutex<Vec<String>>,
    pub(crate) unrung: Mutex<Unrung>,
    /// From where logins failed on other nodes.
    pub(crate) failures: Mutex<Vec<IpAddr>>,
}

impl Others {
    pub(crate) fn new(own: Owner, can_be: bool) -> Self {
        Self {
            nodes: can_be.then(|| Mutex::new(Nodes::new(own.to_string()))),
            name: Mutex::new(own.to_string()),
            beats: AtomicI64::new(1),
            told_unwell: Mutex::default(),
            well_changed: Notify::new(),
            well_since: Mutex::default(),
            led_anew: Mutex::default(),
            unrung: Mutex::default(),
            failures: Mutex::default(),
        }
    }
}

/// What the tables say about nodes.
type Seen = (Vec<Node>, Vec<Lease>);

impl Floor {
    /// The name by which people know this node. Told with the next beat.
    pub fn is_called(&self, name: String) {
        *self.others.name.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }

    /// Whether this node acts on what a dialer tells. The only node always does.
    pub(crate) fn leads(&self, server_ip: &str) -> bool {
        self.nodes().is_none_or(|nodes| nodes.leads(Instant::now(), server_ip))
    }

    /// Whether this node does what is done once for all dialers.
    #[must_use]
    pub fn keeps_house(&self) -> bool {
        self.leads(HOUSE)
    }

    /// The right to act on a dialer's events.
    pub(crate) fn acting_on(&self, server_ip: &str) -> Acting {
        if self.is_alone() {
            return Acting::Freely;
        }
        Acting::Leading { server_ip: server_ip.to_owned(), node: self.owner.to_string() }
    }

    /// Whether no other node can be on this database.
    pub(crate) fn is_alone(&self) -> bool {
        self.others.nodes.is_none()
    }

    /// Whether somebody's calls are those of another node that is alive.
    pub(crate) fn is_neighbour(&self, owner: Owner) -> bool {
        owner != self.owner && self.nodes().is_some_and(|nodes| nodes.is_alive(&owner.to_string()))
    }

    pub(crate) fn is_well_elsewhere(&self, server_ip: &str) -> bool {
        self.nodes().is_some_and(|nodes| nodes.is_well_elsewhere(server_ip))
    }

    fn nodes(&self) -> Option<MutexGuard<'_, Nodes>> {
        Some(self.others.nodes.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every node on this database that is alive, with the dialers on whose events it acts. None where there can be only one.
    #[must_use]
    pub fn all_nodes(&self) -> Vec<NodeView> {
        let Some(nodes) = self.nodes() else { return Vec::new() };
        let own = self.owner.to_string();
        let leads = |node: &Node| {
            let of_node = nodes.leases().iter().filter(|(_, holder)| **holder == node.node);
            of_node.map(|(server_ip, _)| server_ip.clone()).filter(|server_ip| server_ip != HOUSE).collect()
        };
        let view = |node: &Node| NodeView {
            name: node.name.clone(),
            is_this: node.node == own,
            stays: node.stays,
            keeps_house: nodes.leases().get(HOUSE) == Some(&node.node),
            leads: leads(node),
        };
        nodes.all().iter().map(view).collect()
    }

    /// How many leases this node has taken from nodes that had died.
    #[must_use]
    pub fn takeovers(&self) -> u64 {
        self.nodes().map_or(0, |nodes| nodes.takeovers())
    }

    /// Looks at the nodes again and again, and beats.
    pub(crate) async fn keep_pulse(self: Arc<Self>) {
        for look in 0_u64.. {
            let began = Instant::now();
            self.pulse(look.is_multiple_of(BEAT_EVERY)).await;
            let rest = LOOK.saturating_sub(began.elapsed());
            // What a dialer became is told at once, and then there is a beat.
            timeout(rest, self.others.well_changed.notified()).await.ok();
        }
    }

    async fn pulse(self: &Arc<Self>, beats: bool) {
        let node = self.as_node();
        let unwell: BTreeSet<String> = node.unwell.iter().cloned().collect();
        let is_news = self.others.told_unwell.lock().unwrap_or_else(PoisonError::into_inner).replace(unwell.clone())
            != Some(unwell.clone());
        let beat = (beats || is_news).then_some(node);
        let seen = self.store.write_urgently(move |tx| look(tx, beat.as_ref())).await;
        let Some(seen) = heard(seen) else { return };
        let gained = self.see(seen);
        self.take_charge_of(gained);
        let wanted = self.wanted_leases();
        let steps = self.nodes().map(|mut nodes| nodes.decide(&wanted, &unwell)).unwrap_or_default();
        if !steps.are_none() {
            self.execute(steps).await;
        }
        self.look_after_left_ringing();
    }

    async fn execute(self: &Arc<Self>, steps: Steps) {
        let wanted = steps.clone();
        let done = self.store.write_urgently(move |tx| {
            let mut dead = Vec::new();
            for (node, beat) in &wanted.dead {
                if tx.remove_node(node, *beat)? {
                    dead.push(node.clone());
                }
            }
            let mut passed = Vec::new();
            for pass in &wanted.passes {
                if tx.pass_lease(&pass.server_ip, &pass.from, &pass.to)? {
                    passed.push(pass.clone());
                }
            }
            Ok((dead, passed, look(tx, None)?))
        });
        let Some((dead, passed, seen)) = heard(done.await) else { return };
        for node in dead {
            tracing::error!(node, "another node is dead: what it had is taken over");
        }
        self.note_passed(&passed);
        let gained = self.see(seen);
        self.take_charge_of(gained);
    }

    fn note_passed(&self, passed: &[Pass]) {
        let Some(mut nodes) = self.nodes() else { return };
        for pass in passed {
            tracing::info!(dialer = pass.server_ip, from = pass.from, to = pass.to, "who acts on its events");
            nodes.was_passed(pass);
        }
    }

    fn see(&self, (nodes, leases): Seen) -> Vec<Gained> {
        self.nodes().map(|mut known| known.see(Instant::now(), nodes, leases)).unwrap_or_default()
    }

    /// This node as it is told to the others.
    pub(crate) fn as_node(&self) -> Node {
        let healths = self.roster.healths().into_iter();
        Node {
            node: self.owner.to_string(),
            name: self.others.name.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            beat: self.others.beats.fetch_add(1, Ordering::Relaxed),
            unwell: healths.filter(|(_, health)| !health.is_well()).map(|(server_ip, _)| server_ip).collect(),
            stays: self.nodes().is_none_or(|nodes| nodes.stays()),
        }
    }

    /// What is led: every dialer, those that are gone and still have agents, and the house.
    fn wanted_leases(&self) -> BTreeSet<String> {
        let dialers = self.roster.views().into_iter().map(|view| view.server_ip);
        dialers.chain(self.board.dialers()).chain([HOUSE.to_owned()]).collect()
    }

    /// Gives all leases away, and takes none from now on: this node is being stopped. It goes on with what it has begun.
    pub async fn step_down(&self) {
        let Some(()) = self.nodes().map(|mut nodes| nodes.step_down()) else { return };
        let node = self.as_node();
        let own = node.node.clone();
        let given = self.store.write_urgently(move |tx| {
            tx.beat_node(&node)?;
            for lease in tx.leases()?.iter().filter(|lease| lease.node == own) {
                tx.pass_lease(&lease.server_ip, &own, "")?;
            }
            Ok(())
        });
        if timeout(FAREWELL, given).await.is_err() {
            tracing::warn!("the other nodes were not told that this one stops");
        }
    }

    /// This node is not there any more: others go on with what it was doing.
    pub async fn leave(&self) {
        self.close();
        if self.is_alone() {
            return;
        }
        let own = self.owner.to_string();
        let left = self.store.write_urgently(move |tx| {
            let last = tx.nodes()?.into_iter().find(|node| node.node == own);
            last.map_or(Ok(false), |node| tx.remove_node(&node.node, node.beat))
        });
        timeout(FAREWELL, left).await.ok();
    }
}

fn heard<T>(answer: Result<T, WriteError>) -> Option<T> {
    answer.inspect_err(|error| tracing::error!(%error, "the other nodes do not hear of this one")).ok()
}

fn look(tx: &mut dyn FleetTx, beat: Option<&Node>) -> Result<Seen, TxError> {
    if let Some(node) = beat {
        tx.beat_node(node)?;
    }
    Ok((tx.nodes()?, tx.leases()?))
}
