//! What was heard of the calls that are being rung, for whoever waits for them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dialers::mark::Mark;

/// What was heard of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Heard {
    /// The phone rings, or has answered.
    pub(crate) rings: bool,
    /// The channel has ended.
    pub(crate) ended: bool,
}

/// The calls that are being rung.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    heard: Mutex<HashMap<Mark, Heard>>,
}

impl Rings {
    pub(crate) fn begin(&self, call: Mark) {
        self.heard().insert(call, Heard::default());
    }

    /// Notes something about a call. Whether it is being rung.
    pub(crate) fn note(&self, call: Mark, what: impl FnOnce(&mut Heard)) -> bool {
        self.heard().get_mut(&call).map(what).is_some()
    }

    /// Whether it is being rung.
    pub(crate) fn has(&self, call: Mark) -> bool {
        self.heard().contains_key(&call)
    }

    pub(crate) fn of(&self, call: Mark) -> Heard {
        self.heard().get(&call).copied().unwrap_or_default()
    }

    /// It is not being rung any more: what was heard of it.
    pub(crate) fn end(&self, call: Mark) -> Heard {
        self.heard().remove(&call).unwrap_or_default()
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<Mark, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
