//! The floor minute by minute, for plots of what was.

use std::collections::BTreeMap;

use crate::{Timestamp, TxError};

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

/// Minutes that are kept (table `hotdesk_minute`). A minute without a row is one in which Hotdesk did not run.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait MinuteTx {
    /// Keeps a minute, whatever was kept of it before.
    fn keep_minute(&mut self, minute: &Minute) -> Result<(), TxError>;

    /// The minutes from this one on, in their order.
    fn minutes_since(&mut self, from: Timestamp) -> Result<Vec<Minute>, TxError>;

    /// Logins from a time on and before another, by the dialer that they are on; without a dialer, those that nobody could take.
    fn logins_between(&mut self, from: Timestamp, before: Timestamp) -> Result<Vec<(String, u32)>, TxError>;

    /// Deletes minutes before a time, at most about so many rows.
    fn forget_minutes(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
