//! Database operations on system settings.

use crate::TxError;
use crate::records::SystemSettings;
use crate::system_settings::System;

/// Operations on system settings.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait SettingsTx {
    /// The system settings that every call needs.
    fn settings(&mut self) -> Result<SystemSettings, TxError>;

    /// The system settings as administrators change them.
    fn system(&mut self) -> Result<System, TxError>;

    /// Changes the system settings, with effect from the next transaction.
    fn set_system(&mut self, system: &System) -> Result<(), TxError>;

    /// Whether VICIdial's own programs use the same tables.
    fn is_shared_with_vicidial(&self) -> bool;

    /// `system_settings.pllb_grouping_limit`.
    fn grouping_limit(&mut self) -> Result<u32, TxError>;
}
