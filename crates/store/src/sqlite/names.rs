//! Look-up of names with letters beyond ASCII in any letter case, if the system setting `use_non_latin` is on.
//!
//! The tables' indexes fold ASCII letters only, because other programs must be able to write them with plain SQL. The few names
//! with other letters are cached by their folded form. Partial indexes find them, and another program's write clears the cache.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use fleet::name::{fold, key};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::database::NameColumn;

/// Selects every name of a column that has a letter beyond ASCII.
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

/// The keys under which names are indexed, by the folded name.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    known: HashMap<NameColumn, HashMap<String, String>>,
}

impl Spellings {
    /// The key that finds a name: that of the stored name that differs only in letter case, else the name's own.
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

    /// Records a name that was written.
    pub(super) fn note(&mut self, named: NameColumn, name: &str) {
        if let Some(known) = self.known.get_mut(&named).filter(|_| !name.is_ascii()) {
            known.insert(fold(name), key(name));
        }
    }

    /// Clears the cache, because any name may have changed.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}
