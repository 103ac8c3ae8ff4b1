//! Where commands wait that may share a transaction. While the transactions of this kind that there may be at once are under
//! way, others gather, and the next takes as many as it can.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use fleet::{FleetTx, TxError};
use tokio::sync::oneshot;

use super::taken::TakenOn;
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
    /// How often the lanes were given up: who comes from one of before is not counted any more.
    times: u64,
}

impl Lanes {
    /// Lets a command wait. If there is a lane free, `execute` is called there, on a thread that may wait, for as long as
    /// there are commands.
    pub(super) fn join(self: &Arc<Self>, job: Box<dyn Job>, execute: impl Fn(Vec<Box<dyn Job>>) + Send + 'static) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.waiting.push(job);
        if gathered.under_way == LANES {
            return;
        }
        gathered.under_way += 1;
        let times = gathered.times;
        drop(gathered);
        let lanes = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            while let Some(jobs) = lanes.next(times) {
                // Commands that panic are no concern of this; but whatever does, the lane must not be lost.
                if catch_unwind(AssertUnwindSafe(|| execute(jobs))).is_err() {
                    tracing::error!("a shared transaction ended by a mistake in Hotdesk");
                }
            }
        });
    }

    /// The transactions under way wait for a server that does not answer: others need not wait for them. Whoever has not
    /// begun gets a transaction of its own.
    pub(super) fn are_given_up(&self) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.times += 1;
        gathered.under_way = 0;
        let waiting = std::mem::take(&mut gathered.waiting);
        drop(gathered);
        waiting.into_iter().for_each(Job::is_left_alone);
    }

    /// The next to share a transaction; `None` frees the lane.
    fn next(&self, times: u64) -> Option<Vec<Box<dyn Job>>> {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gathered.times != times {
            return None;
        }
        if gathered.waiting.is_empty() {
            gathered.under_way -= 1;
            return None;
        }
        let size = gathered.waiting.len().min(BATCH);
        Some(gathered.waiting.drain(..size).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// A command that only tells what became of it.
    struct Told(&'static str, mpsc::Sender<(&'static str, &'static str)>);

    impl Told {
        fn tell(&self, what: &'static str) {
            self.1.send((self.0, what)).unwrap();
        }
    }

    impl Job for Told {
        fn run(&mut self, _: &mut dyn FleetTx) -> Result<(), TxError> {
            Ok(())
        }

        fn is_done(self: Box<Self>) {
            self.tell("done");
        }

        fn has_failed(self: Box<Self>, _: WriteError) {
            self.tell("failed");
        }

        fn is_left_alone(self: Box<Self>) {
            self.tell("alone");
        }
    }

    #[tokio::test]
    async fn lanes_that_are_stuck_are_given_up_and_others_go_on() {
        let (tell, told) = mpsc::channel();
        let (at_work, seen) = mpsc::channel();
        let lanes = Arc::new(Lanes::default());
        let mut let_go = Vec::new();
        for name in ["first", "second"] {
            let (go, stuck) = mpsc::channel::<()>();
            let_go.push(go);
            let at_work = at_work.clone();
            lanes.join(Box::new(Told(name, tell.clone())), move |jobs| {
                at_work.send(()).unwrap();
                stuck.recv().ok();
                jobs.into_iter().for_each(Job::is_done);
            });
            seen.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        lanes.join(Box::new(Told("waiting", tell.clone())), |_| {});
        lanes.are_given_up();
        assert_eq!(told.recv_timeout(Duration::from_secs(30)).unwrap(), ("waiting", "alone"));
        lanes.join(Box::new(Told("next", tell.clone())), |jobs| jobs.into_iter().for_each(Job::is_done));
        assert_eq!(told.recv_timeout(Duration::from_secs(30)).unwrap(), ("next", "done"));
        drop(let_go);
        let late =
            [told.recv_timeout(Duration::from_secs(30)).unwrap(), told.recv_timeout(Duration::from_secs(30)).unwrap()];
        assert!(late.contains(&("first", "done")) && late.contains(&("second", "done")), "{late:?}");
    }
}
