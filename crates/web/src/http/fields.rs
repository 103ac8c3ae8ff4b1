//! Fields of a query or of an urlencoded form, as text.

use super::params;

/// The fields that were sent, in order.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a query or `application/x-www-form-urlencoded`.
    pub(crate) fn read(text: &[u8]) -> Self {
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self(params::pairs(text).map(|(name, value)| (text_of(&name), text_of(&value))).collect())
    }

    /// Reads the query of a request, if it has one.
    pub(crate) fn of_query(query: Option<String>) -> Self {
        Self::read(query.unwrap_or_default().as_bytes())
    }

    /// The first value of this name; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The last value of this name.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of this name.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All fields.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a checkbox was ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}
