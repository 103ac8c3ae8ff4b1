//! Templates, user groups, campaigns and IP lists: rows whose only rules are that what they name is there, and that what others
//! name stays.

use crate::authorization::Visibility;
use crate::name;
use crate::records::UserGroup;
use crate::save::{Editor, InvalidKey, KeyFault, RowDiff, SaveError, SaveRefusal, refuse};
use crate::schema::{Invalid, Row, Table};
use crate::{FleetTx, TxError};

/// Keys that name rows of a table.
const REFERENCES: [(Table, &str, Table); 4] = [
    (Table::Dialer, "active_twin_server_ip", Table::Dialer),
    (Table::Template, "user_group", Table::UserGroup),
    (Table::UserGroup, "admin_ip_list", Table::IpList),
    (Table::UserGroup, "api_ip_list", Table::IpList),
];

/// The key of the groups whose rows the members of a group see.
const VIEW: &str = "admin_viewable_groups";

/// Stands for no group in particular.
const EVERYBODY: &str = "---ALL---";

/// Adds a row of these values, or sets them in the row that is there, for an editor who may do so.
pub(crate) fn save(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    named: &Row,
    before: Option<&Row>,
    values: &Row,
) -> Result<(), SaveError> {
    let mut invalid = faults_of(tx, editor, named, before, values)?;
    if named.table() == Table::UserGroup && shows_more(&editor.visibility, before, values) {
        invalid.push(InvalidKey::new(VIEW, KeyFault::RightLacking));
    }
    refuse(invalid)?;
    Ok(diff(named, before, values).save(tx, editor.actor)?)
}

/// Deletes a row that no other one names, for an editor who may do so.
pub(crate) fn delete_row(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    if tx.find_reference(row)? {
        return Err(SaveRefusal::InUse.into());
    }
    Ok(RowDiff::delete(row).save(tx, editor.actor)?)
}

/// What these values change.
pub(crate) fn diff(named: &Row, before: Option<&Row>, values: &Row) -> RowDiff {
    match before {
        None => RowDiff::add(values.over(named)),
        Some(row) => RowDiff::modify(row, values),
    }
}

/// What is missing in a new row, and which keys name rows that are not there. What a row names already may stay.
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

/// A key that names a row, if that row is not there or the editor does not see it.
pub(crate) fn check_reference(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    (table, key): (Table, &'static str),
    target: Table,
    value: &str,
) -> Result<Option<InvalidKey>, TxError> {
    if value == EVERYBODY {
        return Ok(None);
    }
    let mut named = Row::new(target);
    for key in target.columns().iter().filter(|key| key.is_key) {
        named.set(key.name, value.to_owned());
    }
    let is_there = tx.row(&named)?.is_some_and(|row| editor.visibility.see(&row));
    let nothing = Invalid::NamesNothing { key, value: value.to_owned(), target };
    Ok((!is_there).then(|| InvalidKey::of(table, nothing)))
}

/// Whether the members of a group would see rows that the editor does not see.
fn shows_more(visibility: &Visibility, before: Option<&Row>, values: &Row) -> bool {
    // A new group of which nothing is said sees everything.
    let Some(list) = values.get(VIEW).or(before.is_none().then_some("")) else { return false };
    let is_new = before.is_none_or(|row| row.text(VIEW) != list);
    let group = UserGroup { admin_viewable_groups: list.to_owned(), ..UserGroup::default() };
    is_new
        && !visibility.see_all()
        && (group.sees_all() || list.split_whitespace().any(|group| !visibility.see_group(group)))
}
