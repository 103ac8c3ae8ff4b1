//! Read-only access to a database file: it creates and upgrades nothing, not even the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fleet::{Clock, FleetTx, TxError};
use rusqlite::Connection;

use super::names::Spellings;
use super::rows::{self, SideEffects, Sqlite};
use super::{connection, migrate};
use crate::tx::SqlTx;
use crate::{ReadError, Tables};

/// A database file that is open for reading.
pub(crate) struct FileInspection {
    connection: Connection,
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl FileInspection {
    /// Opens the database for reading.
    ///
    /// # Errors
    /// [`ReadError`] if the file does not exist or cannot be opened.
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connection = connection::open_reader(path)?;
        Ok(Self { connection, path: path.to_owned(), clock })
    }

    /// A new database in memory, in place of a file that does not exist yet.
    ///
    /// # Errors
    /// [`ReadError`] if memory is exhausted.
    pub(crate) fn of_nothing(clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connection = Connection::open_in_memory()?;
        migrate::create(&connection)?;
        Ok(Self { connection, path: PathBuf::from(":memory:"), clock })
    }

    /// The version of its tables.
    ///
    /// # Errors
    /// [`ReadError`] if the file is not a database.
    pub(crate) fn tables(&self) -> Result<Tables, ReadError> {
        Ok(Tables::of_version(migrate::version(&self.connection)?, migrate::VERSION))
    }

    /// SQLite's descriptions of damage to the file; empty if it is intact.
    ///
    /// # Errors
    /// [`ReadError`] if the file cannot be read at all.
    pub(crate) fn quick_check(&self) -> Result<Vec<String>, ReadError> {
        let mut check = self.connection.prepare("PRAGMA quick_check")?;
        let lines: Vec<String> = check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(if lines == ["ok"] { Vec::new() } else { lines })
    }

    /// Acquires the write lock, as a command would, and releases it without writing.
    ///
    /// # Errors
    /// [`ReadError`] if the file or its directory cannot be written, or another program holds the lock for too long.
    pub(crate) fn try_to_write(&self) -> Result<(), ReadError> {
        let connection = connection::open_writer(&self.path)?;
        Ok(connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?)
    }

    /// Reads committed rows.
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
