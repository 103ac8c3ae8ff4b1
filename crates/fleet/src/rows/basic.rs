//! Rules of templates, user groups, campaigns and IP lists: references must exist, and a row that others refer to cannot be
//! deleted.

use crate::authorization::Visibility;
use crate::records::UserGroup;
use crate::save::{Editor, InvalidKey, KeyFault, RowDiff, SaveError, SaveRefusal, refuse};
use crate::schema::{Invalid, Row, Table};
use crate::{FleetTx, TxError, name};

/// Columns that refer to other rows: table, column, referenced table.
const REFERENCES: [(Table, &str, Table); 4] = [
    (Table::Dialer, "active_twin_server_ip", Table::Dialer),
    (Table::Template, "user_group", Table::UserGroup),
    (Table::UserGroup, "admin_ip_list", Table::IpList),
    (Table::UserGroup, "api_ip_list", Table::IpList),
];

/// The column with the groups whose rows a group's members see.
const VIEW: &str = "admin_viewable_groups";

/// Value for all groups.
const ALL_GROUPS: &str = "---ALL---";

/// Adds a row with these values, or sets them in the existing row, for an authorized editor.
pub(crate) fn save(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    named: &Row,
    before: Option<&Row>,
    values: &Row,
) -> Result<(), SaveError> {
    let mut invalid = faults_of(tx, editor, named, before, values)?;
    if named.table() == Table::UserGroup && widens_visibility(&editor.visibility, before, values) {
        invalid.push(InvalidKey::new(VIEW, KeyFault::RightLacking));
    }
    refuse(invalid)?;
    Ok(diff(named, before, values).save(tx, editor.actor)?)
}

/// Deletes a row that no other row refers to, for an authorized editor.
pub(crate) fn delete_row(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    if tx.find_reference(row)? {
        return Err(SaveRefusal::InUse.into());
    }
    Ok(RowDiff::delete(row).save(tx, editor.actor)?)
}

/// The difference that these values make.
pub(crate) fn diff(named: &Row, before: Option<&Row>, values: &Row) -> RowDiff {
    match before {
        None => RowDiff::add(values.over(named)),
        Some(row) => RowDiff::modify(row, values),
    }
}

/// Missing values of a new row, and references to rows that do not exist. Unchanged references are accepted.
pub(crate) fn faults_of(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    named: &Row,
    before: Option<&Row>,
    values: &Row,
) -> Result<Vec<InvalidKey>, TxError> {
    let table = named.table();
    let needed = table.columns().iter().filter(|key| key.required && !key.is_key && before.is_none());
    let missing = needed.filter(|key| values.get(key.name).is_none());
    let mut invalid: Vec<InvalidKey> =
        missing.map(|key| InvalidKey::of(table, Invalid::Missing { key: key.name })).collect();
    for (_, key, target) in REFERENCES.into_iter().filter(|(of, ..)| *of == table) {
        let Some(value) = values.get(key).filter(|value| !value.is_empty()) else { continue };
        if before.is_some_and(|row| row.text(key) == value) {
            continue;
        }
        if table == target && name::same(value, &named.name()) {
            invalid.push(InvalidKey::new(key, KeyFault::Itself));
        } else {
            invalid.extend(check_reference(tx, editor, (table, key), target, value)?);
        }
    }
    Ok(invalid)
}

/// The fault if a reference leads to a row that does not exist or that the editor does not see.
pub(crate) fn check_reference(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    (table, key): (Table, &'static str),
    target: Table,
    value: &str,
) -> Result<Option<InvalidKey>, TxError> {
    if value == ALL_GROUPS {
        return Ok(None);
    }
    let mut named = Row::new(target);
    for key in target.columns().iter().filter(|key| key.is_key) {
        named.set(key.name, value.to_owned());
    }
    let exists = tx.row(&named)?.is_some_and(|row| editor.visibility.see(&row));
    let fault = Invalid::NamesNothing { key, value: value.to_owned(), target };
    Ok((!exists).then(|| InvalidKey::of(table, fault)))
}

/// Whether a group's members would see rows that the editor does not see.
fn widens_visibility(visibility: &Visibility, before: Option<&Row>, values: &Row) -> bool {
    // A new group without a list sees everything.
    let Some(list) = values.get(VIEW).or(before.is_none().then_some("")) else { return false };
    let is_new = before.is_none_or(|row| row.text(VIEW) != list);
    let group = UserGroup { admin_viewable_groups: list.to_owned(), ..UserGroup::default() };
    is_new
        && !visibility.see_all()
        && (group.sees_all() || list.split_whitespace().any(|group| !visibility.see_group(group)))
}
