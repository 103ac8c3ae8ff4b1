//! Progress of the calls that this node is ringing.

use std::collections::HashMap;

use dialers::call_id::CallId;
use parking_lot::{Mutex, MutexGuard};

/// Events that the dialer has reported for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RingProgress {
    /// The phone is ringing or has answered.
    pub(crate) rings: bool,
    /// The channel has ended.
    pub(crate) ended: bool,
}

/// The calls that this node is ringing.
#[derive(Debug, Default)]
pub(crate) struct PendingRings {
    progress: Mutex<HashMap<CallId, RingProgress>>,
}

impl PendingRings {
    pub(crate) fn begin(&self, call: CallId) {
        self.lock().insert(call, RingProgress::default());
    }

    /// Updates the progress of a call. Returns whether this node is ringing it.
    pub(crate) fn update(&self, call: CallId, change: impl FnOnce(&mut RingProgress)) -> bool {
        self.lock().get_mut(&call).map(change).is_some()
    }

    /// Whether this node is ringing a call.
    pub(crate) fn contains(&self, call: CallId) -> bool {
        self.lock().contains_key(&call)
    }

    pub(crate) fn progress_of(&self, call: CallId) -> RingProgress {
        self.lock().get(&call).copied().unwrap_or_default()
    }

    /// Removes a call that is no longer being rung, and returns its progress.
    pub(crate) fn finish(&self, call: CallId) -> RingProgress {
        self.lock().remove(&call).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, RingProgress>> {
        self.progress.lock()
    }
}
