//! Transactions on the fleet's tables.
//!
//! A command is a closure over a [`fleet::FleetTx`]. [`Store::write`] executes it and returns once its changes are on the disk.
//! Module `tx` has the statements; only `sqlite` depends on SQLite, and only `mariadb` on MariaDB.

mod database;
mod inspection;
mod location;
mod mariadb;
mod row;
mod sqlite;
pub mod stats;
mod store;
mod tx;

use std::path::PathBuf;

use fleet::TxError;

pub use inspection::{Inspection, Tables, VicidialFacts};
pub use location::Location;
pub use mariadb::{Address, AddressError};
pub use stats::Stats;
pub use store::{Files, Store};

/// Capacity of the command queue. A full queue refuses commands with [`WriteError::Overloaded`].
pub const QUEUE: usize = 4096;

/// An error of the database driver.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory of the database is missing and cannot be created.
    #[error("cannot create {path}: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The location has no database, or the database is unreachable, unreadable or read-only.
    #[error("cannot open the database {at}: {source}")]
    Database {
        /// Its location.
        at: Location,
        /// The cause.
        source: Cause,
    },
    /// A newer Hotdesk upgraded the tables.
    #[error("the database {at} has tables of version {found}, this Hotdesk knows up to {known}: use the newer Hotdesk")]
    TooNew {
        /// Its location.
        at: Location,
        /// The tables' version.
        found: i64,
        /// The newest version that this Hotdesk knows.
        known: i64,
    },
    /// Another program created the database's tables.
    #[error(
        "the database {at} has tables of another program: if they are VICIdial's, run `hotdesk migrate`, which adds Hotdesk's own tables"
    )]
    Foreign {
        /// Its location.
        at: Location,
    },
    /// The writer thread could not start.
    #[error("cannot start the writer: {0}")]
    Thread(#[source] std::io::Error),
}

/// A command failed, and its changes were rolled back.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The queue of commands is full.
    #[error("the queue of commands is full")]
    Overloaded,
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
    /// The command itself failed.
    #[error(transparent)]
    Command(#[from] TxError),
    /// The command panicked, which is a bug in Hotdesk.
    #[error("the command panicked: {0}")]
    Panicked(String),
    /// Another program held the write lock for longer than a command waits.
    #[error("another program held the database lock for too long")]
    Locked,
    /// The database does not respond; nothing was sent to it.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] Cause),
    /// The commit failed. If the connection broke during the commit, the changes may be committed nevertheless.
    #[error("the database could not commit: {0}")]
    Commit(#[source] Cause),
}

/// A query failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database failed.
    #[error("the database could not be read: {0}")]
    Database(#[source] Cause),
    /// The rules found inconsistent rows.
    #[error(transparent)]
    Command(#[from] TxError),
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}
