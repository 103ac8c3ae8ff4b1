//! What the rules ask of a database about registrations.

use crate::TxError;
use crate::registrations::{ExpectedRegistrations, RegisteredPhone, RegistrationChange, RegistrationState};

/// Registrations. The letter case of a line counts, as on the dialer; that of a dialer's address does not.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait RegistrationsTx {
    /// Whether this line, such as `SIP/cc100`, was ever seen registered on the dialer.
    fn line_was_seen(&mut self, server_ip: &str, line: &str) -> Result<bool, TxError>;

    /// How a line was last seen; `None` if it never was, or nobody knows any more.
    fn line_state(&mut self, server_ip: &str, line: &str) -> Result<Option<RegistrationState>, TxError>;

    /// A line is registered from this address (empty: from wherever), or is not. When it was first seen stays. If it was so
    /// already, nothing is written; and nothing of a line that was never seen registered and is not.
    fn note_line(&mut self, server_ip: &str, line: &str, address: Option<&str>) -> Result<(), TxError>;

    /// Lines of a dialer behind this one that were last seen registered, in order.
    fn lines_seen_registered(&mut self, server_ip: &str, after: &str, at_most: u32) -> Result<Vec<String>, TxError>;

    /// What became of a line before a change of this number, the latest first.
    fn line_changes(
        &mut self,
        server_ip: &str,
        line: &str,
        before: i64,
        at_most: u32,
    ) -> Result<Vec<RegistrationChange>, TxError>;

    /// How many lines each dialer is to have, by its address as names compare: its active phones that register.
    fn expected_lines(&mut self) -> Result<Vec<ExpectedRegistrations>, TxError>;

    /// The lines that a dialer is to have, such as `SIP/cc100`, by its address as names compare.
    fn lines_expected_on(&mut self, server_ip: &str) -> Result<Vec<String>, TxError>;

    /// Phones whose extension begins so, in the order of extension and dialer, from behind this extension on.
    fn line_phones(&mut self, begins: &str, after: &str, at_most: u32) -> Result<Vec<RegisteredPhone>, TxError>;
}
