//! From rows to a document.

use super::document::{Raw, Table};
use super::entry::Entry;
use super::fleet::Fleet;
use super::keys::{PASS, PASS_HASH};
use super::section::Section;

/// The document that wants exactly these rows. It holds every secret of them.
#[must_use]
pub fn export(fleet: &Fleet) -> Table {
    let mut document = Table::default();
    for section in Section::ALL {
        let rows = fleet.of(section);
        let value = match (section, rows) {
            (_, []) => continue,
            (Section::Settings, [settings, ..]) => Raw::Table(table(settings)),
            (Section::Weight, weights) => Raw::Table(weights_of(weights)),
            (_, rows) => Raw::List(rows.iter().map(|row| Raw::Table(table(row))).collect()),
        };
        document.0.push((section.word().to_owned(), value));
    }
    document
}

fn weights_of(rows: &[Entry]) -> Table {
    let number =
        |row: &Entry| row.text("weight").parse().map_or_else(|_| Raw::Text(row.text("weight").to_owned()), Raw::Number);
    Table(rows.iter().map(|row| (row.name(), number(row))).collect())
}

/// A row's keys. A password is there in one form at most: the one that counts.
fn table(row: &Entry) -> Table {
    let is_user = row.section() == Section::User;
    let has_plain = !row.text(PASS).is_empty();
    let hides = |name: &str, value: &str| match name {
        PASS if is_user => value.is_empty(),
        PASS_HASH if is_user => value.is_empty() || has_plain,
        _ => false,
    };
    let kept = row.values().filter(|(key, value)| !hides(key.name, value));
    Table(kept.map(|(key, value)| (key.name.to_owned(), key.kind.show(value))).collect())
}
