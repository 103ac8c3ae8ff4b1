//! Writer thread. It executes all queued commands in one transaction, commits, and then answers them. If a command fails, the
//! whole transaction is rolled back and each command runs again alone, so that only the faulty one fails
//! (docs/decisions/0003-write-path.md). If another program keeps the database locked, all commands are refused at once, because
//! each one alone would wait just as long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, TxError};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Span;

use super::names::Spellings;
use super::rows::{self, SideEffects, Sqlite};
use crate::tx::SqlTx;
use crate::{Stats, WriteError};

/// The most commands that share a commit.
const BATCH: usize = 64;

/// A queued command.
pub(super) trait WriterJob: Send {
    /// Executes it; a later run replaces the result of an earlier one.
    fn run(&mut self, tx: &mut SqlTx<Sqlite<'_>>) -> Result<(), WriteError>;

    /// The tracing span of its caller, for log lines about this command alone.
    fn span(&self) -> &Span;

    /// Sends the outcome to its caller.
    fn answer(self: Box<Self>, outcome: Result<(), WriteError>);
}

/// A command with its result and its caller.
pub(super) struct QueuedWrite<T, F> {
    command: F,
    found: Option<T>,
    span: Span,
    reply: oneshot::Sender<Result<T, WriteError>>,
}

impl<T, F> QueuedWrite<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
{
    pub(super) fn boxed(command: F, reply: oneshot::Sender<Result<T, WriteError>>) -> Box<dyn WriterJob> {
        Box::new(Self { command, found: None, span: Span::current(), reply })
    }
}

impl<T, F> WriterJob for QueuedWrite<T, F>
where
    T: Send,
    F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send,
{
    fn run(&mut self, tx: &mut SqlTx<Sqlite<'_>>) -> Result<(), WriteError> {
        self.found = None;
        let found = catch_unwind(AssertUnwindSafe(|| (self.command)(tx)))
            .map_err(|panic| WriteError::Panicked(panic_message(panic.as_ref())))??;
        self.found = Some(found);
        Ok(())
    }

    fn span(&self) -> &Span {
        &self.span
    }

    fn answer(self: Box<Self>, outcome: Result<(), WriteError>) {
        let Self { found, reply, .. } = *self;
        // The caller may be gone; the command stays committed.
        drop(reply.send(outcome.and_then(|()| found.ok_or(WriteError::Closed))));
    }
}

/// The error of a transaction that could not begin; another program's lock is no fault of the command.
fn locked(error: rusqlite::Error) -> WriteError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => WriteError::Locked,
        _ => commit(error),
    }
}

fn commit(error: rusqlite::Error) -> WriteError {
    WriteError::Commit(Box::new(error))
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}

/// Differs from every version of the database's contents.
const NEVER_SEEN: i64 = -1;

/// Channels that report what was committed.
pub(super) struct WriterOutputs {
    /// The system's settings.
    pub settings: watch::Sender<SystemSettings>,
    /// The dialers' configuration files may have changed.
    pub files_changed: watch::Sender<()>,
}

/// The only writer of the database.
pub(super) struct Writer {
    connection: Connection,
    clock: Arc<dyn Clock>,
    settings: SystemSettings,
    spellings: Spellings,
    out: WriterOutputs,
    seen_version: i64,
    /// Side effects of the running transaction.
    effects: SideEffects,
    stats: Arc<Stats>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        clock: Arc<dyn Clock>,
        out: WriterOutputs,
        stats: Arc<Stats>,
    ) -> rusqlite::Result<Self> {
        let settings = SystemSettings::default();
        let mut writer = Self {
            connection,
            clock,
            settings,
            spellings: Spellings::default(),
            out,
            seen_version: NEVER_SEEN,
            effects: SideEffects::default(),
            stats,
        };
        writer.reload_after_foreign_writes()?;
        Ok(writer)
    }

    /// Executes queued commands until the queue is closed.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Box<dyn WriterJob>>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut jobs, BATCH) > 0 {
            self.run_batch(&mut jobs);
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::error!(%error, "the database did not close");
        }
    }

    /// Reads committed rows.
    pub(super) fn read<T>(&mut self, query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>) -> Result<T, TxError> {
        query(&mut self.tx())
    }

    pub(super) fn run_batch(&mut self, jobs: &mut Vec<Box<dyn WriterJob>>) {
        let size = jobs.len();
        match self.transaction(|tx| jobs.iter_mut().try_for_each(|job| job.run(tx))) {
            Ok(()) => {
                self.stats.count_batch(size);
                jobs.drain(..).for_each(|job| job.answer(Ok(())));
            }
            Err(WriteError::Locked) => {
                tracing::error!(
                    commands = size,
                    "another program kept the database locked; no command was carried out"
                );
                jobs.drain(..).for_each(|job| job.answer(Err(WriteError::Locked)));
            }
            Err(error @ WriteError::Command(TxError::GivenUp)) if size == 1 => {
                // It was alone in its transaction already.
                if let Some(job) = jobs.pop() {
                    job.answer(Err(error));
                }
            }
            Err(error) => {
                tracing::warn!(%error, commands = size, "a batch failed; each of its commands runs again alone");
                self.stats.count_repeated(size);
                jobs.drain(..).for_each(|job| self.run_alone(job));
            }
        }
    }

    fn run_alone(&mut self, mut job: Box<dyn WriterJob>) {
        let outcome = self.transaction(|tx| job.run(tx));
        match &outcome {
            Ok(()) => self.stats.count_batch(1),
            Err(WriteError::Command(TxError::GivenUp)) => {}
            Err(error) => job.span().in_scope(|| tracing::error!(%error, "a command failed")),
        }
        job.answer(outcome);
    }

    /// Runs `work` in its own transaction: afterwards all of its changes are on the disk, or none.
    fn transaction(
        &mut self,
        work: impl FnOnce(&mut SqlTx<Sqlite<'_>>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.run_statement("BEGIN IMMEDIATE").map_err(locked)?;
        let done = self.reload_after_foreign_writes().map_err(commit).and_then(|()| work(&mut self.tx()));
        let SideEffects { has_set_system, has_changed_files } = std::mem::take(&mut self.effects);
        if has_set_system {
            // The next transaction reads the settings again, as after another process's write.
            self.seen_version = NEVER_SEEN;
        }
        let done = done.and_then(|()| self.run_statement("COMMIT").map_err(commit));
        if done.is_err() {
            self.spellings.forget();
            if !self.connection.is_autocommit() {
                self.run_statement("ROLLBACK").map_err(commit)?;
            }
        }
        if done.is_ok() && has_changed_files {
            self.out.files_changed.send_replace(());
        }
        done
    }

    fn tx(&mut self) -> SqlTx<Sqlite<'_>> {
        let Self { connection, settings, spellings, effects, .. } = self;
        SqlTx::new(Sqlite { connection, settings, spellings, effects }, self.clock.now())
    }

    fn run_statement(&self, statement: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }

    /// Refreshes the cached settings and names if another process changed the database.
    fn reload_after_foreign_writes(&mut self) -> rusqlite::Result<()> {
        let version = self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.seen_version {
            self.settings = rows::settings(&self.connection)?;
            self.spellings.forget();
            self.seen_version = version;
            // The other process may have written phones too.
            self.out.files_changed.send_replace(());
            self.out.settings.send_if_modified(|published| {
                let changed = *published != self.settings;
                published.clone_from(&self.settings);
                changed
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct FixedClock;

    impl Clock for FixedClock {
        fn now(&self) -> fleet::Timestamp {
            fleet::Timestamp::from_unix(0)
        }
    }

    #[test]
    fn a_locked_database_delays_a_batch_once_and_not_each_of_its_commands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.db");
        let mut connection = crate::sqlite::connection::open(&path).unwrap();
        crate::sqlite::migrate::upgrade(&mut connection, &path).unwrap();
        connection.busy_timeout(Duration::from_millis(20)).unwrap();
        let stats = Arc::new(Stats::default());
        let out = WriterOutputs {
            settings: watch::Sender::new(SystemSettings::default()),
            files_changed: watch::Sender::new(()),
        };
        let mut writer = Writer::new(connection, Arc::new(FixedClock), out, Arc::clone(&stats)).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut run = |commands: usize| {
            let (mut jobs, mut answers) = (Vec::new(), Vec::new());
            for _ in 0..commands {
                let (reply, answer) = oneshot::channel();
                jobs.push(QueuedWrite::boxed(|tx: &mut dyn FleetTx| tx.alias_exists("a"), reply));
                answers.push(answer);
            }
            writer.run_batch(&mut jobs);
            answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect::<Vec<_>>()
        };
        assert!(run(20).iter().all(|answer| matches!(answer, Err(WriteError::Locked))));
        assert_eq!(stats.snapshot().repeated, 0);
        other.execute_batch("ROLLBACK").unwrap();
        assert!(run(20).iter().all(|answer| matches!(answer, Ok(false))));
    }
}
