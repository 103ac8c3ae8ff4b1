//! Looking at a database without changing anything: not its tables, not even whether there is one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fleet::{Clock, FleetTx, TxError};
use rusqlite::Connection;

use super::names::Spellings;
use super::rows::{self, SideEffects, Sqlite};
use super::{connection, migrate};
use crate::tx::SqlTx;
use crate::{ReadError, Tables};

/// A database that is only looked at.
pub(crate) struct FileInspection {
    connection: Connection,
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl FileInspection {
    /// Opens the database to look at it.
    ///
    /// # Errors
    /// [`ReadError`] when the file is not there or cannot be opened.
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connection = connection::open_reader(path)?;
        Ok(Self { connection, path: path.to_owned(), clock })
    }

    /// A new database in memory, as one that is not there yet would begin.
    ///
    /// # Errors
    /// [`ReadError`] when there is no memory.
    pub(crate) fn of_nothing(clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connection = Connection::open_in_memory()?;
        migrate::create(&connection)?;
        Ok(Self { connection, path: PathBuf::from(":memory:"), clock })
    }

    /// How its tables stand to this Hotdesk.
    ///
    /// # Errors
    /// [`ReadError`] when the file is no database.
    pub(crate) fn tables(&self) -> Result<Tables, ReadError> {
        Ok(Tables::of_version(migrate::version(&self.connection)?, migrate::VERSION))
    }

    /// What SQLite finds wrong with the file; nothing if it is sound.
    ///
    /// # Errors
    /// [`ReadError`] when the file cannot even be looked at.
    pub(crate) fn quick_check(&self) -> Result<Vec<String>, ReadError> {
        let mut check = self.connection.prepare("PRAGMA quick_check")?;
        let lines: Vec<String> = check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(if lines == ["ok"] { Vec::new() } else { lines })
    }

    /// Takes the right to write, as a command would, and gives it back without having written.
    ///
    /// # Errors
    /// [`ReadError`] when the file or its directory cannot be written, or another program has been writing for too long.
    pub(crate) fn try_to_write(&self) -> Result<(), ReadError> {
        let connection = connection::open_writer(&self.path)?;
        Ok(connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?)
    }

    /// Reads from it.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub(crate) fn read<T>(&self, query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>) -> Result<T, ReadError> {
        let (connection, settings) = (&self.connection, &rows::settings(&self.connection)?);
        let spellings = &mut Spellings::default();
        let database = Sqlite { connection, settings, spellings, effects: &mut SideEffects::default() };
        Ok(query(&mut SqlTx::new(database, self.clock.now()))?)
    }
}
