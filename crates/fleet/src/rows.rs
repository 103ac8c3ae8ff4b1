//! Rows of any table, as programs read and change them one by one: phones, aliases, templates, users, dialers, user groups,
//! campaigns and IP lists.
//!
//! A page of a table is read by [`list`], and one change of one row is executed by [`change`], which hands it to the rules of the
//! table. What an account sees is checked here, what it may change in [`crate::authorization`].

pub(crate) mod basic;
pub mod change;
pub mod list;

pub use change::{ChangeContext, Condition, RowAction, RowChange, execute};
pub use list::{Filter, Listed, Order, RowQuery, list};

use crate::authorization::Visibility;
use crate::records::User;
use crate::schema::{Object, Row, Table, Value};
use crate::sessions::digest_of;
use crate::{FleetTx, TxError};

/// The sections that are resources.
pub const SECTIONS: [Table; 8] = [
    Table::Phone,
    Table::Alias,
    Table::Template,
    Table::User,
    Table::Dialer,
    Table::UserGroup,
    Table::Campaign,
    Table::IpList,
];

/// How many digits of a digest stand for a row.
const DIGITS: usize = 32;

/// A page of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The section.
    pub section: Table,
    /// The columns by which its rows are ordered; together they name a row.
    pub columns: &'static [&'static str],
    /// The last ones first.
    pub descending: bool,
    /// What the first of these columns begins with.
    pub begins: String,
    /// Whether it is exactly that.
    pub is_exact: bool,
    /// These columns of the row behind which it begins; none for the first page.
    pub after: Vec<String>,
    /// How many rows.
    pub at_most: u32,
}

/// A row as it is shown: every key but its secrets.
#[must_use]
pub fn shown(row: &Row) -> Object {
    let open = row.values().filter(|(key, _)| !key.secret);
    Object(open.map(|(key, value)| (key.name.to_owned(), key.value_type.show(value))).collect())
}

/// What names a row, as it is shown.
#[must_use]
pub fn named(row: &Row) -> Object {
    Object(row.names().map(|(key, value)| (key.name.to_owned(), Value::Text(value.to_owned()))).collect())
}

/// Stands for a row's values, its secrets too: those are behind a key that no client has, so that nobody can guess them from it.
#[must_use]
pub fn tag(row: &Row, key: &str) -> String {
    let values = row.values().map(|(_, value)| format!("{}:{value}", value.len()));
    let text = format!("{key}\n{}\n{}", row.table().name(), values.collect::<String>());
    digest_of(&text).chars().take(DIGITS).collect()
}

/// A row, if this user sees it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn find(tx: &mut dyn FleetTx, by: &User, named: &Row) -> Result<Option<Row>, TxError> {
    let eyes = Visibility::of(tx, by)?;
    Ok(tx.row(named)?.filter(|row| eyes.see(row)))
}

/// Whether this user sees the rows of all groups.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn sees_all(tx: &mut dyn FleetTx, by: &User) -> Result<bool, TxError> {
    Ok(Visibility::of(tx, by)?.see_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(pass: &str) -> Row {
        let mut phone = Row::new(Table::Phone);
        for (key, value) in [("extension", "cc100"), ("server_ip", "10.0.9.8"), ("phone_pass", pass), ("active", "Y")] {
            phone.set(key, value.to_owned());
        }
        phone
    }

    #[test]
    fn a_tag_stands_for_every_value_and_says_nothing_without_its_key() {
        assert_eq!(tag(&phone("a"), "key"), tag(&phone("a"), "key"));
        assert_ne!(tag(&phone("a"), "key"), tag(&phone("b"), "key"), "secrets count");
        assert_ne!(tag(&phone("a"), "key"), tag(&phone("a"), "other"));
        assert_eq!(tag(&phone("a"), "key").len(), DIGITS);
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = shown(&phone("hunter2"));
        assert!(shown.get("phone_pass").is_none());
        assert!(shown.get("active") == Some(&Value::Flag(true)));
        assert!(shown.get("extension") == Some(&Value::Text("cc100".to_owned())));
    }
}
