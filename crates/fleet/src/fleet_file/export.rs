//! Export of all rows as a fleet-file document.

use super::fleet::Fleet;
use crate::schema::{Object, PASS, PASS_HASH, Row, Table, Value};

/// The document that describes exactly these rows, including their secrets.
#[must_use]
pub fn export(fleet: &Fleet) -> Object {
    let mut document = Object::default();
    for table in Table::ALL {
        let rows = fleet.of(table);
        let value = match (table, rows) {
            (_, []) => continue,
            (Table::Settings, [settings, ..]) => Value::Object(object_of(settings)),
            (Table::Weight, weights) => Value::Object(weights_of(weights)),
            (_, rows) => Value::List(rows.iter().map(|row| Value::Object(object_of(row))).collect()),
        };
        document.0.push((table.name().to_owned(), value));
    }
    document
}

fn weights_of(rows: &[Row]) -> Object {
    let number = |row: &Row| {
        row.text("weight").parse().map_or_else(|_| Value::Text(row.text("weight").to_owned()), Value::Number)
    };
    Object(rows.iter().map(|row| (row.name(), number(row))).collect())
}

/// The keys of a row. A password appears in one form only: the effective one.
fn object_of(row: &Row) -> Object {
    let is_user = row.table() == Table::User;
    let has_plain = !row.text(PASS).is_empty();
    let is_hidden = |name: &str, value: &str| match name {
        PASS if is_user => value.is_empty(),
        PASS_HASH if is_user => value.is_empty() || has_plain,
        _ => false,
    };
    let kept = row.values().filter(|(column, value)| !is_hidden(column.name, value));
    Object(kept.map(|(column, value)| (column.name.to_owned(), column.value_type.show(value))).collect())
}
