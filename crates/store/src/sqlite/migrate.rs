//! The tables' versions. Each step is one transaction; the version is SQLite's `user_version`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::OpenError;

const STEPS: [&str; 2] = [include_str!("schema/0001_tables.sql"), include_str!("schema/0002_floor.sql")];

/// The version of the tables that this Hotdesk writes.
#[expect(clippy::cast_possible_wrap, reason = "there are few steps")]
pub const VERSION: i64 = STEPS.len() as i64;

/// Brings the tables to [`VERSION`].
pub(super) fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let database = |source| OpenError::Database { path: path.to_owned(), source };
    if version(connection).map_err(database)? == VERSION {
        return Ok(());
    }
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(database)?;
    let found = version(&step).map_err(database)?;
    let Some(missing) = usize::try_from(found).ok().and_then(|done| STEPS.get(done..)) else {
        return Err(OpenError::TooNew { path: path.to_owned(), found, known: VERSION });
    };
    for statements in missing {
        step.execute_batch(statements).map_err(database)?;
    }
    step.pragma_update(None, "user_version", VERSION).map_err(database)?;
    step.commit().map_err(database)
}

/// Makes the tables in an empty database.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    STEPS.iter().try_for_each(|statements| connection.execute_batch(statements))?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// The tables' version; 0 if there are none.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
