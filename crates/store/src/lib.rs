//! Transactions on the fleet's tables.
//!
//! A command is a closure over a [`fleet::FleetTx`]. [`Store::write`] carries it out and answers once what it wrote is on
//! the disk. `tx` has the statements; only `sqlite` knows SQLite, and only `mariadb` knows MariaDB.

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

pub use inspection::{Inspection, Tables};
pub use location::Location;
pub use mariadb::{Address, AddressError};
pub use stats::Stats;
pub use store::{Files, Store};

/// How many commands may wait for their turn; more are refused as [`WriteError::Overloaded`].
pub const QUEUE: usize = 4096;

/// What a database says when it cannot.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No directory for the database, or no right to it.
    #[error("cannot create {path}: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no database, or cannot be reached, read or written.
    #[error("cannot open the database {at}: {source}")]
    Database {
        /// Where it is.
        at: Location,
        /// Why not.
        source: Cause,
    },
    /// A newer Hotdesk has upgraded the tables.
    #[error("the database {at} has tables of version {found}, this Hotdesk knows up to {known}: use the newer Hotdesk")]
    TooNew {
        /// Where it is.
        at: Location,
        /// The tables' version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// There are tables which Hotdesk has not made.
    #[error(
        "the database {at} has tables of another program: if they are VICIdial's, run `hotdesk migrate`, which puts Hotdesk's own beside them"
    )]
    Foreign {
        /// Where it is.
        at: Location,
    },
    /// No thread for the writer.
    #[error("cannot start the writer: {0}")]
    Thread(#[source] std::io::Error),
}

/// A command was not carried out, and nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// As many commands wait as may.
    #[error("too many commands are waiting")]
    Overloaded,
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
    /// The command failed, alone.
    #[error(transparent)]
    Command(#[from] TxError),
    /// The command panicked; this is a mistake in Hotdesk.
    #[error("the command panicked: {0}")]
    Panicked(String),
    /// Another program has been writing for longer than a command waits.
    #[error("another program kept the database locked")]
    Locked,
    /// The database does not answer; nothing was sent to it.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] Cause),
    /// What was written could not be made durable. If the connection broke just then, it may be there all the same.
    #[error("the database could not commit: {0}")]
    Commit(#[source] Cause),
}

/// Something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database refused or broke.
    #[error("the database could not be read: {0}")]
    Database(#[source] Cause),
    /// The rules found a contradiction.
    #[error(transparent)]
    Command(#[from] TxError),
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}
