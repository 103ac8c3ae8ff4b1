//! Embedded database: one writer thread that commits commands in groups, and concurrent readers.

mod connection;
pub(crate) mod inspect;
pub(crate) mod migrate;
mod names;
mod rows;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, TxError};
use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::tx::SqlTx;
use crate::{Files, Location, OpenError, QUEUE, ReadError, Stats, WriteError};
use names::Spellings;
use rows::{SideEffects, Sqlite};

pub(crate) use writer::panic_message;
use writer::{QueuedWrite, Writer, WriterJob, WriterOutputs};

/// Number of read connections that are kept open.
const READERS: usize = 2;

fn cannot_open(path: &Path, source: rusqlite::Error) -> OpenError {
    OpenError::Database { at: Location::File(path.to_owned()), source: Box::new(source) }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

/// The executor of commands.
enum WriterHandle {
    /// The writer thread.
    Thread(mpsc::Sender<Box<dyn WriterJob>>),
    /// The caller's thread, one command at a time.
    Inline(Box<Writer>),
    /// None: the store is closed.
    Closed,
}

/// An open embedded database.
pub(crate) struct Embedded {
    handle: Mutex<WriterHandle>,
    writer: Mutex<Option<JoinHandle<()>>>,
    alive: watch::Receiver<()>,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
    clock: Arc<dyn Clock>,
    settings: watch::Receiver<SystemSettings>,
    files_changed: watch::Receiver<()>,
    stats: Arc<Stats>,
}

impl Embedded {
    /// Opens the database, creates or upgrades its tables, and starts the writer.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let mut connection = connection::open(path)?;
        migrate::upgrade(&mut connection, path)?;
        let database = |source| cannot_open(path, source);
        let (settings_out, settings) = watch::channel(SystemSettings::default());
        let (files_out, files_changed) = watch::channel(());
        let stats = Arc::new(Stats::default());
        let out = WriterOutputs { settings: settings_out, files_changed: files_out };
        let writer = Writer::new(connection, Arc::clone(&clock), out, Arc::clone(&stats)).map_err(database)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (alive_out, alive) = watch::channel(());
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                // Dropped when the thread ends, even by a panic.
                let _alive = alive_out;
                writer.run(queue);
            })
            .map_err(OpenError::Thread)?;
        Ok(Self {
            handle: Mutex::new(WriterHandle::Thread(jobs)),
            writer: Mutex::new(Some(writer)),
            alive,
            readers: Arc::default(),
            path: path.to_owned(),
            clock,
            settings,
            files_changed,
            stats,
        })
    }

    /// A new database in memory, without a thread: each command and each query runs on the caller's thread, without interruption.
    /// For simulations, whose clock stands still meanwhile.
    ///
    /// # Errors
    /// [`OpenError`] if memory is exhausted.
    pub(crate) fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let path = PathBuf::from(":memory:");
        let database = |source| cannot_open(&path, source);
        let connection = Connection::open_in_memory().map_err(database)?;
        connection::set_up(&connection).and_then(|()| migrate::create(&connection)).map_err(database)?;
        let (settings_out, settings) = watch::channel(SystemSettings::default());
        let (files_out, files_changed) = watch::channel(());
        let stats = Arc::new(Stats::default());
        let out = WriterOutputs { settings: settings_out, files_changed: files_out };
        let writer = Writer::new(connection, Arc::clone(&clock), out, Arc::clone(&stats)).map_err(database)?;
        Ok(Self {
            handle: Mutex::new(WriterHandle::Inline(Box::new(writer))),
            writer: Mutex::default(),
            alive: watch::channel(()).1,
            readers: Arc::default(),
            path,
            clock,
            settings,
            files_changed,
            stats,
        })
    }

    /// Executes a command. Returns once its changes are on the disk, or once none of them is kept. The command may run more than
    /// once; only its last run counts.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the command is kept then.
    pub(crate) async fn write<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        match &mut *self.handle() {
            WriterHandle::Thread(jobs) => {
                jobs.try_send(QueuedWrite::boxed(command, reply)).map_err(|refused| match refused {
                    mpsc::error::TrySendError::Full(_) => WriteError::Overloaded,
                    mpsc::error::TrySendError::Closed(_) => WriteError::Closed,
                })?;
            }
            WriterHandle::Inline(writer) => writer.run_batch(&mut vec![QueuedWrite::boxed(command, reply)]),
            WriterHandle::Closed => return Err(WriteError::Closed),
        }
        answer.await.map_err(|_| WriteError::Closed)?
    }

    fn handle(&self) -> MutexGuard<'_, WriterHandle> {
        self.handle.lock()
    }

    /// Reads committed rows, on a thread that may block.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        if let WriterHandle::Inline(writer) = &mut *self.handle() {
            return Ok(writer.read(query)?);
        }
        let readers = Arc::clone(&self.readers);
        let path = self.path.clone();
        let now = self.clock.now();
        tokio::task::spawn_blocking(move || {
            let idle = readers.lock().pop();
            let connection = idle.map_or_else(|| connection::open_reader(&path), Ok)?;
            let settings = rows::settings(&connection)?;
            let spellings = &mut Spellings::default();
            let effects = &mut SideEffects::default();
            let database = Sqlite { connection: &connection, settings: &settings, spellings, effects };
            let answer = query(&mut SqlTx::new(database, now));
            let mut readers = readers.lock();
            if readers.len() < READERS {
                readers.push(connection);
            }
            Ok(answer?)
        })
        .await
        .map_err(|_| ReadError::Closed)?
    }

    /// The system's settings as of the last seen commit.
    pub(crate) fn settings(&self) -> SystemSettings {
        self.settings.borrow().clone()
    }

    /// Notifies when the dialers' configuration files may have changed.
    pub(crate) fn files_changed(&self) -> watch::Receiver<()> {
        self.files_changed.clone()
    }

    /// Counts of the writer.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Number of commands in the writer's queue.
    pub(crate) fn waiting(&self) -> usize {
        match &*self.handle() {
            WriterHandle::Thread(jobs) => QUEUE - jobs.capacity(),
            WriterHandle::Inline(_) | WriterHandle::Closed => 0,
        }
    }

    /// Waits until the writer has ended: the store was closed, or Hotdesk has a bug.
    pub(crate) async fn writer_ended(&self) {
        let mut alive = self.alive.clone();
        while alive.changed().await.is_ok() {}
    }

    /// The database's files.
    pub(crate) fn files(&self) -> Files {
        let size = |end: &str| {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            std::fs::metadata(name).map_or(0, |file| file.len())
        };
        Files { main: size(""), log: size("-wal") }
    }

    /// Refuses further commands, finishes the queued ones, and closes the database.
    pub(crate) fn close(&self) {
        // The last connection to close moves the write-ahead log into the file; a read connection cannot do that.
        self.readers.lock().clear();
        *self.handle() = WriterHandle::Closed;
        let writer = self.writer.lock().take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the writer ended by a panic");
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.close();
    }
}
