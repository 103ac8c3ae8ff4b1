//! What the rules ask of a database about seats and logins of each minute (table `hotdesk_minute`).

use crate::floor_minutes::Minute;
use crate::{Timestamp, TxError};

/// Seats and logins of each minute (table `hotdesk_minute`). A minute without a row is one in which Hotdesk did not run.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait FloorMinutesTx {
    /// Keeps a minute, whatever was kept of it before.
    fn keep_minute(&mut self, minute: &Minute) -> Result<(), TxError>;

    /// The minutes from this one on, in their order.
    fn minutes_since(&mut self, from: Timestamp) -> Result<Vec<Minute>, TxError>;

    /// Logins from a time on and before another, by the dialer that they are on; without a dialer, those that nobody could take.
    fn logins_between(&mut self, from: Timestamp, before: Timestamp) -> Result<Vec<(String, u32)>, TxError>;

    /// Deletes minutes before a time, at most about so many rows.
    fn forget_minutes(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
