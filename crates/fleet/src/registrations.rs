//! Lines: how each was last seen on its dialer, and how it was before.

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

/// The line of a phone with this protocol, extension and `phones.is_webphone`, as [`RegistrationsTx::line_was_seen`](crate::tx::RegistrationsTx::line_was_seen) knows it: `SIP/cc100`.
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
