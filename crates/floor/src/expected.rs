//! Which lines each dialer is to have, and how many of them are registered. Both are found again only when something changed:
//! there is a look every second.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialers::dialer::Registration;
use dialers::line::Line;
use fleet::{FleetTx, TxError, name};

use crate::view::Lines;
use crate::watched::WatchedDialer;

/// The lines that one dialer is to have.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    /// As of [`fleet::registrations::ExpectedRegistrations`].
    changes: i64,
    lines: Vec<Line>,
}

/// The lines of every dialer, by [`name::key`] of its address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Expected(BTreeMap<String, Arc<Wanted>>);

/// What a count was made from: as long as it is the same, so is the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Basis {
    changes: i64,
    sightings: u64,
    registered: usize,
}

/// How many of a dialer's lines are registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    basis: Option<Basis>,
    pub(crate) lines: Lines,
}

impl Expected {
    /// Which lines there are to be now. Those that are as before are not read again.
    pub(crate) fn read(&self, tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let mut found = BTreeMap::new();
        for dialer in tx.expected_lines()? {
            let before = self.0.get(&dialer.server_ip).filter(|before| before.changes == dialer.changes);
            let wanted = if let Some(before) = before {
                Arc::clone(before)
            } else {
                let names = tx.lines_expected_on(&dialer.server_ip)?;
                let lines = names.iter().filter_map(|line| Line::of_dial_string(line)).collect();
                Arc::new(Wanted { changes: dialer.changes, lines })
            };
            found.insert(dialer.server_ip, wanted);
        }
        Ok(Self(found))
    }

    /// Counts a dialer's lines, unless the count before is still right.
    pub(crate) fn count(
        &self,
        server_ip: &str,
        dialer: Option<&Arc<dyn WatchedDialer>>,
        before: Option<&Counted>,
    ) -> Counted {
        let wanted = self.0.get(&name::key(server_ip));
        let basis = dialer.and_then(|dialer| {
            Some(Basis {
                changes: wanted.map_or(0, |wanted| wanted.changes),
                sightings: *dialer.sightings().borrow(),
                registered: dialer.lines_registered()?,
            })
        });
        if let Some(before) = before.filter(|before| before.basis == basis && basis.is_some()) {
            return before.clone();
        }
        let lines = wanted.map_or(&[][..], |wanted| &wanted.lines);
        let is_there = |dialer: &Arc<dyn WatchedDialer>, line| dialer.registration(line) == Registration::Registered;
        let registered = dialer.filter(|_| basis.is_some());
        let registered = registered.map(|dialer| lines.iter().filter(|line| is_there(dialer, line)).count());
        Counted { basis, lines: Lines { server_ip: server_ip.to_owned(), registered, expected: lines.len() } }
    }
}
