//! Rows of agent sessions, campaigns and dialers.

use crate::Timestamp;

/// A campaign (table `vicidial_campaigns`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The name.
    pub campaign_id: String,
    /// Whether it is active.
    pub active: bool,
    /// How its agents are grouped on dialers: `DISABLED`, `ONE_SERVER_ONLY`, `CASCADING`.
    pub pllb_grouping: String,
    /// Maximum number of the campaign's agents per dialer for `CASCADING`.
    pub pllb_grouping_limit: u32,
    /// The caller id of its calls.
    pub campaign_cid: String,
}

/// Conference engine of a dialer (`servers.conf_engine`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// `MeetMe` (table `vicidial_conferences`).
    Meetme,
    /// `ConfBridge` (table `vicidial_confbridges`).
    Confbridge,
}

impl Engine {
    /// The extension of a conference in the dialplan.
    #[must_use]
    pub fn exten(self, conference: &str) -> String {
        match self {
            Self::Meetme => conference.to_owned(),
            Self::Confbridge => format!("2{conference}"),
        }
    }
}

/// A dialer (tables `servers`, `server_updater`, `hotdesk_dialer`), with the columns that a login needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are columns")]
pub struct DialerRow {
    /// Its address.
    pub server_ip: String,
    /// Whether it is active.
    pub active: bool,
    /// Whether it takes agents.
    pub accepts_agents: bool,
    /// The dialer that takes over when this one fails; shorter than 5 characters for none.
    pub active_twin_server_ip: String,
    /// Its conference engine.
    pub engine: Engine,
    /// The version of Asterisk, such as `16.30.0`.
    pub asterisk_version: String,
    /// Whether it is draining.
    pub draining: bool,
    /// Its last heartbeat.
    pub last_update: Option<Timestamp>,
    /// Number of seats: agents that are not remote, in any status.
    pub seats: u32,
    /// Whether it has a free conference.
    pub has_free_conference: bool,
}

/// The AMI connection of a dialer (table `servers`, overridden by `hotdesk_dialer`).
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are columns")]
pub struct ManagerRow {
    /// The dialer.
    pub server_ip: String,
    /// Whether it is active.
    pub active: bool,
    /// Whether it takes agents.
    pub accepts_agents: bool,
    /// Whether it is draining.
    pub draining: bool,
    /// Its name.
    pub server_id: String,
    /// The manager interface's host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Hotdesk's account; empty for none.
    pub user: String,
    /// Its secret.
    pub secret: String,
    /// Whether the connection uses TLS.
    pub tls: bool,
}

/// Omits the secret.
impl std::fmt::Debug for ManagerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManagerRow").field("server_ip", &self.server_ip).finish_non_exhaustive()
    }
}

/// Conferences of a dialer that are available to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConferenceOptions {
    /// The conference that is already reserved for this phone.
    pub own: Option<String>,
    /// The first free conference.
    pub free: Option<String>,
}

/// State of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The seat is reserved; a browser phone will call, or the VICIdial cluster's daemons will place the call.
    Reserved,
    /// The phone is being rung.
    Ringing,
    /// The agent is in the conference.
    Live,
    /// The session has ended.
    Ended,
}

impl State {
    /// Value of the column `hotdesk_session.state`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Ringing => "ringing",
            Self::Live => "live",
            Self::Ended => "ended",
        }
    }

    /// Parses [`Self::word`]; any other text is [`Self::Ended`].
    #[must_use]
    pub fn read(word: &str) -> Self {
        let known = [Self::Reserved, Self::Ringing, Self::Live];
        known.into_iter().find(|state| state.word() == word).unwrap_or(Self::Ended)
    }
}

/// An agent session (table `hotdesk_session`); `vicidial_live_agents` shows it to other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub session_id: i64,
    /// The agent.
    pub user: String,
    /// Digest of the session's key.
    pub key_digest: String,
    /// The logins of the phones that it may use, separated by commas: those with the entered password.
    pub logins: String,
    /// The campaign; empty for none.
    pub campaign_id: String,
    /// The state.
    pub state: State,
    /// The place.
    pub place: Place,
    /// The start.
    pub began: String,
    /// The end reason.
    pub end_reason: String,
    /// The end.
    pub ended: Option<Timestamp>,
}

/// Place of a session: its phone, dialer and conference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The phone's login, as the list spells it.
    pub phone_login: String,
    /// The dialer.
    pub server_ip: String,
    /// The conference.
    pub conf_exten: String,
    /// The phone's channel: `extension` of `vicidial_live_agents`.
    pub channel: String,
    /// The call id on the dialer; empty if Hotdesk does not place the call.
    pub call: String,
}

/// A session to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "described at `Session`")]
pub struct NewSession<'a> {
    pub user: &'a str,
    /// The alias in its stored spelling, a phone's login, or a list of logins, as the agent entered it.
    pub typed: &'a str,
    pub key_digest: &'a str,
    pub logins: &'a str,
    pub campaign_id: &'a str,
}

/// A row of `vicidial_live_agents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAgent {
    /// The dialer.
    pub server_ip: String,
    /// Whether it counts as a seat: the agent is not remote.
    pub is_seat: bool,
    /// The campaign.
    pub campaign_id: String,
}

/// A call that the VICIdial cluster's daemons (table `vicidial_manager`) or Hotdesk itself must place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The dialer.
    pub server_ip: String,
    /// The channel to call.
    pub channel: String,
    /// The dialplan context that it is connected to.
    pub context: String,
    /// The extension that it is connected to: the conference's.
    pub exten: String,
    /// The name that identifies the call.
    pub callerid: String,
    /// The caller id number.
    pub caller_number: String,
    /// Ring timeout in seconds.
    pub ring_timeout: u32,
}
