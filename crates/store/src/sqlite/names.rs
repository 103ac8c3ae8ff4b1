//! Names with letters beyond ASCII, where the system setting `use_non_latin` is on.
//!
//! The tables' indexes fold ASCII letters only, since other programs must be able to write them with plain SQL. So for the
//! few names that have other letters, what is indexed is remembered by what they fold to: found by partial indexes that hold
//! only such names, kept while nobody else writes, and looked at only where the setting is on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use fleet::name::{fold, key};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::database::NameColumn;

/// Finds every such name that has a letter beyond ASCII.
fn beyond_ascii(named: NameColumn) -> &'static str {
    match named {
        NameColumn::Extension => "SELECT extension FROM phones WHERE extension GLOB '*[^ -~]*'",
        NameColumn::Login => "SELECT login FROM phones WHERE login GLOB '*[^ -~]*'",
        NameColumn::Alias => "SELECT alias_id FROM phones_alias WHERE alias_id GLOB '*[^ -~]*'",
        NameColumn::User => "SELECT user FROM vicidial_users WHERE user GLOB '*[^ -~]*'",
        NameColumn::UserGroup => "SELECT user_group FROM vicidial_user_groups WHERE user_group GLOB '*[^ -~]*'",
        NameColumn::Template => "SELECT template_id FROM vicidial_conf_templates WHERE template_id GLOB '*[^ -~]*'",
    }
}

fn lossy(name: ValueRef<'_>) -> String {
    String::from_utf8_lossy(name.as_bytes().unwrap_or_default()).into_owned()
}

/// Which key a name is indexed under, by what it folds to.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    known: HashMap<NameColumn, HashMap<String, String>>,
}

impl Spellings {
    /// The key to look a name up with: that of the stored name which differs only in letter case, or its own.
    pub(super) fn key(&mut self, connection: &Connection, named: NameColumn, name: &str) -> rusqlite::Result<String> {
        let known = match self.known.entry(named) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(nothing) => {
                let mut select = connection.prepare_cached(beyond_ascii(named))?;
                let stored = select.query_map([], |row| Ok(lossy(row.get_ref(0)?)))?;
                nothing.insert(stored.map(|name| name.map(|name| (fold(&name), key(&name)))).collect::<Result<_, _>>()?)
            }
        };
        Ok(known.get(&fold(name)).cloned().unwrap_or_else(|| key(name)))
    }

    /// A name has been written.
    pub(super) fn note(&mut self, named: NameColumn, name: &str) {
        if let Some(known) = self.known.get_mut(&named).filter(|_| !name.is_ascii()) {
            known.insert(fold(name), key(name));
        }
    }

    /// What is remembered may not be so any more.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}
