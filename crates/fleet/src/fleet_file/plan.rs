//! What has to change so that the database holds what a file wants.

use std::collections::{HashMap, HashSet};

use super::check::Check;
use super::entry::Entry;
use super::fleet::{Fleet, Index};
use super::keys::{PASS, PASS_HASH};
use super::mistake::{Mistake, What};
use super::read::{Reading, Wanted};
use super::section::Section;
use crate::Entropy;
use crate::password::{KeptDigest, Password, PasswordColumns, StoredPassword};

/// What is done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is new.
    Add,
    /// Some of its columns change.
    Change,
    /// It goes.
    Remove,
}

/// One row that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done.
    pub act: Act,
    /// What names the row, and every column that is set.
    pub entry: Entry,
    /// The row as it is now; an entry without values if it is new.
    pub was: Entry,
}

impl Change {
    /// What becomes of each column, without any secret: `alias_name "A" -> "B", registration_password changed`.
    #[must_use]
    pub fn details(&self) -> String {
        if self.act != Act::Change {
            return String::new();
        }
        let mut details: Vec<String> = Vec::new();
        for (key, now) in self.entry.values().filter(|(key, _)| !key.names_row) {
            let was = self.was.text(key.name);
            let detail = match key.name {
                PASS | PASS_HASH if key.secret && self.entry.section() == Section::User => "pass changed".to_owned(),
                name if key.secret => format!("{name} changed"),
                name => format!("{name} {was:?} -> {now:?}"),
            };
            if !details.contains(&detail) {
                details.push(detail);
            }
        }
        details.join(", ")
    }
}

/// What has to change, and the rows that this was found from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The rows that the plan was made from.
    pub before: Fleet,
    /// The changes, in the order in which they are carried out.
    pub changes: Vec<Change>,
}

impl Plan {
    /// How many rows are added, changed or removed.
    #[must_use]
    pub fn count(&self, act: Act) -> usize {
        self.changes.iter().filter(|change| change.act == act).count()
    }
}

/// Finds out what has to change. With `prune`, rows that the file does not name go, in every section of which it names a row.
/// Checks and makes digests of passwords, 20 ms each.
///
/// # Errors
/// Every [`Mistake`] in the file, those that reading found included.
pub fn plan(reading: Reading, before: Fleet, prune: bool, entropy: &dyn Entropy) -> Result<Plan, Vec<Mistake>> {
    let Reading { wanted, mut mistakes } = reading;
    let index = Index::of(&before);
    let mut changes = Vec::new();
    for wanted in &wanted {
        match change(wanted, index.row(&wanted.entry), entropy) {
            Ok(change) => changes.extend(change),
            Err(found) => mistakes.extend(found),
        }
    }
    if prune {
        changes.extend(removals(&wanted, &before));
    }
    let after = after(&before, &wanted, &changes);
    let places = wanted.iter().map(|wanted| ((wanted.entry.section(), wanted.entry.key()), wanted.place.as_str()));
    mistakes.extend(Check::run(&before, &after, places.collect()));
    if mistakes.is_empty() { Ok(Plan { before, changes }) } else { Err(mistakes) }
}

/// What one entry changes, if anything.
fn change(wanted: &Wanted, was: Option<&Entry>, entropy: &dyn Entropy) -> Result<Option<Change>, Vec<Mistake>> {
    let mistake = |what| vec![Mistake { place: wanted.place.clone(), what }];
    let section = wanted.entry.section();
    let nothing = Entry::new(section);
    let entry = with_digest(&wanted.entry, was.unwrap_or(&nothing), entropy).map_err(mistake)?;
    let Some(was) = was else {
        let missing = section.keys().iter().filter(|key| key.needed && entry.get(key.name).is_none());
        let mistakes: Vec<Mistake> = missing.flat_map(|key| mistake(What::Missing { key: key.name })).collect();
        return if mistakes.is_empty() {
            Ok(Some(Change { act: Act::Add, entry, was: nothing }))
        } else {
            Err(mistakes)
        };
    };
    let mut changed = entry.clone();
    for (key, now) in entry.values().filter(|(key, _)| !key.names_row) {
        if was.text(key.name) == now {
            changed.unset(key.name);
        }
    }
    let is_changed = changed.values().any(|(key, _)| !key.names_row);
    Ok(is_changed.then(|| Change { act: Act::Change, entry: changed, was: was.clone() }))
}

/// The entry with a digest in place of a plain password, and neither where the row has the password already.
fn with_digest(entry: &Entry, was: &Entry, entropy: &dyn Entropy) -> Result<Entry, What> {
    if entry.section() != Section::User {
        return Ok(entry.clone());
    }
    let mut entry = entry.clone();
    if let Some(typed) = entry.get(PASS).map(Password::new) {
        let digest = was.get(PASS_HASH).filter(|digest| !digest.is_empty());
        let digest = digest.map(|digest| KeptDigest { digest: digest.to_owned(), beside: String::new() });
        let columns = PasswordColumns { pass: was.text(PASS).to_owned(), digest, ..PasswordColumns::default() };
        if StoredPassword::from_columns(columns, None).is(&typed) {
            entry.unset(PASS);
            return Ok(entry);
        }
        let digest = StoredPassword::digest(&typed, entropy).map_err(|_| What::PasswordTooLong)?;
        entry.set(PASS_HASH, digest);
    }
    if entry.get(PASS_HASH).is_some() {
        // A plain password would win over the digest.
        entry.set(PASS, String::new());
    }
    Ok(entry)
}

/// The rows that go: those that the file does not name, last sections first.
fn removals(wanted: &[Wanted], before: &Fleet) -> Vec<Change> {
    let named: HashSet<(Section, String)> =
        wanted.iter().map(|wanted| (wanted.entry.section(), wanted.entry.key())).collect();
    let sections: HashSet<Section> = wanted.iter().map(|wanted| wanted.entry.section()).collect();
    let prunable =
        Section::ALL.into_iter().rev().filter(|section| section.can_be_pruned() && sections.contains(section));
    let rows = prunable.flat_map(|section| before.of(section));
    let unnamed = rows.filter(|row| !named.contains(&(row.section(), row.key())));
    let remove = |row: &Entry| Change { act: Act::Remove, entry: row.clone(), was: row.clone() };
    unnamed.map(remove).collect()
}

/// The rows once the changes are carried out. A new row lacks the columns that get a default.
fn after(before: &Fleet, wanted: &[Wanted], changes: &[Change]) -> Fleet {
    let mut left: HashMap<(Section, String), Entry> =
        before.all().map(|row| ((row.section(), row.key()), row.clone())).collect();
    for change in changes {
        let key = (change.entry.section(), change.entry.key());
        match change.act {
            Act::Remove => drop(left.remove(&key)),
            Act::Add | Act::Change => drop(left.insert(key, change.entry.over(&change.was))),
        }
    }
    let mut after = Fleet::default();
    for section in Section::ALL {
        let old = before.of(section).iter().map(Entry::key);
        let new = wanted.iter().filter(|wanted| wanted.entry.section() == section).map(|wanted| wanted.entry.key());
        let rows = old.chain(new).filter_map(|key| left.remove(&(section, key)));
        after.set(section, rows.collect());
    }
    after
}

#[cfg(test)]
mod tests;
