//! Schema migrations. Each step is one transaction; the version is SQLite's `user_version`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::cannot_open;
use crate::{Location, OpenError};

const STEPS: [&str; 12] = [
    include_str!("schema/0001_tables.sql"),
    include_str!("schema/0002_floor.sql"),
    include_str!("schema/0003_panel.sql"),
    include_str!("schema/0004_users.sql"),
    include_str!("schema/0005_tokens.sql"),
    include_str!("schema/0006_repeats.sql"),
    include_str!("schema/0007_nodes.sql"),
    include_str!("schema/0008_webhooks.sql"),
    include_str!("schema/0009_dialer_files.sql"),
    include_str!("schema/0010_credentials.sql"),
    include_str!("schema/0011_functions.sql"),
    include_str!("schema/0012_call_context.sql"),
];

/// The version of the tables that this Hotdesk writes.
#[expect(clippy::cast_possible_wrap, reason = "there are few steps")]
pub const VERSION: i64 = STEPS.len() as i64;

/// Brings the tables to [`VERSION`].
pub(super) fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let database = |source| cannot_open(path, source);
    if version(connection).map_err(database)? == VERSION {
        return Ok(());
    }
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(database)?;
    let found = version(&step).map_err(database)?;
    let Some(missing) = usize::try_from(found).ok().and_then(|done| STEPS.get(done..)) else {
        return Err(OpenError::TooNew { at: Location::File(path.to_owned()), found, known: VERSION });
    };
    for statements in missing {
        step.execute_batch(statements).map_err(database)?;
    }
    step.pragma_update(None, "user_version", VERSION).map_err(database)?;
    step.commit().map_err(database)
}

/// Creates the tables in an empty database.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    STEPS.iter().try_for_each(|statements| connection.execute_batch(statements))?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// The tables' version; 0 if there are none.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_first_version_are_upgraded_with_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO hotdesk_session (user, phone_login, server_ip, conf_exten, began)
                     VALUES ('1001', '100a', '10.0.9.8', '8600051', '2026-11-20 08:00:00');
                 INSERT INTO vicidial_live_agents (user, server_ip, extension)
                     VALUES ('1001', '10.0.9.8', 'SIP/100'), ('far', '10.0.9.8', 'R/7');
                 INSERT INTO phones (extension, server_ip, protocol, active)
                     VALUES ('100', '10.0.9.8', 'SIP', 'Y'), ('101', '10.0.9.8', 'SIP', 'N'), ('102', '10.0.9.8', 'IAX2', 'Y');
                 PRAGMA user_version = 1;",
            )
            .unwrap();
        upgrade(&mut connection, &path).unwrap();
        let ask = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
        assert_eq!(ask("SELECT user || ' ' || state || ' ' || server_ip FROM hotdesk_session"), "1001 live 10.0.9.8");
        assert_eq!(ask("SELECT server_ip || ' ' || seats FROM hotdesk_seats"), "10.0.9.8 1");
        assert_eq!(ask("SELECT server_ip || ' ' || lines FROM hotdesk_expected"), "10.0.9.8 1");
    }
}
