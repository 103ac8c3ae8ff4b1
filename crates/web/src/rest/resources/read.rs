//! Rows in request bodies. Their keys are those of the fleet file.

use fleet::fleet_file::read_row;
use fleet::password::Password;
use fleet::rows::change::{RowAction, RowChange};
use fleet::schema::{self, Invalid, Object, Row, Table};
use serde_json::{Map, Value};

use super::super::messages::resources as words;
use super::answer::not_written;
use crate::App;
use crate::http::problem::Problem;

/// Key of a user's plain password.
const PASS: &str = "pass";

/// Converts a JSON object. `null` values are refused.
pub(super) fn object(fields: Map<String, Value>) -> Result<Object, Problem> {
    let mut table = Object::default();
    for (name, value) in fields {
        let raw = raw(value).ok_or_else(|| words::null(&name))?;
        table.0.push((name, raw));
    }
    Ok(table)
}

/// Converts a JSON value; `None` for `null`.
fn raw(value: Value) -> Option<schema::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => schema::Value::Flag(flag),
        Value::Number(number) => match number.as_i64().or_else(|| whole(number.as_f64()?)) {
            Some(whole) => schema::Value::Number(whole),
            None => schema::Value::Fraction(number.as_f64()?),
        },
        Value::String(text) => schema::Value::Text(text),
        Value::Array(items) => schema::Value::List(items.into_iter().map(raw).collect::<Option<_>>()?),
        Value::Object(fields) => {
            let pair = |(name, value)| Some((name, raw(value)?));
            schema::Value::Object(Object(fields.into_iter().map(pair).collect::<Option<_>>()?))
        }
    })
}

/// Whole number written as a fraction, such as 3.0. JSON does not distinguish them.
fn whole(number: f64) -> Option<i64> {
    format!("{number}").parse().ok()
}

/// Reads the values of a row, or refuses them with all mistakes. Keys and values must have the form that replies have.
pub(super) fn values(app: &App, section: Table, table: &Object) -> Result<Row, Problem> {
    let (mut as_shown, mut mistakes) = (Object::default(), Vec::new());
    for (name, raw) in &table.0 {
        match section.column(name).filter(|key| key.name == name) {
            None => mistakes.push(Invalid::UnknownKey { key: name.clone(), known: known(section) }),
            Some(key) => match key.value_type.only_as_shown(key.name, raw) {
                Ok(()) => as_shown.0.push((name.clone(), raw.clone())),
                Err(what) => mistakes.push(what),
            },
        }
    }
    let (entry, others) = read_row(section, &as_shown, app.alphabet());
    mistakes.extend(others);
    if mistakes.is_empty() { Ok(entry) } else { Err(words::mistakes(mistakes)) }
}

fn known(section: Table) -> String {
    section.columns().iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

/// Key of the row with these values.
pub(super) fn names(values: &Row) -> Result<Row, Problem> {
    let mut row = Row::new(values.table());
    let mut missing = Vec::new();
    for key in values.table().columns().iter().filter(|key| key.is_key) {
        match values.get(key.name) {
            Some(value) => row.set(key.name, value.to_owned()),
            None => missing.push(Invalid::Missing { key: key.name }),
        }
    }
    if missing.is_empty() { Ok(row) } else { Err(words::mistakes(missing)) }
}

/// Replaces a user's plain password by its digest. The computation is slow, so it happens before the transaction.
pub(super) async fn digested(app: &App, mut change: RowChange) -> Result<RowChange, Problem> {
    if change.row.table() != Table::User {
        return Ok(change);
    }
    let Some(values) = change.act.values_mut() else { return Ok(change) };
    if let Some(typed) = values.get(PASS).map(Password::new) {
        values.unset(PASS);
        change.password = Some(app.password_verifier.digest(typed).await.map_err(not_written)?);
    }
    Ok(change)
}

/// Whether the change has a password to digest.
pub(super) fn has_password(change: &RowChange) -> bool {
    let (RowAction::Create(values) | RowAction::Patch(values)) = &change.act else { return false };
    values.table() == Table::User && values.get(PASS).is_some()
}
