//! Database operations on the counts of seats and logins per minute (table `hotdesk_minute`).

use crate::floor_minutes::Minute;
use crate::{Timestamp, TxError};

/// Operations on the counts of seats and logins per minute (table `hotdesk_minute`). Hotdesk did not run in a minute without a
/// row.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait FloorMinutesTx {
    /// Stores a minute, replacing earlier counts of it.
    fn store_minute(&mut self, minute: &Minute) -> Result<(), TxError>;

    /// The minutes starting with this one, in order.
    fn minutes_since(&mut self, from: Timestamp) -> Result<Vec<Minute>, TxError>;

    /// Logins between two times (the first inclusive), by dialer; those that no dialer could take have an empty address.
    fn logins_between(&mut self, from: Timestamp, before: Timestamp) -> Result<Vec<(String, u32)>, TxError>;

    /// Deletes minutes before a time, at most about this many rows. Returns their number.
    fn delete_minutes(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
