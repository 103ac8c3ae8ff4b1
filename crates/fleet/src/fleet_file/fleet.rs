//! The rows of a whole fleet, and an index of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::name;
use crate::schema::{Row, Table};

/// All rows of all sections, each section in the order of its names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fleet {
    sections: BTreeMap<Table, Vec<Row>>,
}

impl Fleet {
    /// The rows of a section.
    #[must_use]
    pub fn of(&self, section: Table) -> &[Row] {
        self.sections.get(&section).map(Vec::as_slice).unwrap_or_default()
    }

    /// Sets the rows of a section.
    pub fn set(&mut self, section: Table, entries: Vec<Row>) {
        self.sections.insert(section, entries);
    }

    /// All rows.
    pub fn all(&self) -> impl Iterator<Item = &Row> {
        self.sections.values().flatten()
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

    /// The row with the key of this entry.
    #[must_use]
    pub fn row(&self, entry: &Row) -> Option<&'a Row> {
        self.rows.get(&(entry.table(), entry.key())).copied()
    }

    /// Whether there is a row of this name.
    #[must_use]
    pub fn has(&self, section: Table, row: &str) -> bool {
        self.rows.contains_key(&(section, name::key(row)))
    }

    /// Whether a phone has this login.
    #[must_use]
    pub fn login_exists(&self, login: &str) -> bool {
        self.logins.contains(&name::key(login))
    }
}
