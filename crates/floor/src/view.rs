//! The floor as people and programs see it.

use std::borrow::Cow;
use std::sync::Arc;

use fleet::Timestamp;
use fleet::dialer_status::Registration;
use fleet::dialer_status::RingEnd;
use fleet::floor_minutes::Counted;
use fleet::floor_minutes::Minute;
use fleet::sessions::Session;
use fleet::sessions::timeline::Cause;
use serde::{Deserialize, Serialize};

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
    /// The conference on the dialer (`conf_exten`).
    pub conference: String,
    /// When it began, in RFC 3339.
    pub started_at: String,
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
            conference: session.place.conf_exten.clone(),
            started_at: Timestamp::stamp_to_rfc3339(&session.began),
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
    /// `healthy`, `suspect`, `down`, `no_account` or `unwatched`.
    pub health: &'static str,
    /// What is wrong with it, in a word for programs ([`dialers::dialer::Trouble::word`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<&'static str>,
    /// For how many milliseconds something has been wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_for_ms: Option<u64>,
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
    #[serde(rename = "down")]
    pub gone: usize,
    /// Of how many that were healthy before.
    #[serde(rename = "total")]
    pub of: usize,
}

/// How many of the lines that a dialer is to have are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineCounts {
    /// The dialer.
    pub server_ip: String,
    /// How many of them are registered; `None` where the dialer does not say.
    pub registered: Option<usize>,
    /// How many there are to be: one for each of its active phones that registers.
    pub expected: usize,
}

/// Something that was done with a dialer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialerAction {
    /// The dialer.
    pub server_ip: String,
    /// `drain`, `take`, `empty`, `activate`, `deactivate` or `delete`.
    pub act: Cow<'static, str>,
    /// Who did it, or planned it.
    pub user: String,
    /// Whether it was planned, and done by itself when it was time.
    pub planned: bool,
}

/// A minute of the floor that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MinuteView {
    /// When it began, in RFC 3339.
    pub started_at: String,
    /// Those dialers on which somebody was, or to which a login went.
    pub dialers: Vec<DialerMinute>,
    /// Logins that no dialer could take.
    pub unplaced: u32,
}

/// A dialer in a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialerMinute {
    /// The dialer.
    pub server_ip: String,
    /// What is counted.
    #[serde(flatten)]
    pub counted: Counted,
}

impl From<&Minute> for MinuteView {
    fn from(minute: &Minute) -> Self {
        let of = |(server_ip, counted): (&String, &Counted)| DialerMinute {
            server_ip: server_ip.clone(),
            counted: *counted,
        };
        Self {
            started_at: minute.began.rfc3339(),
            dialers: minute.dialers.iter().map(of).collect(),
            unplaced: minute.untaken,
        }
    }
}

/// Why a session is where it is now, and not where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveReason {
    /// What made it go.
    pub cause: Cause,
    /// How the call before ended, if it failed.
    pub failed: Option<RingEnd>,
    /// The phone that it had.
    pub phone_login: String,
    /// The dialer that it left; empty if it was on none.
    pub left: String,
    /// Since when that dialer had been lost, if it was.
    #[serde(with = "milliseconds")]
    pub lost: Option<Timestamp>,
    /// The supervisor who wanted so.
    pub by: Option<String>,
}

/// A time, as nodes tell it each other.
mod milliseconds {
    use fleet::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(moment: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        moment.map(Timestamp::unix_ms).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::deserialize(from)?.map(Timestamp::from_unix_ms))
    }
}

/// A running Hotdesk on the same database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// What people call it.
    pub name: String,
    /// Whether it is the one that is asked.
    pub is_this: bool,
    /// Whether it stays, and is not being stopped.
    pub stays: bool,
    /// Whether it does what is done once for all dialers.
    pub leads_cluster: bool,
    /// The dialers on whose events it acts.
    pub leads: Vec<String>,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A session; and why it went elsewhere, if it did.
    Session(SessionView, Option<Arc<MoveReason>>),
    /// A dialer.
    Dialer(DialerView),
    /// What stands beside a dialer: its weight, or what is planned for it. The dialer itself is as it was.
    DialerConfig(DialerView),
    /// A dialer's lines, once a second at most.
    LineCounts(LineCounts),
    /// Something was done with a dialer.
    DialerAction(DialerAction),
    /// The alarm.
    Alarm(Alarm),
    /// A minute is over.
    Minute(MinuteView),
}

impl Change {
    /// What it is called as an event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Session(..) => "session",
            Self::Dialer(_) | Self::DialerConfig(_) => "dialer",
            Self::LineCounts(_) => "lines",
            Self::DialerAction(_) => "done",
            Self::Alarm(_) => "alarm",
            Self::Minute(_) => "minute",
        }
    }

    /// Whether it is something that happened, rather than figures that go on.
    #[must_use]
    pub const fn is_notable(&self) -> bool {
        match self {
            Self::Session(..) | Self::Dialer(_) | Self::DialerAction(_) | Self::Alarm(_) => true,
            Self::DialerConfig(_) | Self::LineCounts(_) | Self::Minute(_) => false,
        }
    }
}
