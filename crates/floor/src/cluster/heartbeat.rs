//! This node's heartbeat, and its reaction to the other nodes' heartbeats.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fleet::nodes::{CLUSTER_WIDE, Lease, Node};
use fleet::{FleetTx, TxError};
use store::WriteError;
use tokio::time::{Instant, timeout};

use crate::cluster::membership::{GainedLease, LeaseTransfer, MembershipActions, OBSERVE_EVERY};
use crate::floor::Floor;

/// Observations for each heartbeat.
const BEAT_EVERY: u64 = 2;

/// Time limit for the last writes of a node that stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// The rows of nodes and leases.
type ClusterRows = (Vec<Node>, Vec<Lease>);

impl Floor {
    /// Observes the nodes and sends heartbeats until the floor is closed.
    pub(crate) async fn run_heartbeat(self: Arc<Self>) {
        for round in 0_u64.. {
            let began = Instant::now();
            self.beat_once(round.is_multiple_of(BEAT_EVERY)).await;
            let rest = OBSERVE_EVERY.saturating_sub(began.elapsed());
            // A change of a dialer's state is reported at once.
            timeout(rest, self.cluster.dialer_health_changed.notified()).await.ok();
        }
    }

    async fn beat_once(self: &Arc<Self>, beats: bool) {
        let node = self.own_row();
        let unwell: BTreeSet<String> = node.unwell.iter().cloned().collect();
        let is_news = self.cluster.reported_unhealthy.lock().replace(unwell.clone()) != Some(unwell.clone());
        let beat = (beats || is_news).then_some(node);
        let seen = self.store.write_with_priority(move |tx| read_rows(tx, beat.as_ref())).await;
        let Some(seen) = logged(seen) else { return };
        let gained = self.observe(seen);
        self.take_over(gained);
        let wanted = self.wanted_leases();
        let actions = self.cluster.membership().map(|mut nodes| nodes.decide(&wanted, &unwell)).unwrap_or_default();
        if !actions.is_empty() {
            self.execute_actions(actions).await;
        }
        self.resume_orphaned_rings();
    }

    async fn execute_actions(self: &Arc<Self>, actions: MembershipActions) {
        let planned = actions.clone();
        let executed = self.store.write_with_priority(move |tx| {
            let mut dead = Vec::new();
            for (node, beat) in &planned.dead {
                if tx.remove_node(node, *beat)? {
                    dead.push(node.clone());
                }
            }
            let mut transferred = Vec::new();
            for transfer in &planned.transfers {
                if tx.pass_lease(&transfer.server_ip, &transfer.from, &transfer.to)? {
                    transferred.push(transfer.clone());
                }
            }
            Ok((dead, transferred, read_rows(tx, None)?))
        });
        let Some((dead, transferred, seen)) = logged(executed.await) else { return };
        for node in dead {
            tracing::error!(node, "another node is dead; its leases are taken over");
        }
        self.record_transfers(&transferred);
        let gained = self.observe(seen);
        self.take_over(gained);
    }

    fn record_transfers(&self, transferred: &[LeaseTransfer]) {
        let Some(mut nodes) = self.cluster.membership() else { return };
        for transfer in transferred {
            tracing::info!(
                dialer = transfer.server_ip,
                from = transfer.from,
                to = transfer.to,
                "another node leads the dialer now"
            );
            nodes.count_transfer(transfer);
        }
    }

    fn observe(&self, (nodes, leases): ClusterRows) -> Vec<GainedLease> {
        self.cluster.membership().map(|mut known| known.observe(Instant::now(), nodes, leases)).unwrap_or_default()
    }

    /// The row that describes this node.
    pub(crate) fn own_row(&self) -> Node {
        let healths = self.dialer_registry.healths().into_iter();
        Node {
            node: self.cluster.owner().to_string(),
            name: self.cluster.name.lock().clone(),
            beat: self.cluster.heartbeats.fetch_add(1, Ordering::Relaxed),
            unwell: healths.filter(|(_, health)| !health.is_healthy()).map(|(server_ip, _)| server_ip).collect(),
            stays: self.cluster.membership().is_none_or(|nodes| nodes.stays()),
        }
    }

    /// The leases that must exist: one for every dialer, one for every deleted dialer that still has agents, and one
    /// for the cluster.
    fn wanted_leases(&self) -> BTreeSet<String> {
        let dialers = self.dialer_registry.dialer_views().into_iter().map(|view| view.server_ip);
        dialers.chain(self.session_cache.dialers()).chain([CLUSTER_WIDE.to_owned()]).collect()
    }

    /// Releases all leases and accepts none from now on, because this node is being stopped. The node finishes the
    /// actions it has begun.
    pub async fn step_down(&self) {
        let Some(()) = self.cluster.membership().map(|mut nodes| nodes.step_down()) else { return };
        let node = self.own_row();
        let own = node.node.clone();
        let given = self.store.write_with_priority(move |tx| {
            tx.beat_node(&node)?;
            for lease in tx.leases()?.iter().filter(|lease| lease.node == own) {
                tx.pass_lease(&lease.server_ip, &own, "")?;
            }
            Ok(())
        });
        if timeout(FAREWELL, given).await.is_err() {
            tracing::warn!("this node's leases were not released before the time limit");
        }
    }

    /// Removes this node from the database, so that other nodes take over its work.
    pub async fn leave(&self) {
        self.close();
        if self.cluster.is_alone() {
            return;
        }
        let own = self.cluster.owner().to_string();
        let left = self.store.write_with_priority(move |tx| {
            let last = tx.nodes()?.into_iter().find(|node| node.node == own);
            last.map_or(Ok(false), |node| tx.remove_node(&node.node, node.beat))
        });
        timeout(FAREWELL, left).await.ok();
    }
}

fn logged<T>(answer: Result<T, WriteError>) -> Option<T> {
    answer.inspect_err(|error| tracing::error!(%error, "the heartbeat cannot be written")).ok()
}

fn read_rows(tx: &mut dyn FleetTx, beat: Option<&Node>) -> Result<ClusterRows, TxError> {
    if let Some(node) = beat {
        tx.beat_node(node)?;
    }
    Ok((tx.nodes()?, tx.leases()?))
}
