//! Public views of the floor, as JSON, events and pages show them.

use std::borrow::Cow;
use std::sync::Arc;

use fleet::Timestamp;
use fleet::dialer_status::{Registration, RingEnd};
use fleet::floor_minutes::{Counted, Minute};
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
    /// Whether it is draining.
    pub draining: bool,
    /// `healthy`, `suspect`, `down`, `no_account` or `unwatched`.
    pub health: &'static str,
    /// Code of its problem ([`dialers::dialer::Trouble::word`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<&'static str>,
    /// For how many milliseconds it has been unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_for_ms: Option<u64>,
    /// Number of seats that Hotdesk's sessions take.
    pub seats: usize,
}

/// A line, as its dialer reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// Whether it is registered.
    pub registration: Registration,
    /// The address it is registered from, such as `192.0.2.7:5060`, if the dialer reports it.
    pub address: Option<String>,
    /// Since when it has been in this state, as `2026-11-21 05:31:00` in UTC, if known.
    pub since: Option<String>,
}

/// Alarm of the partition guard: too many dialers became unreachable at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Whether the floor is frozen.
    pub frozen: bool,
    /// Number of unreachable dialers.
    #[serde(rename = "down")]
    pub gone: usize,
    /// Number of dialers that were healthy before.
    #[serde(rename = "total")]
    pub of: usize,
}

/// Registered and expected lines of a dialer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineCounts {
    /// The dialer.
    pub server_ip: String,
    /// Number of expected lines that are registered; `None` if the dialer does not report it.
    pub registered: Option<usize>,
    /// Number of expected lines: one for each of its active phones that registers.
    pub expected: usize,
}

/// An action of a supervisor on a dialer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialerAction {
    /// The dialer.
    pub server_ip: String,
    /// `drain`, `take`, `empty`, `activate`, `deactivate` or `delete`.
    pub act: Cow<'static, str>,
    /// The account that did it or planned it.
    pub user: String,
    /// Whether it was planned earlier and executed at its due time.
    pub planned: bool,
}

/// Statistics of one completed minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MinuteView {
    /// When it began, in RFC 3339.
    pub started_at: String,
    /// The dialers that had agents or logins in the minute.
    pub dialers: Vec<DialerMinute>,
    /// Logins that no dialer could take.
    pub unplaced: u32,
}

/// Statistics of one dialer for one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialerMinute {
    /// The dialer.
    pub server_ip: String,
    /// The counts.
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

/// Why a session moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveReason {
    /// The cause of the move.
    pub cause: Cause,
    /// How the previous call failed, if it failed.
    pub failed: Option<RingEnd>,
    /// The login of the previous phone.
    pub phone_login: String,
    /// The previous dialer; empty if the session had none.
    pub left: String,
    /// Since when that dialer had been down, if it was.
    #[serde(with = "milliseconds")]
    pub lost: Option<Timestamp>,
    /// The supervisor who moved the session, if one did.
    pub by: Option<String>,
}

/// Serialization of a time between nodes, as Unix milliseconds.
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

/// A live node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Its display name.
    pub name: String,
    /// Whether it is the node that answers.
    pub is_this: bool,
    /// Whether it accepts leases; false while it is being stopped.
    pub stays: bool,
    /// Whether it executes the tasks that one node executes for the whole cluster.
    pub leads_cluster: bool,
    /// The dialers on whose events it acts.
    pub leads: Vec<String>,
}

/// A change that the floor publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A session changed; with the reason, if it moved.
    Session(SessionView, Option<Arc<MoveReason>>),
    /// A dialer changed.
    Dialer(DialerView),
    /// A dialer's weight or planned drains changed; the dialer's own row did not.
    DialerConfig(DialerView),
    /// A dialer's line counts changed; at most once a second.
    LineCounts(LineCounts),
    /// A supervisor acted on a dialer, or a planned action was executed.
    DialerAction(DialerAction),
    /// The alarm was set or cleared.
    Alarm(Alarm),
    /// A minute was completed.
    Minute(MinuteView),
}

impl Change {
    /// The name of the event.
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

    /// Whether the change belongs in a list of activity; statistics and configuration do not.
    #[must_use]
    pub const fn is_notable(&self) -> bool {
        match self {
            Self::Session(..) | Self::Dialer(_) | Self::DialerAction(_) | Self::Alarm(_) => true,
            Self::DialerConfig(_) | Self::LineCounts(_) | Self::Minute(_) => false,
        }
    }
}
