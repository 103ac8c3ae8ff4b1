//! Count of the commands in flight: it is bounded, and closing waits for it.

use std::sync::Arc;

use crate::{QUEUE, WriteError};
use parking_lot::{Condvar, Mutex};

/// Commands that were admitted and are not answered yet.
#[derive(Default)]
pub(super) struct InFlight {
    /// Their number, and whether no more are admitted.
    state: Mutex<(usize, bool)>,
    answered: Condvar,
}

impl InFlight {
    pub(super) fn admit(self: Arc<Self>) -> Result<InFlightGuard, WriteError> {
        let mut state = self.state.lock();
        match *state {
            (_, true) => Err(WriteError::Closed),
            (QUEUE.., _) => Err(WriteError::Overloaded),
            _ => {
                state.0 += 1;
                drop(state);
                Ok(InFlightGuard(self))
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.state.lock().0
    }

    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.1 = true;
        while state.0 > 0 {
            self.answered.wait(&mut state);
        }
    }
}

/// A command in flight; dropped with its answer.
pub(super) struct InFlightGuard(Arc<InFlight>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.state.lock().0 -= 1;
        self.0.answered.notify_all();
    }
}
