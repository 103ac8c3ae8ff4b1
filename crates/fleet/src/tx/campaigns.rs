//! Database operations on campaigns, in-groups, remote agents, mailboxes and settings containers.

use crate::TxError;
use crate::campaigns::{CampaignSettings, Container, InGroup, Mailbox, RemoteAgent, RemoteAgentChanges};

/// Database operations on campaigns, in-groups, remote agents, mailboxes and settings containers.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait CampaignsTx {
    /// Every campaign, by name.
    fn campaign_settings(&mut self) -> Result<Vec<CampaignSettings>, TxError>;

    /// Every in-group, by name.
    fn in_groups(&mut self) -> Result<Vec<InGroup>, TxError>;

    /// The first remote agent that starts at this user.
    fn remote_agent(&mut self, user_start: &str) -> Result<Option<RemoteAgent>, TxError>;

    /// Changes every remote agent that starts at this user.
    fn change_remote_agents(&mut self, user_start: &str, changes: &RemoteAgentChanges<'_>) -> Result<(), TxError>;

    /// The active mailboxes that belong to no phone, by number.
    fn mailboxes(&mut self) -> Result<Vec<Mailbox>, TxError>;

    /// The mailboxes of the active phones, by number; a shared mailbox appears once per phone.
    fn phone_mailboxes(&mut self) -> Result<Vec<Mailbox>, TxError>;

    /// The settings containers of this type, by name.
    fn containers(&mut self, container_type: &str) -> Result<Vec<Container>, TxError>;
}
