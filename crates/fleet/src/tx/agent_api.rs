//! What the rules ask of a database about the functions of the Agent API.

use crate::TxError;
use crate::agent_api::{SessionData, StoredCall};
use crate::records::User;

/// The functions of the Agent API.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait AgentApiTx {
    /// Whether the Agent API is switched on (`system_settings.vdc_agent_api_active`).
    fn agent_api_active(&mut self) -> Result<bool, TxError>;

    /// A valid login that is not recorded as one: it only ends the count of failures.
    fn clear_login_failures(&mut self, user: &User) -> Result<(), TxError>;

    /// The first user, by name, with this value in `custom_three`.
    fn user_with_custom_three(&mut self, value: &str) -> Result<Option<String>, TxError>;

    /// Tells the pages of every live row of an agent to pause or to log out (`vicidial_live_agents.external_pause`).
    fn set_external_pause(&mut self, user: &str, value: &str) -> Result<(), TxError>;

    /// What VICIdial's agent page keeps of an agent's first session, by name.
    fn session_data(&mut self, user: &str) -> Result<Option<SessionData>, TxError>;

    /// Queues a stored call once more for the cluster's daemons.
    fn queue_stored_call(&mut self, call: &StoredCall) -> Result<(), TxError>;
}
