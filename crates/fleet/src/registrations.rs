//! Registrations of phones on their dialers: the last known state and its history.

/// Last known registration of a phone (table `hotdesk_line`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationState {
    /// The address that it is registered from, such as `192.0.2.7:5060`: empty if the dialer does not report it, `None` if the
    /// phone is not registered.
    pub address: Option<String>,
    /// Start of this state.
    pub since: String,
}

/// A change of a registration: registered, unregistered, or registered from a different address (table `hotdesk_line_change`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationChange {
    /// The number of the change, which grows with time.
    pub change_id: i64,
    /// The time.
    pub at: String,
    /// The address, as in [`RegistrationState`].
    pub address: Option<String>,
}

/// The columns of a phone that determine whether and where it registers.
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
    /// Whether it is a browser phone.
    pub is_webphone: String,
    /// Whether it is active.
    pub active: bool,
}

impl RegisteredPhone {
    /// The name of its registration; `None` if no dialer reports one.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        line(&self.protocol, &self.extension, &self.is_webphone)
    }
}

/// The name under which a phone with this protocol, extension and `phones.is_webphone` registers, as for
/// [`RegistrationsTx::ever_registered`](crate::tx::RegistrationsTx::ever_registered): `SIP/cc100`. `None` if dialers report no
/// registration: for other protocols, phones behind a trunk, and browser phones, which register only after the login.
#[must_use]
pub fn line(protocol: &str, extension: &str, is_webphone: &str) -> Option<String> {
    let technology = ["SIP", "PJSIP"].into_iter().find(|known| known.eq_ignore_ascii_case(protocol))?;
    let is_account = !extension.is_empty() && !extension.contains(['/', '@', '&']);
    let registers = is_account && !is_webphone.starts_with('Y');
    registers.then(|| format!("{technology}/{extension}"))
}

/// The number of registrations that a dialer should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRegistrations {
    /// The dialer's address, as a key for comparing names.
    pub server_ip: String,
    /// The number of phones that register.
    pub lines: u32,
    /// A value that changes whenever the set of phones changes.
    pub changes: i64,
}
