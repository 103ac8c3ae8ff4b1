//! The calls that are wanted: those that ring for somebody and those that were answered and not ended.

use std::collections::{HashMap, HashSet};

use tokio::sync::oneshot;

use crate::mark::Mark;

/// How the dialer says that a call went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Answered { channel: String, unique_id: String },
    Failed { reason: u8 },
}

/// A wanted call.
#[derive(Debug)]
struct Call {
    /// On which connection it was begun.
    link: u64,
    /// Who waits for its answer.
    ring: Option<oneshot::Sender<Answer>>,
}

/// The wanted calls. A call with the own mark that is not here is hung up wherever it is seen.
#[derive(Debug, Default)]
pub(super) struct Calls {
    wanted: HashMap<Mark, Call>,
}

impl Calls {
    /// A call is wanted from now on; `None` if it is already.
    pub(super) fn begin(&mut self, mark: Mark, link: u64) -> Option<oneshot::Receiver<Answer>> {
        if self.wanted.contains_key(&mark) {
            return None;
        }
        let (ring, answer) = oneshot::channel();
        self.wanted.insert(mark, Call { link, ring: Some(ring) });
        Some(answer)
    }

    pub(super) fn are_wanted(&self, mark: Mark) -> bool {
        self.wanted.contains_key(&mark)
    }

    /// A call is not wanted any more; who waits for it is told.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.wanted.remove(&mark);
    }

    /// Tells who waits how the call went. A call that nobody waits for any more is not wanted either.
    pub(super) fn answer(&mut self, mark: Mark, answer: Answer) {
        let is_answered = matches!(answer, Answer::Answered { .. });
        let Some(call) = self.wanted.get_mut(&mark) else { return };
        let heard = call.ring.take().is_some_and(|ring| ring.send(answer).is_ok());
        if !(heard && is_answered) {
            self.wanted.remove(&mark);
        }
    }

    /// A call's channel has ended. A ring that waits for it hears by its own answer.
    pub(super) fn end(&mut self, mark: Mark) {
        if self.wanted.get(&mark).is_some_and(|call| call.ring.is_none()) {
            self.wanted.remove(&mark);
        }
    }

    /// Removes and tells the calls of earlier connections that the dialer does not have any more.
    pub(super) fn take_gone(&mut self, there: &HashSet<Mark>, link: u64) -> Vec<Mark> {
        let is_gone = |(mark, call): (&Mark, &Call)| (call.link < link && !there.contains(mark)).then_some(*mark);
        let gone: Vec<Mark> = self.wanted.iter().filter_map(is_gone).collect();
        for mark in &gone {
            self.wanted.remove(mark);
        }
        gone
    }
}
