//! What the rules ask of a database about agent sessions, live agents and campaigns.

use crate::TxError;
use crate::sessions::{Campaign, LiveAgent, NewSession, Place, Session, State};

/// Agent sessions, live agents and campaigns.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait SessionsTx {
    /// Begins a session that is nowhere yet. Returns its number.
    fn open_session(&mut self, session: &NewSession<'_>) -> Result<i64, TxError>;

    /// Keeps a session that never was anywhere and is over, with its trail.
    fn keep_ended(&mut self, session: &NewSession<'_>, reason: &str, trail: &str) -> Result<(), TxError>;

    /// Puts a session somewhere, with the agent live there; one that has ended goes on.
    fn place_session(&mut self, session_id: i64, state: State, place: &Place) -> Result<(), TxError>;

    /// The agent is in the room.
    fn mark_session_live(&mut self, session_id: i64) -> Result<(), TxError>;

    /// Ends a session; the agent is live no more.
    fn end_session(&mut self, session_id: i64, reason: &str) -> Result<(), TxError>;

    /// Adds lines to the session's trail.
    fn note(&mut self, session_id: i64, lines: &str) -> Result<(), TxError>;

    /// The session of this number.
    fn session(&mut self, session_id: i64) -> Result<Option<Session>, TxError>;

    /// The agent's session that has not ended.
    fn session_of(&mut self, user: &str) -> Result<Option<Session>, TxError>;

    /// Every session that has not ended.
    fn open_sessions(&mut self) -> Result<Vec<Session>, TxError>;

    /// Others see that the agents of all open sessions are still there (`vicidial_live_agents.last_update_time`).
    fn refresh_agents(&mut self) -> Result<(), TxError>;

    /// The session's trail, one line of JSON a step.
    fn trail(&mut self, session_id: i64) -> Result<String, TxError>;

    /// How many agents on a dialer are in a call right now (`vicidial_live_agents.status` `INCALL`).
    fn agents_in_call(&mut self, server_ip: &str) -> Result<u32, TxError>;

    /// Whether this agent is.
    fn agent_in_call(&mut self, user: &str) -> Result<bool, TxError>;

    /// This agent's row among the live agents.
    fn live_agent(&mut self, user: &str) -> Result<Option<LiveAgent>, TxError>;

    /// Another agent who is live on this channel.
    fn agent_on(&mut self, server_ip: &str, channel: &str, but: &str) -> Result<Option<String>, TxError>;

    /// The campaign of this name.
    fn campaign(&mut self, campaign_id: &str) -> Result<Option<Campaign>, TxError>;

    /// Agents of a campaign on a dialer.
    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str) -> Result<u32, TxError>;
}
