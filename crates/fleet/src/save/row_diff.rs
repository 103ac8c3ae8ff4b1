//! Difference between an old and a new row: the values to write, and the notes for the audit log.

use std::collections::BTreeSet;

use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::schema::{PASS, PASS_HASH, Row, Table};
use crate::{FleetTx, TxError};

/// A row to add, change or delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDiff {
    /// The kind of change.
    pub event: RowEvent,
    /// The key of the row, and every column that is set.
    pub row: Row,
    /// The row before the change; without values if it is new.
    pub was: Row,
}

/// A change of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDiff<'a> {
    /// The key.
    pub key: &'static str,
    /// The old value and the new one; `None` for a secret.
    pub values: Option<(&'a str, &'a str)>,
}

impl RowDiff {
    /// A new row.
    #[must_use]
    pub fn add(row: Row) -> Self {
        let was = Row::new(row.table());
        Self { event: RowEvent::Add, row, was }
    }

    /// A change to these values, without those that the row already has.
    #[must_use]
    pub fn modify(was: &Row, values: &Row) -> Self {
        let mut row = Row::new(was.table());
        for (column, value) in was.names() {
            row.set(column.name, value.to_owned());
        }
        let changed = values.values().filter(|(column, value)| !column.is_key && was.get(column.name) != Some(value));
        for (column, value) in changed {
            row.set(column.name, value.to_owned());
        }
        Self { event: RowEvent::Modify, row, was: was.clone() }
    }

    /// The deletion of a row.
    #[must_use]
    pub fn delete(row: &Row) -> Self {
        Self { event: RowEvent::Delete, row: row.clone(), was: row.clone() }
    }

    /// Whether it is a change that sets no column.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.event == RowEvent::Modify && self.row.values().all(|(column, _)| column.is_key)
    }

    /// The changes of all columns of a changed row, without secrets.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnDiff<'_>> {
        if self.event != RowEvent::Modify {
            return Vec::new();
        }
        let mut columns: Vec<ColumnDiff<'_>> = Vec::new();
        for (column, now) in self.row.values().filter(|(column, _)| !column.is_key) {
            let is_password = self.row.table() == Table::User && matches!(column.name, PASS | PASS_HASH);
            let column = ColumnDiff {
                key: if is_password { PASS } else { column.name },
                values: (!column.secret).then(|| (self.was.text(column.name), now)),
            };
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    /// The notes for the audit log: the key of a phone or a user, the logins of an alias that is added or deleted, and the change
    /// of each column. They never contain secrets.
    #[must_use]
    pub fn notes(&self) -> String {
        let head = notes_head(self.event, &self.row);
        let columns = self.columns().into_iter().map(|column| match column.values {
            Some((old, new)) => format!("{}: {} to {}", column.key, one_line(old), one_line(new)),
            None => format!("{} changed", column.key),
        });
        Some(head).filter(|head| !head.is_empty()).into_iter().chain(columns).collect::<Vec<_>>().join("; ")
    }

    /// Writes the row without logging it.
    pub(crate) fn write(&self, tx: &mut dyn FleetTx) -> Result<(), TxError> {
        match self.event {
            RowEvent::Add => tx.add_row(&self.row),
            RowEvent::Modify => tx.change_row(&self.row),
            RowEvent::Delete => tx.remove_row(&self.row),
        }
    }

    /// Writes the row and logs that. Checks no rule and requests no rebuild.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn write_logged(&self, tx: &mut dyn FleetTx, actor: &Actor) -> Result<(), TxError> {
        self.write(tx)?;
        self.log(tx, actor, self.notes())
    }

    /// Logs the change.
    pub(crate) fn log(&self, tx: &mut dyn FleetTx, actor: &Actor, notes: String) -> Result<(), TxError> {
        let table = self.row.table();
        let record_id = self.row.names().last().map_or(table.name(), |(_, name)| name);
        actor.log(tx, AuditAction::Row(self.event, table), record_id, notes)
    }

    /// Writes the row, logs that, and requests rebuilds of the affected dialers' configuration. Does nothing if nothing changes.
    pub(crate) fn save(&self, tx: &mut dyn FleetTx, actor: &Actor) -> Result<(), TxError> {
        if self.is_empty() {
            return Ok(());
        }
        self.write_logged(tx, actor)?;
        request_rebuilds(tx, std::slice::from_ref(self))
    }
}

/// Beginning of the notes on a row. Webhooks parse a phone's key from it.
fn notes_head(event: RowEvent, row: &Row) -> String {
    match (row.table(), event) {
        (Table::Phone, _) => format!("phone: {}|{}", row.text("extension"), row.text("server_ip")),
        (Table::User, _) => format!("user: {}", row.text("user")),
        (Table::Alias, RowEvent::Add | RowEvent::Delete) => {
            let inactive = if row.get("active") == Some("N") { "; active: N" } else { "" };
            format!("phones: {}{inactive}", row.text("phone_logins"))
        }
        _ => String::new(),
    }
}

/// The value with escaped line breaks.
fn one_line(value: &str) -> String {
    value.replace('\r', "\\r").replace('\n', "\\n")
}

/// Requests a configuration reload from the dialers that these changes affect: the dialers of changed phones, or all dialers if a
/// template changes.
///
/// # Errors
/// [`TxError`] when the database fails.
pub(crate) fn request_rebuilds(tx: &mut dyn FleetTx, diffs: &[RowDiff]) -> Result<(), TxError> {
    let rows_of = |table| diffs.iter().map(|diff| &diff.row).filter(move |row| row.table() == table);
    let dialers: BTreeSet<String> = if rows_of(Table::Template).next().is_some() {
        tx.rows(Table::Dialer)?.iter().map(Row::name).collect()
    } else {
        let dialers = rows_of(Table::Phone).chain(rows_of(Table::Dialer));
        dialers.map(|row| row.text("server_ip").to_owned()).collect()
    };
    dialers.iter().try_for_each(|server_ip| tx.ask_rebuild(server_ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: Table, values: &[(&str, &str)]) -> Row {
        let mut row = Row::new(table);
        for (column, value) in values {
            row.set(column, (*value).to_owned());
        }
        row
    }

    #[test]
    fn notes_name_the_phone_and_every_column_but_no_secret() {
        let name = [("extension", "cc100"), ("server_ip", "10.0.9.8")];
        let was = row(Table::Phone, &[&name[..], &[("phone_pass", "old"), ("conf_override", "")]].concat());
        let values = [("phone_pass", "hunter2"), ("conf_override", "type=friend\nhost=x"), ("extension", "other")];
        let diff = RowDiff::modify(&was, &row(Table::Phone, &values));
        assert_eq!(diff.notes(), "phone: cc100|10.0.9.8; phone_pass changed; conf_override:  to type=friend\\nhost=x");
        assert_eq!(RowDiff::delete(&was).notes(), "phone: cc100|10.0.9.8");
        assert!(RowDiff::modify(&was, &was).is_empty());
    }

    #[test]
    fn notes_on_aliases_and_users_are_short() {
        let alias = row(Table::Alias, &[("alias_id", "team"), ("phone_logins", "100a,100b"), ("active", "N")]);
        assert_eq!(RowDiff::add(alias.clone()).notes(), "phones: 100a,100b; active: N");
        let renamed = RowDiff::modify(&alias, &row(Table::Alias, &[("alias_name", "Team")]));
        assert_eq!(renamed.notes(), "alias_name:  to Team");
        let user = row(Table::User, &[("user", "1001")]);
        let diff = RowDiff::modify(&user, &row(Table::User, &[("pass", ""), ("pass_hash", "$argon2id$x")]));
        assert_eq!(diff.notes(), "user: 1001; pass changed");
    }
}
