//! Per-minute counts of seats and logins, for the floor's charts.

use std::collections::BTreeMap;

use crate::Timestamp;

/// The counts of a completed minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minute {
    /// When it began.
    pub began: Timestamp,
    /// Counts by the dialer's address. A dialer without seats and logins is left out.
    pub dialers: BTreeMap<String, Counted>,
    /// Logins that no dialer could take.
    pub untaken: u32,
}

/// Counts of one dialer in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counted {
    /// Seats at the end of the minute.
    pub seats: u32,
    /// Logins placed on the dialer during the minute.
    pub logins: u32,
}

impl Minute {
    /// All logins during the minute.
    #[must_use]
    pub fn logins(&self) -> u32 {
        self.dialers.values().map(|counted| counted.logins).sum::<u32>() + self.untaken
    }
}
