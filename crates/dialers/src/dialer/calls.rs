//! The calls that are wanted: those that ring for somebody and those that were answered and not ended.

use std::collections::{HashMap, HashSet};

use tokio::sync::oneshot;

use crate::mark::Mark;

/// The number of all connections before the first one of this watch.
const BEFORE: u64 = 0;

/// How the dialer says that a call went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Answered {
        channel: String,
        unique_id: String,
    },
    /// Whether there has been a channel: without one the line could not even be tried.
    Failed {
        reason: u8,
        was_tried: bool,
    },
    /// The connection ended, and with it what it would have told.
    Lost,
}

/// A wanted call.
#[derive(Debug)]
struct Call {
    /// On which connection it was begun.
    link: u64,
    /// Whether a channel has been seen.
    is_tried: bool,
    /// Who waits for its answer.
    ring: Option<oneshot::Sender<Answer>>,
}

/// The wanted calls. A call with the own mark that is not here is hung up wherever it is seen.
#[derive(Debug, Default)]
pub(super) struct Calls {
    wanted: HashMap<Mark, Call>,
}

impl Calls {
    /// A call that was or is to be begun elsewhere is wanted too.
    pub(super) fn keep(&mut self, mark: Mark) {
        self.wanted.insert(mark, Call { link: BEFORE, is_tried: true, ring: None });
    }

    /// A call is wanted from now on; `None` if it is already.
    pub(super) fn begin(&mut self, mark: Mark, link: u64) -> Option<oneshot::Receiver<Answer>> {
        if self.wanted.get(&mark).is_some_and(|call| call.link != BEFORE) {
            return None;
        }
        let (ring, answer) = oneshot::channel();
        self.wanted.insert(mark, Call { link, is_tried: false, ring: Some(ring) });
        Some(answer)
    }

    pub(super) fn are_wanted(&self, mark: Mark) -> bool {
        self.wanted.contains_key(&mark)
    }

    /// A call is not wanted any more; who waits for it is told.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.wanted.remove(&mark);
    }

    /// A call's channel has been seen.
    pub(super) fn tried(&mut self, mark: Mark) {
        if let Some(call) = self.wanted.get_mut(&mark) {
            call.is_tried = true;
        }
    }

    /// Tells who waits that the line has answered. A call that nobody waits for any more is not wanted either.
    pub(super) fn answered(&mut self, mark: Mark, channel: String, unique_id: String) {
        // One that was begun elsewhere is waited for there.
        let Some(ring) = self.wanted.get_mut(&mark).and_then(|call| call.ring.take()) else { return };
        if ring.send(Answer::Answered { channel, unique_id }).is_err() {
            self.wanted.remove(&mark);
        }
    }

    /// Tells who waits that there will be no call.
    pub(super) fn failed(&mut self, mark: Mark, reason: u8) {
        let Some(Call { is_tried, ring: Some(ring), .. }) = self.wanted.remove(&mark) else { return };
        // Who waited may have gone.
        ring.send(Answer::Failed { reason, was_tried: is_tried }).ok();
    }

    /// The connection has ended: what rings is lost, what was answered may live on.
    pub(super) fn lose_rings(&mut self) {
        for (_, call) in self.wanted.extract_if(|_, call| call.ring.is_some()) {
            // Who waited may have gone.
            call.ring.map(|ring| ring.send(Answer::Lost).ok());
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
