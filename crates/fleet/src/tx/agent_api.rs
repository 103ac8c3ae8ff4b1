//! Database operations of the Agent API.

use crate::TxError;
use crate::agent_api::{SessionData, StoredCall};
use crate::records::User;

/// Database operations of the Agent API.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait AgentApiTx {
    /// Whether the Agent API is enabled (`system_settings.vdc_agent_api_active`).
    fn agent_api_active(&mut self) -> Result<bool, TxError>;

    /// Resets a user's count of failed logins, without recording a login.
    fn clear_login_failures(&mut self, user: &User) -> Result<(), TxError>;

    /// The first user, by name, with this value in `custom_three`.
    fn user_with_custom_three(&mut self, value: &str) -> Result<Option<String>, TxError>;

    /// Requests a pause or a logout from the agent page of every live row of an agent (`vicidial_live_agents.external_pause`).
    fn set_external_pause(&mut self, user: &str, value: &str) -> Result<(), TxError>;

    /// The data that VICIdial's agent page stores about an agent's first session, by name.
    fn session_data(&mut self, user: &str) -> Result<Option<SessionData>, TxError>;

    /// Queues a stored call again for the cluster's daemons.
    fn queue_stored_call(&mut self, call: &StoredCall) -> Result<(), TxError>;
}
