//! Names with letters beyond ASCII, where the system setting `use_non_latin` is on.
//!
//! The tables' indexes fold ASCII letters only, since other programs must be able to write them with plain SQL. So for the
//! few names that have other letters, what is indexed is remembered by what they fold to: found by partial indexes that hold
//! only such names, kept while nobody else writes, and looked at only where the setting is on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use fleet::name::{fold, key};
use rusqlite::Connection;

use super::tx::text;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Named {
    /// `phones.extension`.
    Extension,
    /// `phones.login`.
    Login,
    /// `phones_alias.alias_id`.
    Alias,
    /// `vicidial_users.user`.
    User,
    /// `vicidial_user_groups.user_group`.
    UserGroup,
    /// `vicidial_conf_templates.template_id`.
    Template,
}

impl Named {
    /// Finds every such name that has a letter beyond ASCII.
    fn beyond_ascii(self) -> &'static str {
        match self {
            Self::Extension => "SELECT extension FROM phones WHERE extension GLOB '*[^ -~]*'",
            Self::Login => "SELECT login FROM phones WHERE login GLOB '*[^ -~]*'",
            Self::Alias => "SELECT alias_id FROM phones_alias WHERE alias_id GLOB '*[^ -~]*'",
            Self::User => "SELECT user FROM vicidial_users WHERE user GLOB '*[^ -~]*'",
            Self::UserGroup => "SELECT user_group FROM vicidial_user_groups WHERE user_group GLOB '*[^ -~]*'",
            Self::Template => "SELECT template_id FROM vicidial_conf_templates WHERE template_id GLOB '*[^ -~]*'",
        }
    }
}

/// Which key a name is indexed under, by what it folds to.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    known: HashMap<Named, HashMap<String, String>>,
}

impl Spellings {
    /// The key to look a name up with: that of the stored name which differs only in letter case, or its own.
    pub(super) fn key(&mut self, connection: &Connection, named: Named, name: &str) -> rusqlite::Result<String> {
        let known = match self.known.entry(named) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(nothing) => {
                let mut select = connection.prepare_cached(named.beyond_ascii())?;
                let stored = select.query_map([], |row| text(row, 0))?;
                nothing.insert(stored.map(|name| name.map(|name| (fold(&name), key(&name)))).collect::<Result<_, _>>()?)
            }
        };
        Ok(known.get(&fold(name)).cloned().unwrap_or_else(|| key(name)))
    }

    /// A name has been written.
    pub(super) fn note(&mut self, named: Named, name: &str) {
        if let Some(known) = self.known.get_mut(&named).filter(|_| !name.is_ascii()) {
            known.insert(fold(name), key(name));
        }
    }

    /// What is remembered may not be so any more.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}
