//! What the rules ask of a database about campaigns, in-groups, remote agents, mailboxes and settings containers.

use crate::TxError;
use crate::campaigns::{CampaignSettings, Container, InGroup, Mailbox, RemoteAgent, RemoteAgentChanges};

/// Campaigns, in-groups, remote agents, mailboxes and settings containers.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait CampaignsTx {
    /// Every campaign, by name.
    fn campaign_settings(&mut self) -> Result<Vec<CampaignSettings>, TxError>;

    /// Every in-group, by name.
    fn in_groups(&mut self) -> Result<Vec<InGroup>, TxError>;

    /// The first remote agent that begins with this user.
    fn remote_agent(&mut self, user_start: &str) -> Result<Option<RemoteAgent>, TxError>;

    /// Changes every remote agent that begins with this user.
    fn change_remote_agents(&mut self, user_start: &str, changes: &RemoteAgentChanges<'_>) -> Result<(), TxError>;

    /// The active mailboxes that are no phone's, by box.
    fn mailboxes(&mut self) -> Result<Vec<Mailbox>, TxError>;

    /// The mailboxes of the active phones, by box; of several phones with one box, each.
    fn phone_mailboxes(&mut self) -> Result<Vec<Mailbox>, TxError>;

    /// The settings containers of this type, by name.
    fn containers(&mut self, container_type: &str) -> Result<Vec<Container>, TxError>;
}
