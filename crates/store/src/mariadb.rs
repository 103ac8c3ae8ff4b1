//! MariaDB: a command is a transaction of its own on a connection of its own, on a thread that may wait; commands that only look up
//! names and add rows share one.
//!
//! What loses a race is carried out again, in one place ([`Server::write`]).

mod address;
mod columns;
mod expected;
mod fault;
pub(crate) mod inspect;
mod intents;
mod lanes;
mod link;
pub(crate) mod migrate;
mod pool;
mod rows;
mod shared;
mod taken;
mod together;
mod urgent;
mod words;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, TxError};
use mysql::prelude::Queryable;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::Instant;

use crate::sqlite::words_of;
use crate::tx::SqlTx;
use crate::{Cause, Location, OpenError, ReadError, Stats, WriteError};
use columns::Columns;
use fault::Fault;
use lanes::{Became, Job, Lanes, Waiting};
use link::{Link, SOON, Use};
use pool::{Pool, Resting};
use rows::Mariadb;
use shared::{Shared, Sorted};
use taken::{Taken, TakenOn};
use urgent::{Silence, Turn};

pub use address::{Address, NoAddress};

/// How many connections read beside those that write.
const READERS: usize = 8;

/// How many transactions that cannot wait for their turn are carried out at once.
const URGENT: usize = 2;

/// The shortest and the longest wait before a command is carried out again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// What is said to those who are let go.
const SILENT: &str = "the server does not answer";

/// A database on a MariaDB server, open.
pub(crate) struct Server {
    desk: Arc<Desk>,
    turns: Arc<Semaphore>,
    urgent_turns: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    /// How many commands have been taken on and not answered; `None` once no more are taken.
    taken: Arc<Taken>,
    alive: (Mutex<Option<watch::Sender<()>>>, watch::Receiver<()>),
    settings: watch::Receiver<SystemSettings>,
    dice: AtomicU32,
}

/// What the threads share that carry commands out.
struct Desk {
    writing: Pool,
    /// For transactions that commands share: they have as many statements as there are numbers of commands.
    sharing: Pool,
    lanes: Arc<Lanes>,
    reading: Pool,
    urgent: Pool,
    silence: Silence,
    clock: Arc<dyn Clock>,
    settings: watch::Sender<SystemSettings>,
    files_changed: watch::Sender<()>,
    stats: Stats,
    /// Whether shared tables know no transactions: a name must be held where a row is meant, and what is begun is written down.
    holds_names: bool,
    columns: Columns,
}

/// A command that was not carried out, and what can be done about it.
struct Failed {
    error: WriteError,
    fault: Fault,
}

impl Server {
    /// Opens the database, and creates or upgrades its tables; beside VICIdial's own only if it `adopts` these.
    pub(crate) fn open(address: &Address, clock: Arc<dyn Clock>, adopts: bool) -> Result<Self, OpenError> {
        let cannot = |error: mysql::Error| OpenError::Database {
            at: Location::Mariadb(Box::new(address.clone())),
            source: Box::new(error),
        };
        let (settings_out, settings) = watch::channel(SystemSettings::default());
        let resting = Resting::of(address);
        let pool = |purpose| Pool::new(address.clone(), purpose, Arc::clone(&resting));
        let mut desk = Desk {
            writing: pool(Use::Writing),
            sharing: pool(Use::Writing),
            lanes: Arc::default(),
            reading: pool(Use::Reading),
            urgent: pool(Use::Urgent),
            silence: Silence::new(None),
            clock,
            settings: settings_out,
            files_changed: watch::Sender::new(()),
            stats: Stats::default(),
            holds_names: false,
            columns: Columns::default(),
        };
        let mut link = desk.reading.take().map_err(cannot)?;
        migrate::upgrade(&mut link, address, adopts)?;
        let holds_names = migrate::has_rows_that_cannot_be_held(&mut link).map_err(cannot)?;
        desk.holds_names = holds_names;
        desk.columns = Columns::read(&mut link).map_err(cannot)?;
        if holds_names {
            intents::tell_what_is_left(&mut link).map_err(cannot)?;
        }
        let seen = desk.look(&mut link, |tx| tx.settings());
        desk.settings.send_replace(seen.map_err(|error| OpenError::Database {
            at: Location::Mariadb(Box::new(address.clone())),
            source: Box::new(error),
        })?);
        desk.reading.keep(link);
        let (alive_out, alive) = watch::channel(());
        Ok(Self {
            desk: Arc::new(desk),
            turns: Arc::new(Semaphore::new(address.connections)),
            urgent_turns: Arc::new(Semaphore::new(URGENT)),
            looks: Arc::new(Semaphore::new(READERS)),
            taken: Arc::default(),
            alive: (Mutex::new(Some(alive_out)), alive),
            settings,
            dice: AtomicU32::default(),
        })
    }

    /// Carries a command out in a transaction of its own, again if it loses a race or its connection. Once its commit was
    /// sent and no answer came, it is not: it may be there.
    pub(crate) async fn write<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        self.execute(Use::Writing, command, Arc::clone(&self.taken).take_on()?).await
    }

    /// The same before all that wait for their turn.
    pub(crate) async fn write_urgently<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        self.execute(Use::Urgent, command, Arc::clone(&self.taken).take_on()?).await
    }

    /// The same in a transaction that others like it share.
    pub(crate) async fn write_together<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let taken = Arc::clone(&self.taken).take_on()?;
        // Of tables that know no transactions, nothing can be taken back.
        if self.desk.holds_names {
            return self.execute(Use::Writing, command, taken).await;
        }
        let (reply, became) = oneshot::channel();
        let (desk, began) = (Arc::clone(&self.desk), Instant::now());
        let waiting = Box::new(Waiting { command, found: None, reply, taken });
        self.desk.lanes.join(waiting, move |jobs| desk.carry_out_together(jobs));
        let became = tokio::select! {
            biased;
            became = became => became.map_err(|_| WriteError::Closed)?,
            () = self.desk.is_silent_since(began) => return Err(WriteError::Commit(SILENT.into())),
        };
        match became {
            Became::Done(outcome) => outcome,
            Became::Alone(command, taken) => self.execute(Use::Writing, command, taken).await,
        }
    }

    async fn execute<T, F>(&self, purpose: Use, mut command: F, taken: TakenOn) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        for times in 0.. {
            let turns = if purpose == Use::Urgent { &self.urgent_turns } else { &self.turns };
            let turn = Arc::clone(turns).acquire_owned().await.map_err(|_| WriteError::Closed)?;
            let (turn, desk, began) = (Arc::new(Turn::new(turn)), Arc::clone(&self.desk), Instant::now());
            let of_thread = Arc::clone(&turn);
            let carried_out = tokio::task::spawn_blocking(move || {
                let outcome = desk.execute(purpose, &mut command);
                of_thread.give_back();
                (command, outcome)
            });
            let (again, outcome) = tokio::select! {
                done = carried_out => done.map_err(|_| WriteError::Closed)?,
                () = self.desk.is_silent_since(began), if purpose == Use::Writing => {
                    turn.give_back();
                    return Err(WriteError::Commit(SILENT.into()));
                }
            };
            command = again;
            match outcome {
                Ok(found) => {
                    drop(taken);
                    return Ok(found);
                }
                Err(Failed { error, fault }) if fault.may_be_repeated(times) => {
                    tracing::debug!(%error, times, "a command is carried out again");
                    self.desk.stats.count_repeated(1);
                    tokio::time::sleep(self.pause(times)).await;
                }
                Err(Failed { error: error @ WriteError::Command(TxError::GivenUp), .. }) => return Err(error),
                Err(Failed { error, .. }) => {
                    tracing::error!(%error, "a command failed");
                    return Err(error);
                }
            }
        }
        Err(WriteError::Closed)
    }

    /// How long to wait before the next try: longer each time, and not as long as others who lost the same race.
    fn pause(&self, times: u32) -> Duration {
        let longest = PAUSE.0.saturating_mul(1 << times.min(10)).min(PAUSE.1);
        // Spreads evenly whatever number of commands ask one after the other.
        let throw = self.dice.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        longest.mul_f64(0.5 + f64::from(throw) / f64::from(u32::MAX) / 2.0)
    }

    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let turn = Arc::clone(&self.looks).acquire_owned().await.map_err(|_| ReadError::Closed)?;
        let (turn, desk, began) = (Arc::new(Turn::new(turn)), Arc::clone(&self.desk), Instant::now());
        let of_thread = Arc::clone(&turn);
        let looked = tokio::task::spawn_blocking(move || {
            let found = desk.reading.take().map_err(unreadable).and_then(|mut link| {
                let found = desk.look(&mut link, query);
                if found.as_ref().err().is_some_and(|error| Fault::of_command(error) == Fault::Gone) {
                    desk.reading.is_gone(&link);
                } else {
                    desk.reading.keep(link);
                }
                Ok(found?)
            });
            of_thread.give_back();
            found
        });
        tokio::select! {
            found = looked => found.map_err(|_| ReadError::Closed)?,
            () = self.desk.is_silent_since(began) => {
                turn.give_back();
                Err(ReadError::Database(SILENT.into()))
            }
        }
    }

    pub(crate) fn settings(&self) -> SystemSettings {
        self.settings.borrow().clone()
    }

    /// Told whenever dialers' configuration files may be others than before, by what was written through here.
    pub(crate) fn files_changed(&self) -> watch::Receiver<()> {
        self.desk.files_changed.subscribe()
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.desk.stats
    }

    pub(crate) fn waiting(&self) -> usize {
        self.taken.number().saturating_sub(self.desk.writing.connections() - self.turns.available_permits())
    }

    pub(crate) async fn ended(&self) {
        let mut alive = self.alive.1.clone();
        while alive.changed().await.is_ok() {}
    }

    /// Takes no more commands, waits until those that were taken on are answered, and closes the connections.
    pub(crate) fn close(&self) {
        self.taken.close();
        self.looks.close();
        self.desk.writing.clear();
        self.desk.sharing.clear();
        self.desk.reading.clear();
        self.desk.urgent.clear();
        drop(self.alive.0.lock().unwrap_or_else(PoisonError::into_inner).take());
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

impl Desk {
    /// Carries a command out once: everything that it wrote is on the disk afterwards, or nothing.
    fn execute<T>(
        &self,
        purpose: Use,
        command: &mut dyn FnMut(&mut dyn FleetTx) -> Result<T, TxError>,
    ) -> Result<T, Failed> {
        let pool = if purpose == Use::Urgent { &self.urgent } else { &self.writing };
        let asked = Instant::now();
        let mut link = pool.take().map_err(unreachable)?;
        let (seen, has_changed_files) = (RefCell::default(), Cell::new(false));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // Whence a connection comes that says what is begun, where tables know no transactions.
            let beside = self.holds_names.then_some(&self.reading);
            let database = Mariadb::new(&mut link, &seen, beside, &self.columns).telling(&has_changed_files);
            let mut tx = SqlTx::new(database, self.clock.now());
            let found = command(&mut tx)?;
            tx.into_database().end()?;
            Ok(found)
        }));
        self.publish(seen.into_inner());
        let (error, fault) = match outcome {
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
                let fault = Fault::of_command(&error);
                (WriteError::Command(error), fault)
            }
            // Who knows in the middle of what: the connection is given up, and the server rolls back by itself.
            Err(panic) => {
                return Err(Failed { error: WriteError::Panicked(words_of(panic.as_ref())), fault: Fault::Lasting });
            }
        };
        if fault == Fault::Gone && purpose == Use::Urgent && asked.elapsed() >= SOON {
            self.has_been_silent(asked, &link);
        }
        take_back(pool, link, fault);
        Err(Failed { error, fault })
    }

    /// Carries commands out in one transaction, as far as they can share it; the others are told so.
    fn carry_out_together(&self, jobs: Vec<Box<dyn Job>>) {
        let Ok(mut link) = self.sharing.take() else {
            // Each finds out for itself.
            return jobs.into_iter().for_each(Job::is_left_alone);
        };
        let (seen, has_changed_files) = (RefCell::default(), Cell::new(false));
        let database = Mariadb::new(&mut link, &seen, None, &self.columns).telling(&has_changed_files);
        let Sorted { done, aside, broken } = Shared::new(database).execute(jobs, self.clock.now());
        self.publish(seen.into_inner());
        match broken {
            None => {
                self.commit_together(link, done);
                if has_changed_files.get() {
                    self.files_changed.send_replace(());
                }
            }
            Some(error) => {
                tracing::debug!(%error, commands = done.len(), "a shared transaction broke; each of its commands runs alone");
                self.stats.count_repeated(done.len());
                take_back(&self.sharing, link, Fault::of_command(&error));
                done.into_iter().for_each(Job::is_left_alone);
            }
        }
        aside.into_iter().for_each(Job::is_left_alone);
    }

    fn commit_together(&self, link: Link, done: Vec<Box<dyn Job>>) {
        match commit(&self.sharing, link) {
            Ok(()) if done.is_empty() => {}
            Ok(()) => {
                self.stats.count_batch(done.len());
                done.into_iter().for_each(Job::is_done);
            }
            Err(Failed { fault: Fault::Race, .. }) => {
                self.stats.count_repeated(done.len());
                done.into_iter().for_each(Job::is_left_alone);
            }
            Err(Failed { error, .. }) => {
                tracing::error!(%error, commands = done.len(), "a shared transaction's commit failed");
                let words = error.to_string();
                for job in done {
                    job.has_failed(WriteError::Commit(words.clone().into()));
                }
            }
        }
    }

    fn look<T>(
        &self,
        link: &mut Link,
        query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>,
    ) -> Result<T, TxError> {
        let seen = RefCell::default();
        let found = query(&mut SqlTx::new(Mariadb::new(link, &seen, None, &self.columns), self.clock.now()));
        self.publish(seen.into_inner());
        found
    }

    /// Tells the settings that a transaction has seen.
    fn publish(&self, seen: Option<SystemSettings>) {
        let Some(seen) = seen else { return };
        self.settings.send_if_modified(|published| {
            let changed = *published != seen;
            *published = seen;
            changed
        });
    }
}

/// Keeps nothing of a transaction.
fn take_back(pool: &Pool, mut link: Link, fault: Fault) {
    if fault == Fault::Gone {
        pool.is_gone(&link);
    } else if link.conn.query_drop("ROLLBACK").is_ok() {
        // Without an answer the connection is given up, and the server rolls back by itself.
        pool.keep(link);
    }
}

/// Puts a transaction on the disk.
fn commit(pool: &Pool, mut link: Link) -> Result<(), Failed> {
    let Err(error) = link.conn.query_drop("COMMIT") else {
        pool.keep(link);
        return Ok(());
    };
    // On a Galera cluster the race is lost here. Whoever gets no answer does not know.
    let fault = if Fault::of(&error) == Fault::Race { Fault::Race } else { Fault::Lasting };
    if fault == Fault::Race && link.conn.query_drop("ROLLBACK").is_ok() {
        pool.keep(link);
    }
    Err(Failed { error: WriteError::Commit(Box::new(error)), fault })
}

fn unreachable(error: mysql::Error) -> Failed {
    let cause: Cause = Box::new(error);
    Failed { error: WriteError::Unreachable(cause), fault: Fault::Lasting }
}
