//! What the rules ask of a database about dialers.

use crate::sessions::{DialerRow, ManagerRow};
use crate::{Timestamp, TxError};

/// Dialers.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait DialersTx {
    /// The dialer at this address.
    fn dialer(&mut self, server_ip: &str) -> Result<Option<DialerRow>, TxError>;

    /// Whether there is such a dialer.
    fn dialer_exists(&mut self, server_ip: &str) -> Result<bool, TxError>;

    /// The time zone of an active dialer, for `version`.
    fn active_dialer_gmt(&mut self) -> Result<Option<String>, TxError>;

    /// Every dialer, by address.
    fn managers(&mut self) -> Result<Vec<ManagerRow>, TxError>;

    /// Puts a dialer into use, or out of it.
    fn set_active(&mut self, server_ip: &str, active: bool) -> Result<(), TxError>;

    /// Begins or ends emptying a dialer.
    fn set_draining(&mut self, server_ip: &str, draining: bool) -> Result<(), TxError>;

    /// The last heartbeat of a dialer; `None` if it never had one.
    fn heartbeat(&mut self, server_ip: &str) -> Result<Option<Timestamp>, TxError>;

    /// A dialer was heard of now (`server_updater`).
    fn beat(&mut self, server_ip: &str) -> Result<(), TxError>;

    /// The dialers' weights, by address.
    fn weights(&mut self) -> Result<Vec<(String, u32)>, TxError>;

    /// A run of Hotdesk begins, whose calls carry this mark. Seats are counted anew.
    fn begin_run(&mut self, owner: &str) -> Result<(), TxError>;

    /// Whose calls are those of Hotdesk on this database, in this run or in an earlier one.
    fn runs(&mut self) -> Result<Vec<String>, TxError>;
}
