//! The floor as people and programs see it.

use fleet::placement::Registration;
use fleet::seating::Session;
use serde::Serialize;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// Its number.
    pub session_id: i64,
    /// The agent.
    pub user: String,
    /// The campaign; empty for none.
    pub campaign: String,
    /// `reserved`, `ringing`, `live` or `ended`.
    pub state: &'static str,
    /// The phone's login.
    pub phone_login: String,
    /// The dialer.
    pub server_ip: String,
    /// The room.
    pub room: String,
    /// When it began, as `2026-11-21 05:31:00`, in UTC.
    pub began: String,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self {
            session_id: session.session_id,
            user: session.user.clone(),
            campaign: session.campaign_id.clone(),
            state: session.state.word(),
            phone_login: session.place.phone_login.clone(),
            server_ip: session.place.server_ip.clone(),
            room: session.place.conf_exten.clone(),
            began: session.began.clone(),
            end_reason: Some(session.end_reason.clone()).filter(|reason| !reason.is_empty()),
        }
    }
}

/// A dialer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialerView {
    /// Its address.
    pub server_ip: String,
    /// Its name (`servers.server_id`).
    pub server_id: String,
    /// `servers.active`.
    pub active: bool,
    /// `servers.active_agent_login_server`.
    pub accepts_agents: bool,
    /// Whether it is being emptied.
    pub draining: bool,
    /// `well`, `suspect`, `lost`, `no_account` or `unwatched`.
    pub health: &'static str,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// For how many milliseconds something has been wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwell_for: Option<u64>,
    /// Seats that Hotdesk's sessions take there.
    pub seats: usize,
}

/// A line, as its dialer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// Whether it can be rung.
    pub registration: Registration,
    /// From where it is registered, such as `192.0.2.7:5060`, where the dialer says so.
    pub address: Option<String>,
    /// Since when it has been so, as `2026-11-21 05:31:00` in UTC, where that is known.
    pub since: Option<String>,
}

/// Whether the floor is frozen because too many dialers vanished at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Whether it is.
    pub frozen: bool,
    /// How many dialers are gone.
    pub gone: usize,
    /// Of how many that were well before.
    pub of: usize,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A session; and the dialer that it was live on just before, if that is another one.
    Session(SessionView, Option<String>),
    /// A dialer.
    Dialer(DialerView),
    /// The alarm.
    Alarm(Alarm),
}

impl Change {
    /// What it is called as an event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Session(..) => "session",
            Self::Dialer(_) => "dialer",
            Self::Alarm(_) => "alarm",
        }
    }
}
