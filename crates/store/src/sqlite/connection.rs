//! Set-up of connections to the database file.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::cannot_open;
use crate::OpenError;

/// Time for which a connection waits for another process's write lock.
const BUSY: Duration = Duration::from_secs(10);

/// Number of statements that a connection keeps prepared; `tx` has fewer.
const STATEMENTS: usize = 128;

/// Size of the page cache, in KiB; SQLite expects a negative number for that unit.
const CACHE: i64 = -65_536;

/// Opens the database for writing; creates it and its directory if they do not exist. Only the owner may read the file.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory)
            .map_err(|source| OpenError::Directory { path: directory.to_owned(), source })?;
    }
    let database = |source| cannot_open(path, source);
    create_private(path).map_err(|source| OpenError::Directory { path: path.to_owned(), source })?;
    let connection = Connection::open(path).map_err(database)?;
    set_up(&connection).map_err(database)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(database)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(database)?;
    Ok(connection)
}

/// Opens the database for reading.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    open_existing(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Opens an existing database for writing.
pub(super) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    open_existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn open_existing(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    set_up(&connection)?;
    Ok(connection)
}

pub(super) fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise SQLite prepares some statements again for every bound value, to find a better plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", CACHE)
}

/// Creates the file if it does not exist, readable by its owner only: it holds the phones' passwords.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
