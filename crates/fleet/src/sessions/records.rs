//! The rows that agent sessions are made of.

use crate::Timestamp;

/// A campaign (table `vicidial_campaigns`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The name.
    pub campaign_id: String,
    /// Whether anybody works in it.
    pub active: bool,
    /// Whether its agents want to be together: `DISABLED`, `ONE_SERVER_ONLY`, `CASCADING`.
    pub pllb_grouping: String,
    /// With how many a dialer is full for `CASCADING`.
    pub pllb_grouping_limit: u32,
    /// The number that its calls show.
    pub campaign_cid: String,
}

/// How a dialer holds its rooms (`servers.conf_engine`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Table `vicidial_conferences`.
    Meetme,
    /// Table `vicidial_confbridges`.
    Confbridge,
}

impl Engine {
    /// The number that leads into a room.
    #[must_use]
    pub fn exten(self, room: &str) -> String {
        match self {
            Self::Meetme => room.to_owned(),
            Self::Confbridge => format!("2{room}"),
        }
    }
}

/// A dialer (tables `servers`, `server_updater`, `hotdesk_dialer`), as far as a login needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are columns")]
pub struct DialerRow {
    /// Its address.
    pub server_ip: String,
    /// Whether it is in use.
    pub active: bool,
    /// Whether it takes agents.
    pub accepts_agents: bool,
    /// Who stands in for it; shorter than 5 characters for nobody.
    pub active_twin_server_ip: String,
    /// How it holds its rooms.
    pub engine: Engine,
    /// Whether it is being emptied.
    pub draining: bool,
    /// Its last heartbeat.
    pub last_update: Option<Timestamp>,
    /// Seats taken, whatever the agents' status: agents who are not remote.
    pub seats: u32,
    /// Whether it has a room that nobody has.
    pub has_free_room: bool,
}

/// Where a dialer's manager interface is, and Hotdesk's account there (table `servers`, or `hotdesk_dialer` instead).
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are columns")]
pub struct ManagerRow {
    /// The dialer.
    pub server_ip: String,
    /// Whether it is in use.
    pub active: bool,
    /// Whether it takes agents.
    pub accepts_agents: bool,
    /// Whether it is being emptied.
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
    /// Whether it is reached with TLS.
    pub tls: bool,
}

/// Without the secret.
impl std::fmt::Debug for ManagerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManagerRow").field("server_ip", &self.server_ip).finish_non_exhaustive()
    }
}

/// Rooms of a dialer that an agent can have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rooms {
    /// The one that is reserved for this phone already.
    pub own: Option<String>,
    /// The first that nobody has.
    pub free: Option<String>,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A seat is taken; the phone calls by itself, or the cluster's daemons call it.
    Reserved,
    /// The phone is being rung.
    Ringing,
    /// The agent is in the room.
    Live,
    /// It is over.
    Ended,
}

impl State {
    /// As `hotdesk_session.state` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Ringing => "ringing",
            Self::Live => "live",
            Self::Ended => "ended",
        }
    }

    /// Reads [`Self::word`]; anything else is over.
    #[must_use]
    pub fn read(word: &str) -> Self {
        let known = [Self::Reserved, Self::Ringing, Self::Live];
        known.into_iter().find(|state| state.word() == word).unwrap_or(Self::Ended)
    }
}

/// An agent's stay (table `hotdesk_session`); `vicidial_live_agents` shows it to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub session_id: i64,
    /// The agent.
    pub user: String,
    /// Digest of the key that its agent has.
    pub key_digest: String,
    /// The logins that it may be rung at, separated by commas: those with the password that was typed.
    pub logins: String,
    /// The campaign; empty for none.
    pub campaign_id: String,
    /// How far it is.
    pub state: State,
    /// Where it is.
    pub place: Place,
    /// When it began.
    pub began: String,
    /// Why it ended.
    pub end_reason: String,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// Where a session is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The phone's login, as the list spells it.
    pub phone_login: String,
    /// The dialer.
    pub server_ip: String,
    /// The room.
    pub conf_exten: String,
    /// The phone's channel: `extension` of `vicidial_live_agents`.
    pub channel: String,
    /// The call's unique id on the dialer; empty where Hotdesk places none.
    pub call: String,
}

/// A session that is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `Session`")]
pub struct NewSession<'a> {
    pub user: &'a str,
    /// What the agent logged in with: an alias in its own spelling, a phone's login, or a list of logins.
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
    /// Whether it is a seat: not a remote agent's.
    pub is_seat: bool,
    /// The campaign.
    pub campaign_id: String,
}

/// A call that a cluster's own daemons are to place (table `vicidial_manager`), or Hotdesk itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The dialer.
    pub server_ip: String,
    /// What is called.
    pub channel: String,
    /// Where it is led.
    pub context: String,
    /// The number it is led to: the room's.
    pub exten: String,
    /// The call's own name.
    pub callerid: String,
    /// The number it shows.
    pub caller_number: String,
    /// For how many seconds the phone is to ring.
    pub ring_timeout: u32,
}
