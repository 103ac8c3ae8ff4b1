//! Database operations on the states of live agents, and on calls.

use crate::TxError;
use crate::agent_states::{ActiveCall, AgentState, Lead};

/// Database operations on the states of live agents, and on calls.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait AgentStatesTx {
    /// The first live row of an agent.
    fn agent_state(&mut self, user: &str) -> Result<Option<AgentState>, TxError>;

    /// Every live row of an existing user, with the user's group.
    fn agent_states(&mut self) -> Result<Vec<AgentState>, TxError>;

    /// Number of agents in a call with this lead.
    fn agents_with_lead(&mut self, lead_id: i64) -> Result<u32, TxError>;

    /// The call with this `callerid`.
    fn active_call(&mut self, callerid: &str) -> Result<Option<ActiveCall>, TxError>;

    /// Every call.
    fn active_calls(&mut self) -> Result<Vec<ActiveCall>, TxError>;

    /// Whether a channel is parked for this `callerid`.
    fn parked_channel_exists(&mut self, callerid: &str) -> Result<bool, TxError>;

    /// The `callerid`s for which a channel is parked.
    fn parked_callerids(&mut self) -> Result<Vec<String>, TxError>;

    /// The lead with this id.
    fn lead(&mut self, lead_id: i64) -> Result<Option<Lead>, TxError>;

    /// The address of an agent's last login; `None` if unknown.
    fn login_address(&mut self, user: &str) -> Result<Option<String>, TxError>;
}
