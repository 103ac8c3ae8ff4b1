//! Separate connection to the database of a running server, on any engine.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mysql::prelude::Queryable;
use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;
use serde_json::Value;

/// A row, by column.
pub type Row = BTreeMap<String, Value>;

/// Tables with automatically numbered rows.
const NUMBERED: [(&str, &str); 4] = [
    ("vicidial_admin_log", "admin_log_id"),
    ("vicidial_api_log", "api_id"),
    ("vicidial_live_agents", "live_agent_id"),
    ("vicidial_manager", "man_id"),
];

/// A connection.
pub enum SideConnection {
    Sqlite(rusqlite::Connection),
    Mariadb(RefCell<mysql::Conn>),
}

impl SideConnection {
    /// Seconds by which the database's local time is ahead of UTC.
    pub fn local_offset(&self) -> i64 {
        match self {
            Self::Sqlite(_) => 0,
            Self::Mariadb(connection) => {
                let offset = "SELECT timestampdiff(SECOND, utc_timestamp(), now())";
                connection.borrow_mut().query_first(offset).unwrap().unwrap()
            }
        }
    }

    /// Runs `work` in a transaction.
    pub fn transaction(&self, work: impl FnOnce()) {
        let run = |sqlite: &str, mariadb: &str| match self {
            Self::Sqlite(connection) => connection.execute_batch(sqlite).unwrap(),
            Self::Mariadb(connection) => connection.borrow_mut().query_drop(mariadb).unwrap(),
        };
        run("BEGIN IMMEDIATE", "START TRANSACTION");
        work();
        run("COMMIT", "COMMIT");
    }

    /// Executes a statement with these parameters.
    pub fn run(&self, statement: &str, values: impl Iterator<Item = Option<String>>) {
        match self {
            Self::Sqlite(connection) => drop(connection.execute(statement, params_from_iter(values)).unwrap()),
            Self::Mariadb(connection) => {
                let values: Vec<mysql::Value> = values.map(Into::into).collect();
                let values = if values.is_empty() { mysql::Params::Empty } else { values.into() };
                connection.borrow_mut().exec_drop(statement, values).unwrap();
            }
        }
    }

    /// Resets the numbering of a table, so that the next row follows the highest present number, as on SQLite.
    pub fn number_anew(&self, table: &str) {
        if let Self::Mariadb(connection) = self {
            connection.borrow_mut().query_drop(format!("ALTER TABLE {table} AUTO_INCREMENT = 1")).unwrap();
        }
    }

    /// These columns of every row of a table; every number as text.
    pub fn rows(&self, table: &str, columns: &[String]) -> Vec<Row> {
        let list = columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        let number = NUMBERED.iter().find(|(numbered, _)| *numbered == table);
        let order = number.map_or(String::new(), |(_, number)| format!(" ORDER BY {number}"));
        let select = format!("SELECT {list} FROM {table}{order}");
        let named = |at: usize, value: Option<String>| (columns[at].clone(), value.map_or(Value::Null, Value::String));
        match self {
            Self::Sqlite(connection) => {
                let mut select = connection.prepare_cached(&select).unwrap();
                let rows = select
                    .query_map([], |row| (0..columns.len()).map(|at| Ok(named(at, text(row.get_ref(at)?)))).collect());
                rows.unwrap().map(Result::unwrap).collect()
            }
            Self::Mariadb(connection) => {
                let rows: Vec<mysql::Row> = connection.borrow_mut().query(select).unwrap();
                let each = |row: mysql::Row| (0..columns.len()).map(|at| named(at, row.get(at).unwrap())).collect();
                rows.into_iter().map(each).collect()
            }
        }
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}
