//! Database operations on dialers.

use crate::sessions::{DialerRow, ManagerRow};
use crate::{Timestamp, TxError};

/// Operations on dialers.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait DialersTx {
    /// The dialer at this address.
    fn dialer(&mut self, server_ip: &str) -> Result<Option<DialerRow>, TxError>;

    /// Whether the dialer exists.
    fn dialer_exists(&mut self, server_ip: &str) -> Result<bool, TxError>;

    /// The time zone of an active dialer, for the function `version`.
    fn active_dialer_gmt(&mut self) -> Result<Option<String>, TxError>;

    /// The AMI connections of all dialers, ordered by address.
    fn managers(&mut self) -> Result<Vec<ManagerRow>, TxError>;

    /// Activates or deactivates a dialer.
    fn set_active(&mut self, server_ip: &str, active: bool) -> Result<(), TxError>;

    /// Starts or ends the draining of a dialer.
    fn set_draining(&mut self, server_ip: &str, draining: bool) -> Result<(), TxError>;

    /// The last heartbeat of a dialer; `None` if it never had one.
    fn heartbeat(&mut self, server_ip: &str) -> Result<Option<Timestamp>, TxError>;

    /// Records a heartbeat of a dialer (`server_updater`).
    fn beat(&mut self, server_ip: &str) -> Result<(), TxError>;

    /// The dialers' weights, by address.
    fn weights(&mut self) -> Result<Vec<(String, u32)>, TxError>;

    /// Starts a run of Hotdesk with this owner in its call ids, and recounts the seats.
    fn begin_run(&mut self, owner: &str) -> Result<(), TxError>;

    /// The owners in the call ids of this run and of earlier runs on this database.
    fn runs(&mut self) -> Result<Vec<String>, TxError>;
}
