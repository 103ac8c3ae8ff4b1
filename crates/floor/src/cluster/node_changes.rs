//! Replication of other nodes' changes: this node polls them from the database and publishes them as its own events.
//!
//! A change gets its number before its transaction commits, so a lower number may appear after a higher one. Recent
//! changes are therefore read again, and those already processed are skipped. A scan of all open sessions finds changes
//! that were missed, for example while this node was disconnected.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::CallId;
use fleet::FleetTx;
use fleet::nodes::NodeChange;
use fleet::sessions::{Session, State};
use serde::{Deserialize, Serialize};
use store::ReadError;
use tokio::time::{Instant, sleep};

use crate::floor::Floor;
use crate::session_cache::SessionUpdate;
use crate::view::{Change, DialerAction, MoveReason};

/// Interval between two reads.
const READ_EVERY: Duration = Duration::from_millis(200);

/// How long after a number was read a lower one may still appear.
const REORDER_WINDOW: Duration = Duration::from_secs(10);

/// Row limit of one read.
const MAX_ROWS: u32 = 5000;

/// Interval between two scans of all open sessions.
const FULL_SCAN_EVERY: Duration = Duration::from_secs(30);

/// A longer time between two reads causes a scan of all open sessions.
const MAX_GAP: Duration = Duration::from_secs(5);

/// How long changes are kept for the other nodes.
const RETENTION: Duration = Duration::from_mins(1);

/// Interval between two deletions of old changes.
const PRUNE_EVERY: Duration = Duration::from_secs(10);

/// Limit of queued login failures; more are dropped.
const MAX_FAILURES: usize = 10_000;

/// A message to the other nodes, stored with a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NodeMessage {
    /// Why a session moved.
    #[serde(rename = "because")]
    MoveReason(MoveReason),
    /// A supervisor's action on a dialer.
    #[serde(rename = "done")]
    DialerAction(DialerAction),
    /// A login failed.
    #[serde(rename = "failed")]
    LoginFailed(IpAddr),
}

impl NodeMessage {
    pub(crate) fn to_json(&self) -> String {
        // Every message can be serialized.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// This node's position in the changes.
#[derive(Debug)]
pub(crate) struct ChangeReader {
    /// All changes up to this number are processed.
    after: i64,
    /// The processed changes after `after`, with the time at which each was processed.
    processed: BTreeMap<i64, Instant>,
    last_read: Instant,
    /// When all open sessions were last scanned.
    full_scan_at: Instant,
    /// Positions at earlier times, the oldest first.
    checkpoints: VecDeque<(Instant, i64)>,
}

impl ChangeReader {
    pub(crate) fn new(now: Instant, after: i64) -> Self {
        Self {
            after,
            processed: BTreeMap::new(),
            last_read: now,
            full_scan_at: now,
            checkpoints: VecDeque::from([(now, after)]),
        }
    }

    /// Filters out the rows that are already processed, and marks the others as processed.
    fn take_new(&mut self, now: Instant, mut rows: Vec<NodeChange>) -> Vec<NodeChange> {
        rows.retain(|row| match self.processed.entry(row.change_id) {
            Entry::Vacant(place) => {
                place.insert(now);
                true
            }
            Entry::Occupied(_) => false,
        });
        while let Some(first) = self.processed.first_entry() {
            let is_settled = now.duration_since(*first.get()) >= REORDER_WINDOW;
            let number = *first.key();
            // If there are more changes than one read returns, the scan of all open sessions finds the late ones.
            if !is_settled && self.processed.len() <= MAX_ROWS as usize / 2 {
                break;
            }
            self.processed.remove(&number);
            self.after = number;
        }
        rows
    }

    /// The number up to which old changes can be deleted, if a deletion is due.
    fn prunable_up_to(&mut self, now: Instant) -> Option<i64> {
        let (last, _) = *self.checkpoints.back()?;
        if now.duration_since(last) < PRUNE_EVERY {
            return None;
        }
        self.checkpoints.push_back((now, self.processed.last_key_value().map_or(self.after, |(number, _)| *number)));
        let (since, up_to) = *self.checkpoints.front()?;
        if now.duration_since(since) < RETENTION {
            return None;
        }
        self.checkpoints.pop_front();
        Some(up_to)
    }

    /// Whether a scan of all open sessions is due.
    fn is_full_scan_due(&mut self, now: Instant) -> bool {
        let is_due =
            now.duration_since(self.last_read) > MAX_GAP || now.duration_since(self.full_scan_at) > FULL_SCAN_EVERY;
        self.last_read = now;
        if is_due {
            self.full_scan_at = now;
        }
        is_due
    }
}

impl Floor {
    /// Reads and applies the other nodes' changes until the floor is closed.
    pub(crate) async fn read_node_changes(self: Arc<Self>, mut reader: ChangeReader) {
        loop {
            match self.read_changes_once(&mut reader).await {
                // More changes are waiting.
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the changes of other nodes cannot be read"),
            }
            sleep(READ_EVERY).await;
        }
    }

    /// Reads once. Returns whether more changes are waiting.
    async fn read_changes_once(self: &Arc<Self>, reader: &mut ChangeReader) -> Result<bool, ReadError> {
        let after = reader.after;
        let rows = self.store.read(move |tx| tx.messages_after(after, MAX_ROWS)).await?;
        let (now, is_full) = (Instant::now(), rows.len() == MAX_ROWS as usize);
        let new = reader.take_new(now, rows);
        self.apply_changes(new).await?;
        if reader.is_full_scan_due(now) {
            self.apply_all_sessions().await?;
        }
        if let Some(up_to) = reader.prunable_up_to(now).filter(|_| self.cluster.leads_cluster()) {
            self.prune_changes(up_to).await;
        }
        Ok(is_full)
    }

    async fn apply_changes(self: &Arc<Self>, rows: Vec<NodeChange>) -> Result<(), ReadError> {
        let mut reasons = HashMap::new();
        let mut changed = BTreeSet::new();
        let own = self.cluster.owner().to_string();
        for row in rows {
            match serde_json::from_str(&row.message) {
                Ok(NodeMessage::MoveReason(why)) => drop(reasons.insert(row.session_id, Arc::new(why))),
                Ok(NodeMessage::DialerAction(done)) if row.node != own => {
                    self.session_cache.events.publish(self.store.now(), Change::DialerAction(done));
                }
                Ok(NodeMessage::LoginFailed(from)) if row.node != own => self.record_remote_failure(from),
                Ok(NodeMessage::DialerAction(_) | NodeMessage::LoginFailed(_)) | Err(_) => {}
            }
            if row.session_id != 0 && self.session_cache.revision(row.session_id) < row.change_id {
                changed.insert(row.session_id);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let read = move |tx: &mut dyn FleetTx| {
            changed.into_iter().map(|session_id| tx.session_as_of(session_id)).collect::<Result<Vec<_>, _>>()
        };
        for (revision, session) in self.store.read(read).await?.into_iter().flatten() {
            let reason = reasons.remove(&session.session_id);
            self.apply_session(revision, session, reason);
        }
        Ok(())
    }

    /// Reads and applies all sessions that are open in the database or in the cache.
    async fn apply_all_sessions(self: &Arc<Self>) -> Result<(), ReadError> {
        let known: HashSet<i64> = self.session_cache.open().into_iter().map(|session| session.session_id).collect();
        let read = move |tx: &mut dyn FleetTx| {
            // A session without a stored change changed before the first stored change.
            let first = tx.messages_after(0, 1)?.first().map_or(0, |row| row.change_id - 1);
            let mut found = tx.open_sessions_as_of()?;
            let mut gone = known;
            for (_, session) in &found {
                gone.remove(&session.session_id);
            }
            for session_id in gone {
                found.extend(tx.session_as_of(session_id)?);
            }
            Ok((first, found))
        };
        let (first, found) = self.store.read(read).await?;
        for (revision, session) in found {
            self.apply_session(revision.max(first), session, None);
        }
        self.reconcile_led_dialers();
        Ok(())
    }

    /// Applies the database's state of a session. If the session has left a call of this node, the call is hung up
    /// here, because only this node knows whether it has been placed yet.
    fn apply_session(&self, revision: i64, session: Session, reason: Option<Arc<MoveReason>>) {
        let before = self.session_cache.session(session.session_id).filter(|before| before.state != State::Ended);
        let left = before.map(|before| before.place).filter(|place| {
            let has_left = session.state == State::Ended || session.place.call != place.call;
            has_left && CallId::read(&place.call).is_some_and(|call| call.owner() == self.cluster.owner())
        });
        let is_applied =
            self.session_cache.apply(self.store.now(), SessionUpdate { revision, session, reason, is_own: false });
        if let Some(left) = left.filter(|_| is_applied) {
            self.hang_up(&left);
        }
    }

    async fn prune_changes(&self, up_to: i64) {
        if let Err(error) = self.store.write(move |tx| tx.delete_messages(up_to, MAX_ROWS)).await {
            tracing::warn!(%error, "old changes were not deleted; trying again later");
        }
    }

    /// Sends a message that concerns no session to the other nodes.
    pub(crate) fn broadcast(self: &Arc<Self>, message: &NodeMessage) {
        if self.cluster.is_alone() {
            return;
        }
        let (floor, node, json) = (Arc::clone(self), self.cluster.owner().to_string(), message.to_json());
        self.spawn(async move {
            if let Err(error) = floor.store.write(move |tx| tx.send_message(&node, 0, &json).map(drop)).await {
                tracing::warn!(%error, "a message to the other nodes was not written");
            }
        });
    }

    /// Reports a failed login from this address to the other nodes, whose login throttles count it too.
    pub fn report_login_failure(self: &Arc<Self>, from: IpAddr) {
        self.broadcast(&NodeMessage::LoginFailed(from));
    }

    fn record_remote_failure(&self, from: IpAddr) {
        let mut failures = self.cluster.remote_login_failures.lock();
        if failures.len() < MAX_FAILURES {
            failures.push(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(numbers: &[i64]) -> Vec<NodeChange> {
        let change =
            |number: &i64| NodeChange { change_id: *number, session_id: 0, node: "a".into(), message: String::new() };
        numbers.iter().map(change).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_change_is_not_missed_and_no_change_is_processed_twice() {
        let (start, mut reader) = (Instant::now(), ChangeReader::new(Instant::now(), 10));
        assert_eq!(reader.take_new(start, changes(&[11, 14])), changes(&[11, 14]));
        assert_eq!(reader.take_new(start + MAX_GAP, changes(&[11, 12, 14])), changes(&[12]));
        assert_eq!((reader.after, reader.take_new(start + MAX_GAP, changes(&[11, 12, 14]))), (10, vec![]));
        assert_eq!(reader.take_new(start + REORDER_WINDOW, changes(&[11, 12, 13, 14])), changes(&[13]));
        assert_eq!(reader.after, 11, "12 was read later");
        reader.take_new(start + REORDER_WINDOW * 2, vec![]);
        assert_eq!((reader.after, reader.processed.len()), (14, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_changes_is_processed_in_bounded_memory() {
        let (now, mut reader) = (Instant::now(), ChangeReader::new(Instant::now(), 0));
        let flood: Vec<i64> = (1..=i64::from(MAX_ROWS)).collect();
        assert_eq!(reader.take_new(now, changes(&flood)).len(), MAX_ROWS as usize);
        assert_eq!((reader.after, reader.processed.len()), (i64::from(MAX_ROWS) / 2, MAX_ROWS as usize / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn changes_are_deleted_a_minute_after_they_were_read() {
        let (start, mut reader) = (Instant::now(), ChangeReader::new(Instant::now(), 5));
        let mut deleted = Vec::new();
        for second in 1..=90 {
            let now = start + Duration::from_secs(second);
            reader.take_new(now, changes(&[5 + i64::try_from(second).unwrap()]));
            deleted.extend(reader.prunable_up_to(now).map(|up_to| (second, up_to)));
        }
        assert_eq!(deleted, [(60, 5), (70, 15), (80, 25), (90, 35)]);
    }
}
