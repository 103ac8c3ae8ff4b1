//! The embedded database: one writer thread that commits commands in groups, and readers beside it.

mod connection;
pub mod inspect;
mod migrate;
mod names;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, TxError};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{OpenError, ReadError, Stats, WriteError};
use names::Spellings;
use tx::SqliteTx;
use writer::{Job, Task, Writer};

/// How many commands may wait for the writer; more are refused as [`WriteError::Overloaded`].
pub const QUEUE: usize = 4096;

/// How many connections read beside the writer.
const READERS: usize = 2;

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; it and its directory are created if need be.
    pub path: PathBuf,
}

/// The embedded database, open.
pub struct Store {
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    alive: watch::Receiver<()>,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
    clock: Arc<dyn Clock>,
    settings: watch::Receiver<SystemSettings>,
    stats: Arc<Stats>,
}

impl Store {
    /// Opens the database, creates or upgrades its tables, and starts the writer.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub fn open(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let mut connection = connection::open(&options.path)?;
        migrate::upgrade(&mut connection, &options.path)?;
        let database = |source| OpenError::Database { path: options.path.clone(), source };
        let (settings_out, settings) = watch::channel(SystemSettings::default());
        let stats = Arc::new(Stats::default());
        let writer = Writer::new(connection, Arc::clone(&clock), settings_out, Arc::clone(&stats)).map_err(database)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (alive_out, alive) = watch::channel(());
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                // Dropped with the thread, however it ends.
                let _alive = alive_out;
                writer.run(queue);
            })
            .map_err(OpenError::Thread)?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            writer: Mutex::new(Some(writer)),
            alive,
            readers: Arc::default(),
            path: options.path.clone(),
            clock,
            settings,
            stats,
        })
    }

    /// Carries a command out and answers once what it wrote is on the disk, or once nothing of it is kept. The command may
    /// run more than once; only its last run counts.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the command is kept then.
    pub async fn write<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(WriteError::Closed)?;
        let (reply, answer) = oneshot::channel();
        jobs.try_send(Task::boxed(command, reply)).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => WriteError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => WriteError::Closed,
        })?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    /// Reads from what is committed, on a thread that may wait.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn read<T, F>(&self, query: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        let now = self.clock.now();
        tokio::task::spawn_blocking(move || {
            let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| connection::open_reader(&path), Ok)?;
            let settings = tx::read_settings(&connection)?;
            let answer = query(&mut SqliteTx::new(&connection, now, &settings, &mut Spellings::default()));
            let mut readers = readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS {
                readers.push(connection);
            }
            Ok(answer?)
        })
        .await
        .map_err(|_| ReadError::Closed)?
    }

    /// The system's settings as of the last commit that was seen.
    #[must_use]
    pub fn settings(&self) -> SystemSettings {
        self.settings.borrow().clone()
    }

    /// Figures of the writer.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many commands wait for the writer now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().map_or(0, |jobs| QUEUE - jobs.capacity())
    }

    /// Waits until the writer has ended, which it does only when the store is closed, or by a mistake in Hotdesk.
    pub async fn writer_ended(&self) {
        let mut alive = self.alive.clone();
        while alive.changed().await.is_ok() {}
    }

    /// The database's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes no more commands, finishes those that wait, and closes the database.
    pub fn close(&self) {
        // The connection that is closed last moves the write-ahead log into the file; one that only reads cannot.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the writer ended by a panic");
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}
