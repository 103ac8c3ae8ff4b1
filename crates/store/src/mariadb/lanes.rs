//! Where commands wait that may share a transaction. While the transactions of this kind that there may be at once are under
//! way, others gather, and the next takes as many as it can.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use fleet::{FleetTx, TxError};
use tokio::sync::oneshot;

use super::TakenOn;
use crate::WriteError;

/// How many transactions at once are shared. While one waits for the disk, another one is carried out.
const LANES: usize = 2;

/// The most commands that share one.
const BATCH: usize = 64;

/// A command that waits.
pub(super) trait Job: Send {
    /// Runs it; a later run replaces what an earlier one found.
    fn run(&mut self, tx: &mut dyn FleetTx) -> Result<(), TxError>;

    /// What it found is on the disk.
    fn is_done(self: Box<Self>);

    /// It is not carried out, or nobody knows.
    fn has_failed(self: Box<Self>, error: WriteError);

    /// It needs a transaction of its own.
    fn is_left_alone(self: Box<Self>);
}

/// What became of a command.
pub(super) enum Became<T, F> {
    Done(Result<T, WriteError>),
    /// Nothing: it needs a transaction of its own.
    Alone(F, TakenOn),
}

/// A command, what it found, and who waits for it.
pub(super) struct Waiting<T, F> {
    pub command: F,
    pub found: Option<T>,
    pub reply: oneshot::Sender<Became<T, F>>,
    pub taken: TakenOn,
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send,
    F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send,
{
    fn run(&mut self, tx: &mut dyn FleetTx) -> Result<(), TxError> {
        self.found = None;
        self.found = Some((self.command)(tx)?);
        Ok(())
    }

    // Who asked may have gone; the command stands all the same.

    fn is_done(self: Box<Self>) {
        drop(self.reply.send(Became::Done(self.found.ok_or(WriteError::Closed))));
    }

    fn has_failed(self: Box<Self>, error: WriteError) {
        drop(self.reply.send(Became::Done(Err(error))));
    }

    fn is_left_alone(self: Box<Self>) {
        drop(self.reply.send(Became::Alone(self.command, self.taken)));
    }
}

/// Where commands wait.
#[derive(Default)]
pub(super) struct Lanes(Mutex<Gathered>);

#[derive(Default)]
struct Gathered {
    waiting: Vec<Box<dyn Job>>,
    under_way: usize,
}

impl Lanes {
    /// Lets a command wait. If there is a lane free, `carry_out` is called there, on a thread that may wait, for as long as
    /// there are commands.
    pub(super) fn join(self: &Arc<Self>, job: Box<dyn Job>, carry_out: impl Fn(Vec<Box<dyn Job>>) + Send + 'static) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.waiting.push(job);
        if gathered.under_way == LANES {
            return;
        }
        gathered.under_way += 1;
        drop(gathered);
        let lanes = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            while let Some(jobs) = lanes.next() {
                // Commands that panic are no concern of this; but whatever does, the lane must not be lost.
                if catch_unwind(AssertUnwindSafe(|| carry_out(jobs))).is_err() {
                    tracing::error!("a shared transaction ended by a mistake in Hotdesk");
                }
            }
        });
    }

    /// The next to share a transaction; `None` frees the lane.
    fn next(&self) -> Option<Vec<Box<dyn Job>>> {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gathered.waiting.is_empty() {
            gathered.under_way -= 1;
            return None;
        }
        let size = gathered.waiting.len().min(BATCH);
        Some(gathered.waiting.drain(..size).collect())
    }
}
