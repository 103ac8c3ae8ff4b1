//! Database operations on registrations.

use crate::TxError;
use crate::registrations::{ExpectedRegistrations, RegisteredPhone, RegistrationChange, RegistrationState};

/// Operations on registrations. The letter case of a registration's name matters, as on the dialer; that of a dialer's address
/// does not.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait RegistrationsTx {
    /// Whether this registration, such as `SIP/cc100`, was ever seen on the dialer.
    fn ever_registered(&mut self, server_ip: &str, line: &str) -> Result<bool, TxError>;

    /// The last known state of a registration; `None` if it was never seen or is not stored any more.
    fn registration_state(&mut self, server_ip: &str, line: &str) -> Result<Option<RegistrationState>, TxError>;

    /// Records that a phone is registered from this address (empty: unknown), or is not registered. Keeps the time of the first
    /// registration. Writes nothing if the state is unchanged, or if the phone was never registered and still is not.
    fn record_registration(&mut self, server_ip: &str, line: &str, address: Option<&str>) -> Result<(), TxError>;

    /// Registrations of a dialer after this one, by name, that were last seen as registered.
    fn registrations_after(&mut self, server_ip: &str, after: &str, at_most: u32) -> Result<Vec<String>, TxError>;

    /// Changes of a registration before this change, latest first.
    fn registration_history(
        &mut self,
        server_ip: &str,
        line: &str,
        before: i64,
        at_most: u32,
    ) -> Result<Vec<RegistrationChange>, TxError>;

    /// Number of registrations that each dialer should have: its active phones that register. Addresses are keys for comparing
    /// names.
    fn expected_lines(&mut self) -> Result<Vec<ExpectedRegistrations>, TxError>;

    /// The registrations that a dialer should have, such as `SIP/cc100`. The address is a key for comparing names.
    fn registrations_expected_on(&mut self, server_ip: &str) -> Result<Vec<String>, TxError>;

    /// Phones with this prefix of the extension, ordered by extension and dialer, starting after the extension `after`.
    fn phones_for_registrations(
        &mut self,
        begins: &str,
        after: &str,
        at_most: u32,
    ) -> Result<Vec<RegisteredPhone>, TxError>;
}
