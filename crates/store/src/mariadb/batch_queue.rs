//! Queue of batchable commands. At most `MAX_IN_FLIGHT` batches run at once; commands that arrive meanwhile form the next batch.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use fleet::{FleetTx, TxError};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::in_flight::InFlightGuard;
use crate::WriteError;

/// Batches that run at once: while one waits for the disk, the other executes.
const MAX_IN_FLIGHT: usize = 2;

/// The most commands in a batch.
const MAX_BATCH: usize = 64;

/// A queued command.
pub(super) trait Job: Send {
    /// Runs it; a later run replaces what an earlier one found.
    fn run(&mut self, tx: &mut dyn FleetTx) -> Result<(), TxError>;

    /// Answers its caller: the batch is committed.
    fn complete(self: Box<Self>);

    /// Answers its caller with an error.
    fn fail(self: Box<Self>, error: WriteError);

    /// Hands the command back to its caller, who executes it in its own transaction.
    fn release(self: Box<Self>);
}

/// How a command left the queue.
pub(super) enum BatchOutcome<T, F> {
    Finished(Result<T, WriteError>),
    /// It was not executed and needs its own transaction.
    Released(F, InFlightGuard),
}

/// A command with its result and its caller.
pub(super) struct QueuedCommand<T, F> {
    pub command: F,
    pub found: Option<T>,
    pub reply: oneshot::Sender<BatchOutcome<T, F>>,
    pub admitted: InFlightGuard,
}

impl<T, F> Job for QueuedCommand<T, F>
where
    T: Send,
    F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send,
{
    fn run(&mut self, tx: &mut dyn FleetTx) -> Result<(), TxError> {
        self.found = None;
        self.found = Some((self.command)(tx)?);
        Ok(())
    }

    // The caller may be gone; the command stays committed.

    fn complete(self: Box<Self>) {
        drop(self.reply.send(BatchOutcome::Finished(self.found.ok_or(WriteError::Closed))));
    }

    fn fail(self: Box<Self>, error: WriteError) {
        drop(self.reply.send(BatchOutcome::Finished(Err(error))));
    }

    fn release(self: Box<Self>) {
        drop(self.reply.send(BatchOutcome::Released(self.command, self.admitted)));
    }
}

/// The queue.
#[derive(Default)]
pub(super) struct BatchQueue(Mutex<QueueState>);

#[derive(Default)]
struct QueueState {
    waiting: Vec<Box<dyn Job>>,
    in_flight: usize,
    /// How often the queue was abandoned. Batches of an earlier generation are no longer counted as in flight.
    generation: u64,
}

impl BatchQueue {
    /// Queues a command. If fewer than `MAX_IN_FLIGHT` batches run, a blocking thread calls `execute` with batches until the
    /// queue is empty.
    pub(super) fn push(self: &Arc<Self>, job: Box<dyn Job>, execute: impl Fn(Vec<Box<dyn Job>>) + Send + 'static) {
        let mut state = self.0.lock();
        state.waiting.push(job);
        if state.in_flight == MAX_IN_FLIGHT {
            return;
        }
        state.in_flight += 1;
        let generation = state.generation;
        drop(state);
        let queue = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            while let Some(jobs) = queue.next(generation) {
                // Panics of commands are caught elsewhere. Any other panic must not leave the batch counted as in flight.
                if catch_unwind(AssertUnwindSafe(|| execute(jobs))).is_err() {
                    tracing::error!("a batch panicked; this is a bug in Hotdesk");
                }
            }
        });
    }

    /// Abandons the batches in flight, because the server does not answer them, and releases the queued commands.
    pub(super) fn abandon(&self) {
        let mut state = self.0.lock();
        state.generation += 1;
        state.in_flight = 0;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Job::release);
    }

    /// The next batch; `None` ends the thread.
    fn next(&self, generation: u64) -> Option<Vec<Box<dyn Job>>> {
        let mut state = self.0.lock();
        if state.generation != generation {
            return None;
        }
        if state.waiting.is_empty() {
            state.in_flight -= 1;
            return None;
        }
        let size = state.waiting.len().min(MAX_BATCH);
        Some(state.waiting.drain(..size).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// A command that only reports its outcome.
    struct Recorded(&'static str, mpsc::Sender<(&'static str, &'static str)>);

    impl Recorded {
        fn tell(&self, what: &'static str) {
            self.1.send((self.0, what)).unwrap();
        }
    }

    impl Job for Recorded {
        fn run(&mut self, _: &mut dyn FleetTx) -> Result<(), TxError> {
            Ok(())
        }

        fn complete(self: Box<Self>) {
            self.tell("done");
        }

        fn fail(self: Box<Self>, _: WriteError) {
            self.tell("failed");
        }

        fn release(self: Box<Self>) {
            self.tell("alone");
        }
    }

    #[tokio::test]
    async fn stuck_batches_are_abandoned_and_later_ones_run() {
        let (tell, steps) = mpsc::channel();
        let (at_work, seen) = mpsc::channel();
        let queue = Arc::new(BatchQueue::default());
        let mut let_go = Vec::new();
        for name in ["first", "second"] {
            let (go, stuck) = mpsc::channel::<()>();
            let_go.push(go);
            let at_work = at_work.clone();
            queue.push(Box::new(Recorded(name, tell.clone())), move |jobs| {
                at_work.send(()).unwrap();
                stuck.recv().ok();
                jobs.into_iter().for_each(Job::complete);
            });
            seen.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        queue.push(Box::new(Recorded("waiting", tell.clone())), |_| {});
        queue.abandon();
        assert_eq!(steps.recv_timeout(Duration::from_secs(30)).unwrap(), ("waiting", "alone"));
        queue.push(Box::new(Recorded("next", tell.clone())), |jobs| jobs.into_iter().for_each(Job::complete));
        assert_eq!(steps.recv_timeout(Duration::from_secs(30)).unwrap(), ("next", "done"));
        drop(let_go);
        let late = [
            steps.recv_timeout(Duration::from_secs(30)).unwrap(),
            steps.recv_timeout(Duration::from_secs(30)).unwrap(),
        ];
        assert!(late.contains(&("first", "done")) && late.contains(&("second", "done")), "{late:?}");
    }
}
