//! MariaDB engine: each command runs in its own transaction on its own connection, on a blocking thread. Commands that only look up
//! names and add rows share a transaction.
//!
//! A command that loses a race is executed again, in one place ([`Server::write`]).

mod address;
mod batch_queue;
mod batch_tx;
mod batchable;
mod columns;
mod dialect;
mod error_class;
mod in_flight;
pub(crate) mod inspect;
mod line_count_cache;
mod link;
pub(crate) mod migrate;
mod pool;
mod priority;
mod rows;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use fleet::backoff::{Backoff, Jitter};
use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, Rng, TxError};
use mysql::prelude::Queryable;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::Instant;

use crate::sqlite::panic_message;
use crate::tx::SqlTx;
use crate::{Cause, Location, OpenError, ReadError, Stats, WriteError};
use batch_queue::{BatchOutcome, BatchQueue, Job, QueuedCommand};
use batch_tx::{BatchResult, BatchTx};
use columns::Columns;
use dialect::SharedTimes;
use error_class::ErrorClass;
use in_flight::{InFlight, InFlightGuard};
use link::{Link, PRIORITY_TIMEOUT, Purpose};
use pool::{HostBackoff, Pool};
use priority::{Permit, UnresponsiveSince};
use rows::Mariadb;

pub use address::{Address, AddressError};

/// Number of read connections.
const READERS: usize = 8;

/// The most priority transactions at once.
const PRIORITY_CONNECTIONS: usize = 2;

/// Pauses before a command is executed again after it lost a race.
const RETRY_BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(1), Duration::from_millis(100)).spread(50, 100);

/// The error of commands that are abandoned because the server does not answer.
const UNRESPONSIVE: &str = "the server does not answer";

/// An open database on a MariaDB server.
pub(crate) struct Server {
    executor: Arc<Executor>,
    permits: Arc<Semaphore>,
    priority_permits: Arc<Semaphore>,
    read_permits: Arc<Semaphore>,
    /// Commands that were admitted and are not answered yet.
    in_flight: Arc<InFlight>,
    alive: (Mutex<Option<watch::Sender<()>>>, watch::Receiver<()>),
    settings: watch::Receiver<SystemSettings>,
    jitter: Jitter,
}

/// Executes commands; shared by the threads that do it.
struct Executor {
    writing: Pool,
    /// For batches, whose statements differ by the number of commands.
    batching: Pool,
    batch_queue: Arc<BatchQueue>,
    reading: Pool,
    priority: Pool,
    unresponsive: UnresponsiveSince,
    clock: Arc<dyn Clock>,
    settings: watch::Sender<SystemSettings>,
    files_changed: watch::Sender<()>,
    stats: Stats,
    /// Whether names are locked instead of rows, because the shared tables have no transactions.
    locks_names: bool,
    /// Whether the tables are VICIdial's own.
    is_shared_with_vicidial: bool,
    columns: Columns,
}

/// A command that failed, and whether it can be retried.
struct FailedCommand {
    error: WriteError,
    class: ErrorClass,
}

impl Server {
    /// Opens the database, and creates or upgrades its tables; in a database of VICIdial, only if `adopts`.
    pub(crate) fn open(
        address: &Address,
        clock: Arc<dyn Clock>,
        rng: &dyn Rng,
        adopts: bool,
    ) -> Result<Self, OpenError> {
        let cannot = |error: mysql::Error| OpenError::Database {
            at: Location::Mariadb(Box::new(address.clone())),
            source: Box::new(error),
        };
        let (settings_out, settings) = watch::channel(SystemSettings::default());
        let host_backoff = HostBackoff::of(address);
        let pool =
            |purpose, times| Pool::new(address.clone(), purpose, times, Arc::clone(&clock), Arc::clone(&host_backoff));
        let mut link = pool(Purpose::Reading, SharedTimes::Utc).take().map_err(cannot)?;
        migrate::upgrade(&mut link, address, adopts)?;
        let times = migrate::shared_times(&mut link).map_err(cannot)?;
        let locks_names = migrate::lacks_row_locks(&mut link).map_err(cannot)?;
        let columns = Columns::read(&mut link).map_err(cannot)?;
        drop(link);
        let pool = |purpose| pool(purpose, times);
        let executor = Executor {
            writing: pool(Purpose::Writing),
            batching: pool(Purpose::Writing),
            batch_queue: Arc::default(),
            reading: pool(Purpose::Reading),
            priority: pool(Purpose::Priority),
            unresponsive: UnresponsiveSince::new(None),
            clock,
            settings: settings_out,
            files_changed: watch::Sender::new(()),
            stats: Stats::default(),
            locks_names,
            is_shared_with_vicidial: times == SharedTimes::Local,
            columns,
        };
        let mut link = executor.reading.take().map_err(cannot)?;
        let seen = executor.query(&mut link, |tx| tx.settings());
        executor.settings.send_replace(seen.map_err(|error| OpenError::Database {
            at: Location::Mariadb(Box::new(address.clone())),
            source: Box::new(error),
        })?);
        executor.reading.keep(link);
        let (alive_out, alive) = watch::channel(());
        Ok(Self {
            executor: Arc::new(executor),
            permits: Arc::new(Semaphore::new(address.connections)),
            priority_permits: Arc::new(Semaphore::new(PRIORITY_CONNECTIONS)),
            read_permits: Arc::new(Semaphore::new(READERS)),
            in_flight: Arc::default(),
            alive: (Mutex::new(Some(alive_out)), alive),
            settings,
            jitter: Jitter::new(rng),
        })
    }

    /// Executes a command in its own transaction. Retries it if it loses a race or its connection, but not once its commit was
    /// sent without an answer: it may have been committed.
    pub(crate) async fn write<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        self.execute(Purpose::Writing, command, Arc::clone(&self.in_flight).admit()?).await
    }

    /// The same, before all commands that are waiting.
    pub(crate) async fn write_with_priority<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        self.execute(Purpose::Priority, command, Arc::clone(&self.in_flight).admit()?).await
    }

    /// The same in a transaction that is shared with other such commands.
    pub(crate) async fn write_batchable<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let admitted = Arc::clone(&self.in_flight).admit()?;
        // On tables without transactions nothing can be rolled back.
        if self.executor.locks_names {
            return self.execute(Purpose::Writing, command, admitted).await;
        }
        let (reply, outcome) = oneshot::channel();
        let (executor, began) = (Arc::clone(&self.executor), Instant::now());
        let job = Box::new(QueuedCommand { command, found: None, reply, admitted });
        self.executor.batch_queue.push(job, move |jobs| executor.execute_batch(jobs));
        let outcome = tokio::select! {
            biased;
            outcome = outcome => outcome.map_err(|_| WriteError::Closed)?,
            () = self.executor.wait_until_unresponsive_since(began) => return Err(WriteError::Commit(UNRESPONSIVE.into())),
        };
        match outcome {
            BatchOutcome::Finished(outcome) => outcome,
            BatchOutcome::Released(command, admitted) => self.execute(Purpose::Writing, command, admitted).await,
        }
    }

    async fn execute<T, F>(&self, purpose: Purpose, mut command: F, admitted: InFlightGuard) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        for times in 0.. {
            let permits = if purpose == Purpose::Priority { &self.priority_permits } else { &self.permits };
            let permit = Arc::clone(permits).acquire_owned().await.map_err(|_| WriteError::Closed)?;
            let (permit, executor, began) = (Arc::new(Permit::new(permit)), Arc::clone(&self.executor), Instant::now());
            let thread_permit = Arc::clone(&permit);
            let executed = tokio::task::spawn_blocking(move || {
                let outcome = executor.execute(purpose, &mut command);
                thread_permit.release_early();
                (command, outcome)
            });
            let (again, outcome) = tokio::select! {
                done = executed => done.map_err(|_| WriteError::Closed)?,
                () = self.executor.wait_until_unresponsive_since(began), if purpose == Purpose::Writing => {
                    permit.release_early();
                    return Err(WriteError::Commit(UNRESPONSIVE.into()));
                }
            };
            command = again;
            match outcome {
                Ok(found) => {
                    drop(admitted);
                    return Ok(found);
                }
                Err(FailedCommand { error, class }) if class.allows_retry(times) => {
                    tracing::debug!(%error, times, "retrying a command");
                    self.executor.stats.count_repeated(1);
                    tokio::time::sleep(RETRY_BACKOFF.pause(times + 1, self.jitter.next())).await;
                }
                Err(FailedCommand { error: error @ WriteError::Command(TxError::GivenUp), .. }) => return Err(error),
                Err(FailedCommand { error, .. }) => {
                    tracing::error!(%error, "a command failed");
                    return Err(error);
                }
            }
        }
        Err(WriteError::Closed)
    }

    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let permit = Arc::clone(&self.read_permits).acquire_owned().await.map_err(|_| ReadError::Closed)?;
        let (permit, executor, began) = (Arc::new(Permit::new(permit)), Arc::clone(&self.executor), Instant::now());
        let thread_permit = Arc::clone(&permit);
        let looked = tokio::task::spawn_blocking(move || {
            let found = executor.reading.take().map_err(unreadable).and_then(|mut link| {
                let found = executor.query(&mut link, query);
                if found.as_ref().err().is_some_and(|error| ErrorClass::of_command(error) == ErrorClass::Gone) {
                    executor.reading.discard_all(&link);
                } else {
                    executor.reading.keep(link);
                }
                Ok(found?)
            });
            thread_permit.release_early();
            found
        });
        tokio::select! {
            found = looked => found.map_err(|_| ReadError::Closed)?,
            () = self.executor.wait_until_unresponsive_since(began) => {
                permit.release_early();
                Err(ReadError::Database(UNRESPONSIVE.into()))
            }
        }
    }

    /// Whether the tables are VICIdial's own.
    pub(crate) fn is_shared_with_vicidial(&self) -> bool {
        self.executor.is_shared_with_vicidial
    }

    pub(crate) fn settings(&self) -> SystemSettings {
        self.settings.borrow().clone()
    }

    /// Notifies when the dialers' configuration files may have changed through this node.
    pub(crate) fn files_changed(&self) -> watch::Receiver<()> {
        self.executor.files_changed.subscribe()
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.executor.stats
    }

    pub(crate) fn waiting(&self) -> usize {
        self.in_flight.count().saturating_sub(self.executor.writing.connections() - self.permits.available_permits())
    }

    pub(crate) async fn ended(&self) {
        let mut alive = self.alive.1.clone();
        while alive.changed().await.is_ok() {}
    }

    /// Admits no more commands, waits until the admitted ones are answered, and closes the connections.
    pub(crate) fn close(&self) {
        self.in_flight.close();
        self.read_permits.close();
        self.executor.writing.clear();
        self.executor.batching.clear();
        self.executor.reading.clear();
        self.executor.priority.clear();
        drop(self.alive.0.lock().take());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

fn unreadable(error: mysql::Error) -> ReadError {
    ReadError::Database(Box::new(error))
}

impl Executor {
    /// Executes a command once: afterwards everything that it wrote is on the disk, or nothing.
    fn execute<T>(
        &self,
        purpose: Purpose,
        command: &mut dyn FnMut(&mut dyn FleetTx) -> Result<T, TxError>,
    ) -> Result<T, FailedCommand> {
        let pool = if purpose == Purpose::Priority { &self.priority } else { &self.writing };
        let asked = Instant::now();
        let mut link = pool.take().map_err(unreachable)?;
        let (seen, has_changed_files) = (RefCell::default(), Cell::new(false));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let database =
                Mariadb::new(&mut link, &seen, self.locks_names, &self.columns).reporting_to(&has_changed_files);
            let mut tx = SqlTx::new(database, self.clock.now());
            command(&mut tx)
        }));
        self.publish(seen.into_inner());
        let (error, class) = match outcome {
            Ok(Ok(found)) => {
                return commit(pool, link).map(|()| {
                    self.stats.count_batch(1);
                    if has_changed_files.get() {
                        self.files_changed.send_replace(());
                    }
                    found
                });
            }
            Ok(Err(error)) => {
                let class = ErrorClass::of_command(&error);
                (WriteError::Command(error), class)
            }
            // The connection is dropped, because it may be in the middle of something, and the server rolls back.
            Err(panic) => {
                return Err(FailedCommand {
                    error: WriteError::Panicked(panic_message(panic.as_ref())),
                    class: ErrorClass::Lasting,
                });
            }
        };
        if class == ErrorClass::Gone && purpose == Purpose::Priority && asked.elapsed() >= PRIORITY_TIMEOUT {
            self.report_unresponsive(asked, &link);
        }
        roll_back(pool, link, class);
        Err(FailedCommand { error, class })
    }

    /// Executes commands in one transaction. Those that cannot share it are released.
    fn execute_batch(&self, jobs: Vec<Box<dyn Job>>) {
        let Ok(mut link) = self.batching.take() else {
            // Each command gets the error in its own transaction.
            return jobs.into_iter().for_each(Job::release);
        };
        let (seen, has_changed_files) = (RefCell::default(), Cell::new(false));
        let database = Mariadb::new(&mut link, &seen, false, &self.columns).reporting_to(&has_changed_files);
        let BatchResult { done, not_batchable, failure } = BatchTx::new(database).execute(jobs, self.clock.now());
        self.publish(seen.into_inner());
        match failure {
            None => {
                self.commit_batch(link, done);
                if has_changed_files.get() {
                    self.files_changed.send_replace(());
                }
            }
            Some(error) => {
                tracing::debug!(%error, commands = done.len(), "a batch failed; each of its commands runs in its own transaction");
                self.stats.count_repeated(done.len());
                roll_back(&self.batching, link, ErrorClass::of_command(&error));
                done.into_iter().for_each(Job::release);
            }
        }
        not_batchable.into_iter().for_each(Job::release);
    }

    fn commit_batch(&self, link: Link, done: Vec<Box<dyn Job>>) {
        match commit(&self.batching, link) {
            Ok(()) if done.is_empty() => {}
            Ok(()) => {
                self.stats.count_batch(done.len());
                done.into_iter().for_each(Job::complete);
            }
            Err(FailedCommand { class: ErrorClass::Race, .. }) => {
                self.stats.count_repeated(done.len());
                done.into_iter().for_each(Job::release);
            }
            Err(FailedCommand { error, .. }) => {
                tracing::error!(%error, commands = done.len(), "the commit of a batch failed");
                let words = error.to_string();
                for job in done {
                    job.fail(WriteError::Commit(words.clone().into()));
                }
            }
        }
    }

    fn query<T>(
        &self,
        link: &mut Link,
        query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>,
    ) -> Result<T, TxError> {
        let seen = RefCell::default();
        let found = query(&mut SqlTx::new(Mariadb::new(link, &seen, false, &self.columns), self.clock.now()));
        self.publish(seen.into_inner());
        found
    }

    /// Publishes the settings that a transaction has read.
    fn publish(&self, seen: Option<SystemSettings>) {
        let Some(seen) = seen else { return };
        self.settings.send_if_modified(|published| {
            let changed = *published != seen;
            *published = seen;
            changed
        });
    }
}

/// Rolls a transaction back.
fn roll_back(pool: &Pool, mut link: Link, class: ErrorClass) {
    if class == ErrorClass::Gone {
        pool.discard_all(&link);
    } else if link.conn.query_drop("ROLLBACK").is_ok() {
        // Without an answer the connection is dropped, and the server rolls back.
        pool.keep(link);
    }
}

/// Commits a transaction.
fn commit(pool: &Pool, mut link: Link) -> Result<(), FailedCommand> {
    let Err(error) = link.conn.query_drop("COMMIT") else {
        pool.keep(link);
        return Ok(());
    };
    // On a Galera cluster a race is lost here. Without an answer it is unknown whether the commit happened.
    let class = if ErrorClass::of(&error) == ErrorClass::Race { ErrorClass::Race } else { ErrorClass::Lasting };
    if class == ErrorClass::Race && link.conn.query_drop("ROLLBACK").is_ok() {
        pool.keep(link);
    }
    Err(FailedCommand { error: WriteError::Commit(Box::new(error)), class })
}

fn unreachable(error: mysql::Error) -> FailedCommand {
    let cause: Cause = Box::new(error);
    FailedCommand { error: WriteError::Unreachable(cause), class: ErrorClass::Lasting }
}
