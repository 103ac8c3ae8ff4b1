//! The tracked calls: calls that are ringing, and answered calls that have not ended.

use std::collections::{HashMap, HashSet};

use tokio::sync::oneshot;

use crate::call_id::CallId;

/// The connection number of adopted calls, which are older than this watch.
const ADOPTED: u64 = 0;

/// The dialer's answer to an originate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OriginateResult {
    Answered {
        channel: String,
        unique_id: String,
    },
    /// `was_tried`: whether a channel existed. Without one, the line could not be rung at all.
    Failed {
        reason: u8,
        was_tried: bool,
    },
    /// The connection ended before the answer.
    Lost,
}

/// A tracked call.
#[derive(Debug)]
struct TrackedCall {
    /// The connection on which it was begun.
    link: u64,
    /// Whether a channel has been seen.
    is_tried: bool,
    /// The caller that waits for the answer.
    ring: Option<oneshot::Sender<OriginateResult>>,
}

/// The tracked calls. A call of this owner that is not tracked is hung up as soon as it is seen.
#[derive(Debug, Default)]
pub(super) struct TrackedCalls {
    by_id: HashMap<CallId, TrackedCall>,
}

impl TrackedCalls {
    /// Tracks a call that is older than this watch.
    pub(super) fn adopt(&mut self, call_id: CallId) {
        self.by_id.insert(call_id, TrackedCall { link: ADOPTED, is_tried: true, ring: None });
    }

    /// Tracks a new call; `None` if its id is in use.
    pub(super) fn begin(&mut self, call_id: CallId, link: u64) -> Option<oneshot::Receiver<OriginateResult>> {
        if self.by_id.get(&call_id).is_some_and(|call| call.link != ADOPTED) {
            return None;
        }
        let (ring, answer) = oneshot::channel();
        self.by_id.insert(call_id, TrackedCall { link, is_tried: false, ring: Some(ring) });
        Some(answer)
    }

    pub(super) fn contains(&self, call_id: CallId) -> bool {
        self.by_id.contains_key(&call_id)
    }

    /// Stops tracking a call. Its waiting caller sees that the sender is gone.
    pub(super) fn remove(&mut self, call_id: CallId) {
        self.by_id.remove(&call_id);
    }

    /// Records that a call has a channel.
    pub(super) fn mark_tried(&mut self, call_id: CallId) {
        if let Some(call) = self.by_id.get_mut(&call_id) {
            call.is_tried = true;
        }
    }

    /// Answers the waiting caller: the line has answered. If the caller is gone, the call is no longer tracked.
    pub(super) fn resolve_answered(&mut self, call_id: CallId, channel: String, unique_id: String) {
        // An adopted call has no waiting caller.
        let Some(ring) = self.by_id.get_mut(&call_id).and_then(|call| call.ring.take()) else { return };
        if ring.send(OriginateResult::Answered { channel, unique_id }).is_err() {
            self.by_id.remove(&call_id);
        }
    }

    /// Answers the waiting caller: the call has failed.
    pub(super) fn resolve_failed(&mut self, call_id: CallId, reason: u8) {
        let Some(TrackedCall { is_tried, ring: Some(ring), .. }) = self.by_id.remove(&call_id) else { return };
        // The caller may be gone.
        ring.send(OriginateResult::Failed { reason, was_tried: is_tried }).ok();
    }

    /// Fails the ringing calls, because the connection has ended. Answered calls may still exist.
    pub(super) fn fail_pending(&mut self) {
        for (_, call) in self.by_id.extract_if(|_, call| call.ring.is_some()) {
            // The caller may be gone.
            call.ring.map(|ring| ring.send(OriginateResult::Lost).ok());
        }
    }

    /// Records that a call's channel has ended. A ringing call gets its result from the `OriginateResponse`.
    pub(super) fn note_end(&mut self, call_id: CallId) {
        if self.by_id.get(&call_id).is_some_and(|call| call.ring.is_none()) {
            self.by_id.remove(&call_id);
        }
    }

    /// Takes the calls of earlier connections that the dialer no longer has.
    pub(super) fn take_gone(&mut self, present: &HashSet<CallId>, link: u64) -> Vec<CallId> {
        let is_gone = |(call_id, call): (&CallId, &TrackedCall)| {
            (call.link < link && !present.contains(call_id)).then_some(*call_id)
        };
        let gone: Vec<CallId> = self.by_id.iter().filter_map(is_gone).collect();
        for call_id in &gone {
            self.by_id.remove(call_id);
        }
        gone
    }
}
