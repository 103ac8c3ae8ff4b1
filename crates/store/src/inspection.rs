//! Read-only access to a database: it creates and upgrades nothing, not even the database itself.

use std::sync::Arc;

use fleet::{Clock, FleetTx, TxError};

use crate::{Location, ReadError, mariadb, sqlite};

/// Version of a database's tables, compared with this Hotdesk's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// The database has no tables yet.
    None,
    /// The tables are those of an older Hotdesk.
    Older {
        /// Their version.
        found: i64,
        /// The version that this Hotdesk writes.
        known: i64,
    },
    /// The tables have the version that this Hotdesk writes.
    Current,
    /// A newer Hotdesk upgraded the tables.
    Newer {
        /// Their version.
        found: i64,
        /// The version that this Hotdesk writes.
        known: i64,
    },
}

impl Tables {
    /// Compares a version with the one that this Hotdesk writes; version 0 stands for no tables.
    pub(crate) fn of_version(found: i64, known: i64) -> Self {
        match found {
            0 => Self::None,
            found if found < known => Self::Older { found, known },
            found if found > known => Self::Newer { found, known },
            _ => Self::Current,
        }
    }
}

/// An installation of VICIdial, as its tables and its database server tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VicidialFacts {
    /// Its version, such as `2.14`; empty if the tables do not tell.
    pub version: String,
    /// The version of its tables, such as `1720`; empty if the tables do not tell.
    pub tables: String,
    /// The time zone of the database server, in which the times of its tables are: `SYSTEM (EST)` or a name.
    pub time_zone: String,
    /// By how many minutes that zone is ahead of UTC now.
    pub minutes_ahead: i64,
    /// Whether passwords are digested (`pass_hash_enabled`) with a `pass_key` or `pass_cost` that bcrypt does not accept.
    pub has_unusable_hash_rule: bool,
    /// Active users without a password that VICIdial can verify.
    pub users_without_password: Vec<String>,
}

/// A database that is open for reading.
pub struct Inspection(Backend);

enum Backend {
    Embedded(sqlite::inspect::FileInspection),
    Server(mariadb::inspect::ServerInspection),
}

impl Inspection {
    /// Opens the database.
    ///
    /// # Errors
    /// [`ReadError`] if it does not exist or cannot be opened.
    pub fn open(location: &Location, clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        match location {
            Location::File(path) => Ok(Self(Backend::Embedded(sqlite::inspect::FileInspection::open(path, clock)?))),
            Location::Mariadb(address) => {
                Ok(Self(Backend::Server(mariadb::inspect::ServerInspection::open(address, clock)?)))
            }
        }
    }

    /// A new database in memory, in place of a database that does not exist yet.
    ///
    /// # Errors
    /// [`ReadError`] if memory is exhausted.
    pub fn of_nothing(clock: Arc<dyn Clock>) -> Result<Self, ReadError> {
        Ok(Self(Backend::Embedded(sqlite::inspect::FileInspection::of_nothing(clock)?)))
    }

    /// The version of its tables.
    ///
    /// # Errors
    /// [`ReadError`] if the location has no database.
    pub fn tables(&self) -> Result<Tables, ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.tables(),
            Backend::Server(inspection) => inspection.tables(),
        }
    }

    /// Descriptions of damage to the database; empty if it is intact.
    ///
    /// # Errors
    /// [`ReadError`] if the database cannot be read at all.
    pub fn quick_check(&self) -> Result<Vec<String>, ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.quick_check(),
            // The server checks its files itself.
            Backend::Server(_) => Ok(Vec::new()),
        }
    }

    /// What VICIdial's own tables tell of its installation; `None` on tables that Hotdesk made.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub fn vicidial(&self) -> Result<Option<VicidialFacts>, ReadError> {
        match &self.0 {
            Backend::Embedded(_) => Ok(None),
            Backend::Server(inspection) => inspection.vicidial(),
        }
    }

    /// Acquires the write lock, as a command would, and releases it without writing.
    ///
    /// # Errors
    /// [`ReadError`] if writing is not allowed, or another program holds the lock for too long.
    pub fn try_to_write(&self) -> Result<(), ReadError> {
        match &self.0 {
            Backend::Embedded(inspection) => inspection.try_to_write(),
            Backend::Server(inspection) => inspection.try_to_write(),
        }
    }

    /// Reads committed rows.
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
