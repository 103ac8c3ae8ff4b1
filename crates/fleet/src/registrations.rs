//! Lines: how each was last seen on its dialer, and how it was before.

use crate::TxError;

/// How a line was last seen (table `hotdesk_line`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationState {
    /// From where it is registered, such as `192.0.2.7:5060`: empty where the dialer does not say, `None` if it is not.
    pub address: Option<String>,
    /// Since when it has been so.
    pub since: String,
}

/// A line that became registered, was not any more, or was registered from elsewhere (table `hotdesk_line_change`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationChange {
    /// Its number, which grows with time.
    pub change_id: i64,
    /// When.
    pub at: String,
    /// As in [`RegistrationState`].
    pub address: Option<String>,
}

/// A phone as a line: what says whether and where it registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredPhone {
    /// The phone's name on its dialer.
    pub extension: String,
    /// Its dialer.
    pub server_ip: String,
    /// Its login.
    pub login: String,
    /// `SIP`, `IAX2`, …
    pub protocol: String,
    /// Whether it is in a browser.
    pub is_webphone: String,
    /// Whether it can be used.
    pub active: bool,
}

impl RegisteredPhone {
    /// The line at which it registers; `None` where no dialer tells of one.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        line(&self.protocol, &self.extension, &self.is_webphone)
    }
}

/// The line of a phone with this protocol, extension and `phones.is_webphone`, as [`RegistrationTx::line_was_seen`] knows it: `SIP/cc100`.
/// `None` where no dialer tells of one: of other protocols, of a phone behind a trunk, and of one in the browser, which
/// registers only after the login.
#[must_use]
pub fn line(protocol: &str, extension: &str, is_webphone: &str) -> Option<String> {
    let technology = ["SIP", "PJSIP"].into_iter().find(|known| known.eq_ignore_ascii_case(protocol))?;
    let is_account = !extension.is_empty() && !extension.contains(['/', '@', '&']);
    let registers = is_account && !is_webphone.starts_with('Y');
    registers.then(|| format!("{technology}/{extension}"))
}

/// How many lines a dialer is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRegistrations {
    /// The dialer's address, as names compare.
    pub server_ip: String,
    /// How many.
    pub lines: u32,
    /// Another number whenever they are not the same ones any more.
    pub changes: i64,
}

/// What is asked and told about lines. Their letter case counts, as on the dialer; that of dialers does not.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait RegistrationTx {
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
