//! Expected lines of each dialer, and how many of them are registered. Both are polled every second, so they are
//! recomputed only after a change.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialers::line::Line;
use fleet::dialer_status::Registration;
use fleet::{FleetTx, TxError, name};

use crate::dialer_port::WatchedDialer;
use crate::view::LineCounts;

/// The expected lines of one dialer.
#[derive(Debug, PartialEq, Eq)]
struct DialerLines {
    /// Change counter ([`fleet::registrations::ExpectedRegistrations`]).
    changes: i64,
    lines: Vec<Line>,
}

/// The expected lines of every dialer, by [`name::key`] of its address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ExpectedLines(BTreeMap<String, Arc<DialerLines>>);

/// The inputs of a count. An equal basis gives an equal count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CountBasis {
    changes: i64,
    line_activity: u64,
    registered: usize,
}

/// A dialer's line counts, with the inputs they were computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineCount {
    basis: Option<CountBasis>,
    pub(crate) lines: LineCounts,
}

impl ExpectedLines {
    /// Reads the expected lines. Lines of dialers without a change are reused.
    pub(crate) fn read(&self, tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let mut found = BTreeMap::new();
        for dialer in tx.expected_lines()? {
            let before = self.0.get(&dialer.server_ip).filter(|before| before.changes == dialer.changes);
            let expected = if let Some(before) = before {
                Arc::clone(before)
            } else {
                let names = tx.registrations_expected_on(&dialer.server_ip)?;
                let lines = names.iter().filter_map(|line| Line::of_dial_string(line)).collect();
                Arc::new(DialerLines { changes: dialer.changes, lines })
            };
            found.insert(dialer.server_ip, expected);
        }
        Ok(Self(found))
    }

    /// Counts a dialer's lines, or returns `before` if its inputs have not changed.
    pub(crate) fn count(
        &self,
        server_ip: &str,
        dialer: Option<&Arc<dyn WatchedDialer>>,
        before: Option<&LineCount>,
    ) -> LineCount {
        let expected = self.0.get(&name::key(server_ip));
        let basis = dialer.and_then(|dialer| {
            Some(CountBasis {
                changes: expected.map_or(0, |expected| expected.changes),
                line_activity: *dialer.line_activity().borrow(),
                registered: dialer.lines_registered()?,
            })
        });
        if let Some(before) = before.filter(|before| before.basis == basis && basis.is_some()) {
            return before.clone();
        }
        let lines = expected.map_or(&[][..], |expected| &expected.lines);
        let is_registered =
            |dialer: &Arc<dyn WatchedDialer>, line| dialer.registration(line) == Registration::Registered;
        let registered = dialer.filter(|_| basis.is_some());
        let registered = registered.map(|dialer| lines.iter().filter(|line| is_registered(dialer, line)).count());
        LineCount { basis, lines: LineCounts { server_ip: server_ip.to_owned(), registered, expected: lines.len() } }
    }
}
