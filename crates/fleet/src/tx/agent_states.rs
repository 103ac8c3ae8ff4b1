//! What the rules ask of a database about the states of live agents and about calls.

use crate::TxError;
use crate::agent_states::{ActiveCall, AgentState, Lead};

/// States of live agents, and calls.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait AgentStatesTx {
    /// The first live row of an agent.
    fn agent_state(&mut self, user: &str) -> Result<Option<AgentState>, TxError>;

    /// Every live row whose user exists, with the user's group.
    fn agent_states(&mut self) -> Result<Vec<AgentState>, TxError>;

    /// How many agents are in a call with this lead.
    fn agents_with_lead(&mut self, lead_id: i64) -> Result<u32, TxError>;

    /// The call with this `callerid`.
    fn active_call(&mut self, callerid: &str) -> Result<Option<ActiveCall>, TxError>;

    /// Every call.
    fn active_calls(&mut self) -> Result<Vec<ActiveCall>, TxError>;

    /// Whether a channel is parked for this `callerid`.
    fn parked_channel_exists(&mut self, callerid: &str) -> Result<bool, TxError>;

    /// The `callerid`s for which a channel is parked.
    fn parked_callerids(&mut self) -> Result<Vec<String>, TxError>;

    /// The lead with this number.
    fn lead(&mut self, lead_id: i64) -> Result<Option<Lead>, TxError>;

    /// The address from which an agent logged in last; `None` if that is not known.
    fn login_address(&mut self, user: &str) -> Result<Option<String>, TxError>;
}
