//! Looking at a database without changing anything: not its tables, not even whether there is one.

use std::sync::Arc;

use fleet::{Clock, FleetTx, TxError};

use crate::{Location, ReadError, mariadb, sqlite};

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

impl Tables {
    /// How tables of this version stand to those that this Hotdesk writes; version 0 are none.
    pub(crate) fn of_version(found: i64, known: i64) -> Self {
        match found {
            0 => Self::None,
            found if found < known => Self::Older { found, known },
            found if found > known => Self::Newer { found, known },
            _ => Self::Current,
        }
    }
}

/// A database that is only looked at.
pub struct Inspection(Backend);

enum Backend {
    Embedded(sqlite::inspect::FileInspection),
    Server(mariadb::inspect::ServerInspection),
}

impl Inspection {
    /// Opens the database to inspection at it.
    ///
    /// # Errors
    /// [`ReadError`] when it is not there or cannot be opened.
    pub fn open(location: &Location, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        match location {
            Location::File(path) => Ok(Self(Backend::Embedded(sqlite::inspect::FileInspection::open(path, clock)?))),
            Location::Mariadb(address) => {
                Ok(Self(Backend::Server(mariadb::inspect::ServerInspection::open(address, clock)?)))
            }
        }
    }

    /// A new database in memory, as one that is not there yet would begin.
    ///
    /// # Errors
    /// [`ReadError`] when there is no memory.
    pub fn of_nothing(clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        Ok(Self(Backend::Embedded(sqlite::inspect::FileInspection::of_nothing(clock)?)))
    }

    /// How its tables stand to this Hotdesk.
    ///
    /// # Errors
    /// [`ReadError`] when it is no database.
    pub fn tables(&self) -> Result<Tables, ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.tables(),
            Backend::Server(inspection) => inspection.tables(),
        }
    }

    /// What is wrong with how the rows are kept, in words; nothing if they are sound.
    ///
    /// # Errors
    /// [`ReadError`] when the database cannot even be looked at.
    pub fn quick_check(&self) -> Result<Vec<String>, ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.quick_check(),
            // The server looks after that itself.
            Backend::Server(_) => Ok(Vec::new()),
        }
    }

    /// Takes the right to write, as a command would, and gives it back without having written.
    ///
    /// # Errors
    /// [`ReadError`] when there is no such right, or another program has been writing for too long.
    pub fn try_to_write(&self) -> Result<(), ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.try_to_write(),
            Backend::Server(inspection) => inspection.try_to_write(),
        }
    }

    /// Reads from it.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub fn read<T>(&self, query: impl FnOnce(&mut dyn FleetTx) -> Result<T, TxError>) -> Result<T, ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.read(query),
            Backend::Server(inspection) => inspection.read(query),
        }
    }
}
