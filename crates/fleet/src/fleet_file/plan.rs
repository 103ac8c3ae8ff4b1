//! Plan of a fleet file: the changes that make the database match it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::check::Check;
use super::fleet::{Fleet, Index};
use crate::Rng;
use crate::audit_log::RowEvent;
use crate::fleet_file::read::{FileRow, Reading};
use crate::password::{Password, PasswordColumns, StoredDigest, StoredPassword};
use crate::save::RowDiff;
use crate::schema::{FileError, Invalid, PASS, PASS_HASH, Row, Table};

/// The changes, and the rows that they are based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetPlan {
    /// The rows that the plan is based on.
    pub before: Fleet,
    /// The changes, in order of execution.
    pub changes: Vec<RowDiff>,
}

impl FleetPlan {
    /// Number of rows that are added, changed or deleted.
    #[must_use]
    pub fn count(&self, event: RowEvent) -> usize {
        self.changes.iter().filter(|change| change.event == event).count()
    }
}

/// Plans the changes for a file. With `prune`, rows that the file does not contain are deleted, in every table of which it
/// contains a row. Verifying or hashing a password takes 20 ms.
///
/// # Errors
/// Every [`FileError`] in the file, including those found while parsing.
pub fn plan(reading: Reading, before: Fleet, prune: bool, rng: &dyn Rng) -> Result<FleetPlan, Vec<FileError>> {
    let Reading { wanted, mut mistakes } = reading;
    let (changes, found) = changes(&wanted, &before, prune, rng);
    mistakes.extend(found);
    if mistakes.is_empty() { Ok(FleetPlan { before, changes }) } else { Err(mistakes) }
}

/// Plans the changes of the valid entries only, and returns the mistakes in the others. If entries contradict each other, all of
/// them are invalid.
#[must_use]
pub fn plan_what_is_right(reading: Reading, before: Fleet, rng: &dyn Rng) -> (FleetPlan, Vec<FileError>) {
    let Reading { mut wanted, mut mistakes } = reading;
    let mut wrong: HashSet<String> = mistakes.iter().map(|mistake| mistake.place.clone()).collect();
    loop {
        wanted.retain(|wanted| !wrong.contains(&wanted.place));
        let (changes, found) = changes(&wanted, &before, false, rng);
        if found.is_empty() {
            return (FleetPlan { before, changes }, mistakes);
        }
        wrong = found.iter().map(|mistake| mistake.place.clone()).collect();
        if !wanted.iter().any(|wanted| wrong.contains(&wanted.place)) {
            // The mistake concerns no particular entry, so leaving one out does not fix it.
            wanted.clear();
        }
        mistakes.extend(found);
    }
}

/// The changes for these entries, and the mistakes in them.
fn changes(wanted: &[FileRow], before: &Fleet, prune: bool, rng: &dyn Rng) -> (Vec<RowDiff>, Vec<FileError>) {
    let existing = Index::of(before.all());
    let (mut changes, mut mistakes) = (Vec::new(), Vec::new());
    for wanted in wanted {
        match change(wanted, existing.row(&wanted.row), before.is_shared_with_vicidial, rng) {
            Ok(change) => changes.extend(change),
            Err(found) => mistakes.extend(found),
        }
    }
    if prune {
        changes.extend(removals(wanted, before));
    }
    let places = wanted.iter().map(|wanted| ((wanted.row.table(), wanted.row.key()), wanted.place.as_str()));
    mistakes.extend(Check::run(existing, &after(before, &changes), places.collect()));
    (changes, mistakes)
}

/// The change that one entry makes, if any.
fn change(
    wanted: &FileRow,
    was: Option<&Row>,
    is_shared_with_vicidial: bool,
    rng: &dyn Rng,
) -> Result<Option<RowDiff>, Vec<FileError>> {
    let mistake = |what| vec![FileError { place: wanted.place.clone(), what }];
    let table = wanted.row.table();
    let nothing = Row::new(table);
    let before = was.unwrap_or(&nothing);
    let row = if is_shared_with_vicidial {
        without_digest(&wanted.row, before)
    } else {
        with_digest(&wanted.row, before, rng)
    };
    let row = row.map_err(mistake)?;
    let Some(was) = was else {
        let missing = table.columns().iter().filter(|column| column.required && row.get(column.name).is_none());
        let mistakes: Vec<FileError> =
            missing.flat_map(|column| mistake(Invalid::Missing { key: column.name })).collect();
        return if mistakes.is_empty() {
            Ok(Some(RowDiff { event: RowEvent::Add, row, was: nothing }))
        } else {
            Err(mistakes)
        };
    };
    let mut changed = row.clone();
    for (column, now) in row.values().filter(|(column, _)| !column.is_key) {
        if was.text(column.name) == now {
            changed.unset(column.name);
        }
    }
    let is_changed = changed.values().any(|(column, _)| !column.is_key);
    Ok(is_changed.then(|| RowDiff { event: RowEvent::Modify, row: changed, was: was.clone() }))
}

/// The entry with a digest instead of a plain password, or without both if the row already has that password.
fn with_digest(row: &Row, was: &Row, rng: &dyn Rng) -> Result<Row, Invalid> {
    if row.table() != Table::User {
        return Ok(row.clone());
    }
    let mut row = row.clone();
    if let Some(typed) = row.get(PASS).map(Password::new) {
        let digest = was.get(PASS_HASH).filter(|digest| !digest.is_empty());
        let digest = digest.map(|digest| StoredDigest { digest: digest.to_owned(), made_for: String::new() });
        let columns = PasswordColumns { pass: was.text(PASS).to_owned(), digest, ..PasswordColumns::default() };
        if StoredPassword::from_columns(columns, None).is(&typed) {
            row.unset(PASS);
            return Ok(row);
        }
        let digest = StoredPassword::digest(&typed, rng).map_err(|_| Invalid::PasswordTooLong)?;
        row.set(PASS_HASH, digest);
    }
    if row.get(PASS_HASH).is_some() {
        // A plain password would take precedence over the digest.
        row.set(PASS, String::new());
    }
    Ok(row)
}

/// The entry for tables that VICIdial shares, where passwords are stored as VICIdial does.
fn without_digest(row: &Row, was: &Row) -> Result<Row, Invalid> {
    let mut row = row.clone();
    if row.table() == Table::User {
        if row.get(PASS_HASH).is_some_and(|digest| !digest.is_empty() && digest != was.text(PASS_HASH)) {
            return Err(Invalid::DigestForVicidial);
        }
        row.unset(PASS_HASH);
    }
    Ok(row)
}

/// The rows to delete: those that the file does not contain, last tables first.
fn removals(wanted: &[FileRow], before: &Fleet) -> Vec<RowDiff> {
    let named: HashSet<(Table, String)> = wanted.iter().map(|wanted| (wanted.row.table(), wanted.row.key())).collect();
    let tables: HashSet<Table> = wanted.iter().map(|wanted| wanted.row.table()).collect();
    let prunable = Table::ALL.into_iter().rev().filter(|table| table.can_be_pruned() && tables.contains(table));
    let rows = prunable.flat_map(|table| before.of(table));
    let unnamed = rows.filter(|row| !named.contains(&(row.table(), row.key())));
    let remove = |row: &Row| RowDiff::delete(row);
    unnamed.map(remove).collect()
}

/// The rows after the changes. A new row lacks the columns that get a default.
fn after<'a>(before: &'a Fleet, changes: &'a [RowDiff]) -> Vec<Cow<'a, Row>> {
    let of_old_rows = changes.iter().filter(|change| change.event != RowEvent::Add);
    let by_key: HashMap<_, _> = of_old_rows.map(|change| ((change.row.table(), change.row.key()), change)).collect();
    let old = before.all().filter_map(|row| match by_key.get(&(row.table(), row.key())) {
        None => Some(Cow::Borrowed(row)),
        Some(change) if change.event == RowEvent::Delete => None,
        Some(change) => Some(Cow::Owned(change.row.over(row))),
    });
    let new = changes.iter().filter(|change| change.event == RowEvent::Add).map(|change| Cow::Borrowed(&change.row));
    old.chain(new).collect()
}

#[cfg(test)]
mod tests;
