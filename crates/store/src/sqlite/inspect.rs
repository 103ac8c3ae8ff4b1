//! Looking at a database without changing anything: not its tables, not even whether there is one.

use std::path::PathBuf;
use std::sync::Arc;

use fleet::{Clock, FleetTx, TxError};
use rusqlite::Connection;

use super::names::Spellings;
use super::tx::{SqliteTx, read_settings};
use super::{Options, connection, migrate};
use crate::ReadError;

/// A database that is only looked at.
pub struct Inspection {
    connection: Connection,
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

/// How a database's tables stand to this Hotdesk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// There are none yet.
    None,
    /// An older Hotdesk made them.
    Older {
        /// Their version.
        found: i64,
        /// The version that this Hotdesk writes.
        known: i64,
    },
    /// They are this Hotdesk's.
    Current,
    /// A newer Hotdesk has upgraded them.
    Newer {
        /// Their version.
        found: i64,
        /// The version that this Hotdesk writes.
        known: i64,
    },
}

impl Inspection {
    /// Opens the database to look at it.
    ///
    /// # Errors
    /// [`ReadError`] when the file is not there or cannot be opened.
    pub fn open(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connection = connection::open_reader(&options.path)?;
        Ok(Self { connection, path: options.path.clone(), clock })
    }

    /// A new database in memory, as one that is not there yet would begin.
    ///
    /// # Errors
    /// [`ReadError`] when there is no memory.
    pub fn of_nothing(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        let connection = Connection::open_in_memory()?;
        migrate::create(&connection)?;
        Ok(Self { connection, path: options.path.clone(), clock })
    }

    /// How its tables stand to this Hotdesk.
    ///
    /// # Errors
    /// [`ReadError`] when the file is no database.
    pub fn tables(&self) -> Result<Tables, ReadError> {
        let known = migrate::VERSION;
        Ok(match migrate::version(&self.connection)? {
            0 => Tables::None,
            found if found < known => Tables::Older { found, known },
            found if found > known => Tables::Newer { found, known },
            _ => Tables::Current,
        })
    }

    /// What SQLite finds wrong with the file; nothing if it is sound.
    ///
    /// # Errors
    /// [`ReadError`] when the file cannot even be looked at.
    pub fn quick_check(&self) -> Result<Vec<String>, ReadError> {
        let mut check = self.connection.prepare("PRAGMA quick_check")?;
        let lines: Vec<String> = check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(if lines == ["ok"] { Vec::new() } else { lines })
    }

    /// Takes the right to write, as a command would, and gives it back without having written.
    ///
    /// # Errors
    /// [`ReadError`] when the file or its directory cannot be written, or another program has been writing for too long.
    pub fn try_to_write(&self) -> Result<(), ReadError> {
        let connection = connection::open_writer(&self.path)?;
        Ok(connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?)
    }

    /// Reads from it.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub fn read<T>(&self, query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>) -> Result<T, ReadError> {
        let settings = read_settings(&self.connection)?;
        Ok(query(&mut SqliteTx::new(&self.connection, self.clock.now(), &settings, &mut Spellings::default()))?)
    }
}
