//! Generic access to rows of any table, for the JSON API and the command line: phones, aliases, templates, users, dialers, user
//! groups, campaigns and IP lists.
//!
//! [`list`] reads a page of a table, and [`change`] executes one change of one row by the rules of its table. Visibility is
//! checked here, the right to make changes in [`crate::authorization`].

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

/// Number of digits of a row's tag.
const DIGITS: usize = 32;

/// Query for a page of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The table.
    pub table: Table,
    /// The columns that determine the order; together they identify a row.
    pub columns: &'static [&'static str],
    /// Whether the order is descending.
    pub descending: bool,
    /// Prefix of the first of these columns.
    pub begins: String,
    /// Whether the first column must equal `begins`.
    pub is_exact: bool,
    /// The values of these columns in the last row of the previous page; empty for the first page.
    pub after: Vec<String>,
    /// Maximum number of rows.
    pub at_most: u32,
}

/// A row for display: every key except secrets.
#[must_use]
pub fn shown(row: &Row) -> Object {
    let open = row.values().filter(|(column, _)| !column.secret);
    Object(open.map(|(column, value)| (column.name.to_owned(), column.value_type.show(value))).collect())
}

/// The key of a row, for display.
#[must_use]
pub fn named(row: &Row) -> Object {
    Object(row.names().map(|(column, value)| (column.name.to_owned(), Value::Text(value.to_owned()))).collect())
}

/// Tag of a row's values, including secrets. It is keyed with a value that no client has, so that secrets cannot be guessed from
/// it.
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
    let visibility = Visibility::of(tx, by)?;
    Ok(tx.row(named)?.filter(|row| visibility.see(row)))
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
        for (column, value) in
            [("extension", "cc100"), ("server_ip", "10.0.9.8"), ("phone_pass", pass), ("active", "Y")]
        {
            phone.set(column, value.to_owned());
        }
        phone
    }

    #[test]
    fn a_tag_depends_on_every_value_and_on_the_key() {
        assert_eq!(tag(&phone("a"), "key"), tag(&phone("a"), "key"));
        assert_ne!(tag(&phone("a"), "key"), tag(&phone("b"), "key"), "secrets are part of the tag");
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
