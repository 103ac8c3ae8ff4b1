//! An open database of either engine.

use std::path::PathBuf;
use std::sync::Arc;

use fleet::password::{NewPassword, Password, TooLong};
use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, OperationError, Rng, Timestamp, TxError, settle};
use tokio::sync::watch;

use crate::mariadb::{self, Server};
use crate::sqlite::{self, Embedded};
use crate::tx::passwords;
use crate::{Location, OpenError, ReadError, Stats, WriteError};

/// An open database.
pub struct Store {
    engine: Engine,
    location: Location,
    clock: Arc<dyn Clock>,
}

/// The files of the embedded database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// Size of the database file, in bytes.
    pub main: u64,
    /// Size of the write-ahead log, in bytes.
    pub log: u64,
}

enum Engine {
    Embedded(Embedded),
    Server(Server),
}

impl Store {
    /// Opens the database and creates or upgrades its tables. `rng` seeds the jitter of retries.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub fn open(location: &Location, clock: Arc<dyn Clock>, rng: &dyn Rng) -> Result<Self, OpenError> {
        Self::open_as(location, clock, rng, false)
    }

    /// The same for a database that may be VICIdial's: Hotdesk adds its own tables and leaves VICIdial's unchanged.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub fn adopt(location: &Location, clock: Arc<dyn Clock>, rng: &dyn Rng) -> Result<Self, OpenError> {
        Self::open_as(location, clock, rng, true)
    }

    fn open_as(location: &Location, clock: Arc<dyn Clock>, rng: &dyn Rng, adopts: bool) -> Result<Self, OpenError> {
        let engine = match location {
            Location::File(path) => Engine::Embedded(Embedded::open(path, Arc::clone(&clock))?),
            Location::Mariadb(address) => Engine::Server(Server::open(address, Arc::clone(&clock), rng, adopts)?),
        };
        Ok(Self { engine, location: location.clone(), clock })
    }

    /// A new database in memory, without a thread: each command and each query runs on the caller's thread, without interruption.
    /// For simulations, whose clock stands still meanwhile.
    ///
    /// # Errors
    /// [`OpenError`] if memory is exhausted.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let engine = Engine::Embedded(Embedded::in_memory(Arc::clone(&clock))?);
        Ok(Self { engine, location: Location::File(PathBuf::from(":memory:")), clock })
    }

    /// Executes a command. Returns once its changes are on the disk, or once none of them is kept. The command may run more than
    /// once; only its last run counts.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the command is kept then.
    pub async fn write<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.write(command).await,
            Engine::Server(server) => server.write(command).await,
        }
    }

    /// [`Self::write`] for a command that the rules can refuse. A refused command must not have written anything: its transaction
    /// commits, so that other commands of the same transaction do not run again.
    ///
    /// # Errors
    /// The refusal, or [`WriteError`].
    pub async fn write_or_refuse<T, R, F>(&self, mut command: F) -> Result<T, OperationError<R, WriteError>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, OperationError<R>> + Send + 'static,
    {
        self.write(move |tx| settle(command(tx).map(Ok), Err)).await?.map_err(OperationError::Refused)
    }

    /// The same for a frequent command that only looks up names and adds rows: on an engine where every command has its own
    /// transaction, many such commands share one.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the command is kept then.
    pub async fn write_batchable<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        match &self.engine {
            // All commands share transactions there.
            Engine::Embedded(embedded) => embedded.write(command).await,
            Engine::Server(server) => server.write_batchable(command).await,
        }
    }

    /// The same, before all queued commands: for the heartbeat of this node.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the command is kept then.
    pub async fn write_with_priority<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.write(command).await,
            Engine::Server(server) => server.write_with_priority(command).await,
        }
    }

    /// Whether other nodes can use this database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Server(_))
    }

    /// Whether VICIdial's own programs use the same tables.
    #[must_use]
    pub fn is_shared_with_vicidial(&self) -> bool {
        match &self.engine {
            Engine::Embedded(_) => false,
            Engine::Server(server) => server.is_shared_with_vicidial(),
        }
    }

    /// A user's new password in the forms that this database stores. Takes about 20 ms of CPU time.
    ///
    /// # Errors
    /// [`TxError::DoesNotFit`] if the password cannot be stored.
    pub fn new_password(&self, typed: &Password, rng: &dyn Rng) -> Result<NewPassword, TxError> {
        let settings = self.settings();
        let too_long = |error: TooLong| TxError::DoesNotFit(error.to_string());
        if !self.is_shared_with_vicidial() {
            return NewPassword::of(typed, settings.hash_rule.as_ref(), rng).map_err(too_long);
        }
        let kept = Password::new(passwords::filtered(typed.bytes(), &settings)?);
        NewPassword::of(&kept, settings.hash_rule.as_ref(), rng).map_err(too_long)
    }

    /// Reads committed rows, on a thread that may block.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn read<T, F>(&self, query: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.read(query).await,
            Engine::Server(server) => server.read(query).await,
        }
    }

    /// [`Self::read`] for a query that the rules can refuse.
    ///
    /// # Errors
    /// The refusal, or [`ReadError`].
    pub async fn read_or_refuse<T, R, F>(&self, query: F) -> Result<T, OperationError<R, ReadError>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&mut dyn FleetTx) -> Result<T, OperationError<R>> + Send + 'static,
    {
        self.read(move |tx| settle(query(tx).map(Ok), Err)).await?.map_err(OperationError::Refused)
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The system's settings as of the last transaction that read them.
    #[must_use]
    pub fn settings(&self) -> SystemSettings {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.settings(),
            Engine::Server(server) => server.settings(),
        }
    }

    /// Notifies when the dialers' configuration files may have changed through this store. Changes by other programs are notified
    /// late or never: those programs set the dialer's flag (`DialerFilesTx::rebuild_requested`).
    #[must_use]
    pub fn files_changed(&self) -> watch::Receiver<()> {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.files_changed(),
            Engine::Server(server) => server.files_changed(),
        }
    }

    /// Counts of batches and commands.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.stats(),
            Engine::Server(server) => server.stats(),
        }
    }

    /// Number of queued commands.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.waiting(),
            Engine::Server(server) => server.waiting(),
        }
    }

    /// Waits until the writer has ended: the store was closed, or Hotdesk has a bug.
    pub async fn writer_ended(&self) {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.writer_ended().await,
            Engine::Server(server) => server.ended().await,
        }
    }

    /// The location of the database.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The database's files, if they are on this machine.
    #[must_use]
    pub fn files(&self) -> Option<Files> {
        match &self.engine {
            Engine::Embedded(embedded) => Some(embedded.files()),
            Engine::Server(_) => None,
        }
    }

    /// The version of the tables.
    #[must_use]
    pub fn version(&self) -> i64 {
        match &self.engine {
            Engine::Embedded(_) => sqlite::migrate::VERSION,
            Engine::Server(_) => mariadb::migrate::VERSION,
        }
    }

    /// Refuses further commands, finishes the queued ones, and closes the database.
    pub fn close(&self) {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.close(),
            Engine::Server(server) => server.close(),
        }
    }
}
