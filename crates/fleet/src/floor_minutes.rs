//! The floor minute by minute, for plots of what was.

use std::collections::BTreeMap;

use crate::Timestamp;

/// A minute that is over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minute {
    /// When it began.
    pub began: Timestamp,
    /// By the dialer's address: seats at the minute's end, and logins that went there in it. A dialer without either is not
    /// here.
    pub dialers: BTreeMap<String, Counted>,
    /// Logins that no dialer could take.
    pub untaken: u32,
}

/// What is counted of a dialer in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counted {
    /// Seats at its end.
    pub seats: u32,
    /// Logins that went there in it.
    pub logins: u32,
}

impl Minute {
    /// All logins in it.
    #[must_use]
    pub fn logins(&self) -> u32 {
        self.dialers.values().map(|counted| counted.logins).sum::<u32>() + self.untaken
    }
}
