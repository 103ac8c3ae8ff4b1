//! A database that is open, whichever it is.

use std::path::PathBuf;
use std::sync::Arc;

use fleet::records::SystemSettings;
use fleet::{Clock, FleetTx, OperationError, Rng, Timestamp, TxError, settle};
use tokio::sync::watch;

use crate::mariadb::{self, Server};
use crate::sqlite::{self, Embedded};
use crate::{Location, OpenError, ReadError, Stats, WriteError};

/// The database, open.
pub struct Store {
    engine: Engine,
    location: Location,
    clock: Arc<dyn Clock>,
}

/// The files of the embedded database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// Bytes of the file itself.
    pub main: u64,
    /// Bytes of what is written already and not in the file yet.
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

    /// The same for a database that may be VICIdial's: Hotdesk's own tables are put beside its, which stay as they are.
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

    /// A new database in memory, without a thread: each command and each query is carried out by who asks, before anybody
    /// else does anything. For simulations, in which time stands still meanwhile.
    ///
    /// # Errors
    /// [`OpenError`] when there is no memory.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let engine = Engine::Embedded(Embedded::in_memory(Arc::clone(&clock))?);
        Ok(Self { engine, location: Location::File(PathBuf::from(":memory:")), clock })
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

    /// The same for a command that looks up names and adds rows, of which there may be many at once: where every command has a
    /// transaction of its own, such share one.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the command is kept then.
    pub async fn write_batchable<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, TxError> + Send + 'static,
    {
        match &self.engine {
            // All of them do.
            Engine::Embedded(embedded) => embedded.write(command).await,
            Engine::Server(server) => server.write_batchable(command).await,
        }
    }

    /// The same before all commands that wait for their turn: for what says that this node is alive.
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

    /// Whether other running Hotdesks can be on this database.
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

    /// Reads from what is committed, on a thread that may wait.
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

    /// The time, on the database's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The system's settings as of the last transaction that looked at them.
    #[must_use]
    pub fn settings(&self) -> SystemSettings {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.settings(),
            Engine::Server(server) => server.settings(),
        }
    }

    /// Told whenever dialers' configuration files may be others than before, by what was written through this store. What other
    /// programs write is told late or not at all: they ask the dialer (`DialerFilesTx::rebuild_requested`).
    #[must_use]
    pub fn files_changed(&self) -> watch::Receiver<()> {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.files_changed(),
            Engine::Server(server) => server.files_changed(),
        }
    }

    /// Figures of what has been written.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.stats(),
            Engine::Server(server) => server.stats(),
        }
    }

    /// How many commands wait for their turn now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.waiting(),
            Engine::Server(server) => server.waiting(),
        }
    }

    /// Waits until nothing can be written any more: the store has been closed, or there is a mistake in Hotdesk.
    pub async fn writer_ended(&self) {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.writer_ended().await,
            Engine::Server(server) => server.ended().await,
        }
    }

    /// Where the database is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The database's files, where they are here.
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

    /// Takes no more commands, finishes those that wait, and closes the database.
    pub fn close(&self) {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.close(),
            Engine::Server(server) => server.close(),
        }
    }
}
