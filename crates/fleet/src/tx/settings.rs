//! What the rules ask of a database about the system's settings.

use crate::TxError;
use crate::records::SystemSettings;
use crate::system_settings::System;

/// The system's settings.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait SettingsTx {
    /// The system's settings.
    fn settings(&mut self) -> Result<SystemSettings, TxError>;

    /// As they are.
    fn system(&mut self) -> Result<System, TxError>;

    /// Changes them; they count from the next transaction on.
    fn set_system(&mut self, system: &System) -> Result<(), TxError>;

    /// `system_settings.pllb_grouping_limit`.
    fn grouping_limit(&mut self) -> Result<u32, TxError>;
}
