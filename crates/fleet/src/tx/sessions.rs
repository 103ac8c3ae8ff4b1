//! Database operations on agent sessions, live agents and campaigns.

use crate::TxError;
use crate::sessions::{Campaign, LiveAgent, NewSession, Place, Session, State};

/// Operations on agent sessions, live agents and campaigns.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait SessionsTx {
    /// Opens a session without a place. Returns its id.
    fn open_session(&mut self, session: &NewSession<'_>) -> Result<i64, TxError>;

    /// Stores a session that ended without ever having a place, with its timeline.
    fn store_ended_session(&mut self, session: &NewSession<'_>, reason: &str, timeline: &str) -> Result<(), TxError>;

    /// Sets a session's place and stores its live agent; reopens a session that has ended.
    fn place_session(&mut self, session_id: i64, state: State, place: &Place) -> Result<(), TxError>;

    /// Records that the agent is in the conference.
    fn mark_session_live(&mut self, session_id: i64) -> Result<(), TxError>;

    /// Ends a session and deletes its live agent.
    fn end_session(&mut self, session_id: i64, reason: &str) -> Result<(), TxError>;

    /// Appends lines to the session's timeline.
    fn note(&mut self, session_id: i64, lines: &str) -> Result<(), TxError>;

    /// The session with this id.
    fn session(&mut self, session_id: i64) -> Result<Option<Session>, TxError>;

    /// The agent's open session.
    fn session_of(&mut self, user: &str) -> Result<Option<Session>, TxError>;

    /// All open sessions.
    fn open_sessions(&mut self) -> Result<Vec<Session>, TxError>;

    /// Updates `vicidial_live_agents.last_update_time` of all open sessions, so that other programs see that the agents are still
    /// present.
    fn refresh_agents(&mut self) -> Result<(), TxError>;

    /// The session's timeline, one line of JSON per step.
    fn trail(&mut self, session_id: i64) -> Result<String, TxError>;

    /// Number of agents on a dialer who are in a call (`vicidial_live_agents.status` `INCALL`).
    fn agents_in_call(&mut self, server_ip: &str) -> Result<u32, TxError>;

    /// Whether this agent is in a call.
    fn agent_in_call(&mut self, user: &str) -> Result<bool, TxError>;

    /// This agent's row of `vicidial_live_agents`.
    fn live_agent(&mut self, user: &str) -> Result<Option<LiveAgent>, TxError>;

    /// An agent other than `but` who is live on this channel.
    fn agent_on(&mut self, server_ip: &str, channel: &str, but: &str) -> Result<Option<String>, TxError>;

    /// An agent other than `but` who is live on a phone with this extension, on any dialer.
    fn agent_on_device(&mut self, extension: &str, but: &str) -> Result<Option<String>, TxError>;

    /// The campaign of this name.
    fn campaign(&mut self, campaign_id: &str) -> Result<Option<Campaign>, TxError>;

    /// Number of a campaign's seats on a dialer.
    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str) -> Result<u32, TxError>;
}
