//! The rows of a whole fleet, and an index of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::name;
use crate::schema::{Row, Table};

/// All rows of all tables, each table in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fleet {
    tables: BTreeMap<Table, Vec<Row>>,
    /// Whether VICIdial's own programs use the same tables.
    pub is_shared_with_vicidial: bool,
}

impl Fleet {
    /// No rows yet, of tables that VICIdial's own programs use or not.
    pub(super) fn on(is_shared_with_vicidial: bool) -> Self {
        Self { is_shared_with_vicidial, ..Self::default() }
    }

    /// The rows of a table.
    #[must_use]
    pub fn of(&self, table: Table) -> &[Row] {
        self.tables.get(&table).map(Vec::as_slice).unwrap_or_default()
    }

    /// Sets the rows of a table.
    pub fn set(&mut self, table: Table, rows: Vec<Row>) {
        self.tables.insert(table, rows);
    }

    /// All rows.
    pub fn all(&self) -> impl Iterator<Item = &Row> {
        self.tables.values().flatten()
    }
}

/// Finds rows by their names, and phones by their logins.
#[derive(Debug)]
pub struct Index<'a> {
    rows: HashMap<(Table, String), &'a Row>,
    logins: HashSet<String>,
}

impl<'a> Index<'a> {
    /// An index of these rows.
    #[must_use]
    pub fn of(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut index = Self { rows: HashMap::new(), logins: HashSet::new() };
        for row in rows {
            if row.table() == Table::Phone {
                index.logins.insert(name::key(row.text("phone_login")));
            }
            index.rows.insert((row.table(), row.key()), row);
        }
        index
    }

    /// All rows, in any order.
    pub fn rows(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.values().copied()
    }

    /// The row with the same key.
    #[must_use]
    pub fn row(&self, row: &Row) -> Option<&'a Row> {
        self.rows.get(&(row.table(), row.key())).copied()
    }

    /// Whether there is a row of this name.
    #[must_use]
    pub fn has(&self, table: Table, name: &str) -> bool {
        self.rows.contains_key(&(table, name::key(name)))
    }

    /// Whether a phone has this login.
    #[must_use]
    pub fn login_exists(&self, login: &str) -> bool {
        self.logins.contains(&name::key(login))
    }
}
