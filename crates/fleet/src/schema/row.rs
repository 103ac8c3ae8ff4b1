//! Rows as text, with some or all of their columns.

use std::fmt;

use crate::name;
use crate::schema::{Column, Table};

/// Some columns of one row: those in a file's entry, those that a change sets, or all.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    table: Table,
    /// Each value with its column's index among [`Table::columns`], sorted by index. This keeps a file of 100,000 rows with few
    /// columns each small.
    values: Vec<(u8, Box<str>)>,
}

impl Row {
    /// A row without values.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table, values: Vec::new() }
    }

    /// A row with a value for every column, in the order of [`Table::columns`].
    #[must_use]
    pub fn whole(table: Table, values: Vec<String>) -> Self {
        let values = (0..).zip(values).take(table.columns().len());
        Self { table, values: values.map(|(index, value)| (index, value.into_boxed_str())).collect() }
    }

    /// The row's table.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table
    }

    /// The value of a column, if the row has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, at) = self.find(name)?;
        self.values.get(at.ok()?).map(|(_, value)| &**value)
    }

    /// The index of a column, and the position of its value or the position to insert one; `None` if the table has no such
    /// column.
    fn find(&self, name: &str) -> Option<(u8, Result<usize, usize>)> {
        let index = u8::try_from(self.table.index_of(name)?).ok()?;
        Some((index, self.values.binary_search_by_key(&index, |(index, _)| *index)))
    }

    /// The value of a column; empty if the row has none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Sets a column.
    pub fn set(&mut self, name: &str, value: String) {
        let value = value.into_boxed_str();
        match self.find(name) {
            Some((index, Ok(at))) => self.values[at] = (index, value),
            Some((index, Err(at))) => self.values.insert(at, (index, value)),
            None => {}
        }
    }

    /// Removes the value of a column.
    pub fn unset(&mut self, name: &str) {
        if let Some((_, Ok(at))) = self.find(name) {
            self.values.remove(at);
        }
    }

    /// The columns that have a value, with their values.
    pub fn values(&self) -> impl Iterator<Item = (&'static Column, &str)> {
        let columns = self.table.columns();
        self.values.iter().filter_map(move |(index, value)| Some((columns.get(usize::from(*index))?, &**value)))
    }

    /// The columns of the key, with their values: none for the settings.
    pub fn names(&self) -> impl Iterator<Item = (&'static Column, &str)> {
        self.values().filter(|(column, _)| column.is_key)
    }

    /// The key for comparing rows.
    #[must_use]
    pub fn key(&self) -> String {
        self.names().map(|(_, value)| name::key(value)).collect::<Vec<_>>().join("/")
    }

    /// The key for display: `10.0.9.8/100`.
    #[must_use]
    pub fn name(&self) -> String {
        self.names().map(|(_, value)| value).collect::<Vec<_>>().join("/")
    }

    /// The table and the key: `phone 10.0.9.8/100`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.table.name(), self.name()).trim_end().to_owned()
    }

    /// The values of another row of the same table, overridden by this row's values.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        let mut both = other.clone();
        for (column, value) in self.values() {
            both.set(column.name, value.to_owned());
        }
        both
    }

    /// Whether the row is an account that can change phones through the API.
    #[must_use]
    pub fn can_administrate(&self) -> bool {
        self.table == Table::User
            && self.get("active").unwrap_or("Y") == "Y"
            && self.text("user_level").parse().is_ok_and(|level: i64| level >= 8)
            && self.text("vdc_agent_api_access") == "1"
            && self.text("ast_admin_access") == "1"
            && !(self.text("pass").is_empty() && self.text("pass_hash").is_empty())
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.values().map(|(column, value)| (column.name, if column.secret { "(secret)" } else { value }));
        f.write_str(self.table.name())?;
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_row_is_its_table_and_its_key() {
        let mut phone = Row::new(Table::Phone);
        phone.set("extension", "CC100".into());
        phone.set("server_ip", "10.0.9.8".into());
        assert_eq!(phone.title(), "phone 10.0.9.8/CC100");
        assert_eq!(phone.key(), "10.0.9.8/cc100");
        assert_eq!(Row::new(Table::Settings).title(), "settings");
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let mut phone = Row::new(Table::Phone);
        phone.set("registration_password", "hunter2".into());
        phone.set("phone_pass", "hunter2".into());
        assert_eq!(format!("{phone:?}"), r#"phone{"phone_pass": "(secret)", "registration_password": "(secret)"}"#);
    }
}
