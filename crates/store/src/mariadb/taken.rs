//! How many commands have been taken on: a bound, and what a stop waits for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::{QUEUE, WriteError};

/// Commands that have been taken on and not answered.
#[derive(Default)]
pub(super) struct Taken {
    /// How many, and whether more are.
    state: Mutex<(usize, bool)>,
    answered: Condvar,
}

impl Taken {
    pub(super) fn take_on(self: Arc<Self>) -> Result<TakenOn, WriteError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            (_, true) => Err(WriteError::Closed),
            (QUEUE.., _) => Err(WriteError::Overloaded),
            _ => {
                state.0 += 1;
                drop(state);
                Ok(TakenOn(self))
            }
        }
    }

    pub(super) fn number(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 = true;
        while state.0 > 0 {
            state = self.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A command that has been taken on; dropped with its answer.
pub(super) struct TakenOn(Arc<Taken>);

impl Drop for TakenOn {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).0 -= 1;
        self.0.answered.notify_all();
    }
}
