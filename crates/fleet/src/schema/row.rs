//! An entry: some columns of one row, as text.

use std::fmt;

use crate::name;
use crate::schema::{Column, Table};

/// Some columns of one row. What a file names, what a change sets, or all that a row has.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    section: Table,
    /// Each value with its key's place among [`Table::keys`], in their order: a file of 100,000 entries that set few keys
    /// each is small.
    values: Vec<(u8, Box<str>)>,
}

impl Row {
    /// An entry without any value yet.
    #[must_use]
    pub fn new(section: Table) -> Self {
        Self { section, values: Vec::new() }
    }

    /// An entry with a value for every key, in the order of [`Table::keys`].
    #[must_use]
    pub fn whole(section: Table, values: Vec<String>) -> Self {
        let values = (0..).zip(values).take(section.keys().len());
        Self { section, values: values.map(|(place, value)| (place, value.into_boxed_str())).collect() }
    }

    /// Its section.
    #[must_use]
    pub fn section(&self) -> Table {
        self.section
    }

    /// The value of a key or column, if the entry has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, at) = self.find(name)?;
        self.values.get(at.ok()?).map(|(_, value)| &**value)
    }

    /// The place of a key or column, and where its value is or would have to go; `None` if the section has no such key.
    fn find(&self, name: &str) -> Option<(u8, Result<usize, usize>)> {
        let place = u8::try_from(self.section.place_of(name)?).ok()?;
        Some((place, self.values.binary_search_by_key(&place, |(place, _)| *place)))
    }

    /// The value of a key or column; empty if the entry has none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Sets a key or column.
    pub fn set(&mut self, name: &str, value: String) {
        let value = value.into_boxed_str();
        match self.find(name) {
            Some((place, Ok(at))) => self.values[at] = (place, value),
            Some((place, Err(at))) => self.values.insert(at, (place, value)),
            None => {}
        }
    }

    /// Takes the value of a key away.
    pub fn unset(&mut self, name: &str) {
        if let Some((_, Ok(at))) = self.find(name) {
            self.values.remove(at);
        }
    }

    /// The keys that it has, with their values.
    pub fn values(&self) -> impl Iterator<Item = (&'static Column, &str)> {
        let keys = self.section.keys();
        self.values.iter().filter_map(move |(place, value)| Some((keys.get(usize::from(*place))?, &**value)))
    }

    /// The values that name its row: none for the settings.
    pub fn names(&self) -> impl Iterator<Item = (&'static Column, &str)> {
        self.values().filter(|(key, _)| key.names_row)
    }

    /// What it is compared by.
    #[must_use]
    pub fn key(&self) -> String {
        self.names().map(|(_, value)| name::key(value)).collect::<Vec<_>>().join("/")
    }

    /// What it is called: `10.0.9.8/100`.
    #[must_use]
    pub fn name(&self) -> String {
        self.names().map(|(_, value)| value).collect::<Vec<_>>().join("/")
    }

    /// Its section and what it is called: `phone 10.0.9.8/100`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.section.word(), self.name()).trim_end().to_owned()
    }

    /// This entry's values over those of another of its section.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        let mut both = other.clone();
        for (key, value) in self.values() {
            both.set(key.name, value.to_owned());
        }
        both
    }

    /// Whether the row is an account that can change phones through the API.
    #[must_use]
    pub fn can_administrate(&self) -> bool {
        self.section == Table::User
            && self.get("active").unwrap_or("Y") == "Y"
            && self.text("user_level").parse().is_ok_and(|level: i64| level >= 8)
            && self.text("vdc_agent_api_access") == "1"
            && self.text("ast_admin_access") == "1"
            && !(self.text("pass").is_empty() && self.text("pass_hash").is_empty())
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.values().map(|(key, value)| (key.name, if key.secret { "(secret)" } else { value }));
        f.write_str(self.section.word())?;
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_called_by_what_names_its_row() {
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
