//! Implementation of [`CampaignsTx`] for every engine.

use fleet::TxError;
use fleet::campaigns::{CampaignSettings, Container, InGroup, Mailbox, RemoteAgent, RemoteAgentChanges};
use fleet::name::key;
use fleet::tx::CampaignsTx;

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::row;

row! { campaign: CampaignSettings from "vicidial_campaigns" {
    campaign_id, campaign_name, active, user_group, dial_method, auto_dial_level, lead_order, dial_statuses, dial_timeout,
    dial_prefix, manual_dial_prefix, three_way_dial_prefix, closer_campaigns
} }

row! { in_group: InGroup from "vicidial_inbound_groups" { group_id, active, user_group } }

row! { remote_agent: RemoteAgent from "vicidial_remote_agents" { user_start, status } }

row! { mailbox: Mailbox from "vicidial_voicemail" { voicemail_id, name = "fullname", email, user_group } }

row! { phone_mailbox: struct PhoneMailbox from "phones" {
    voicemail_id: String, extension: String, fullname: String, email: String, user_group: String
} }

row! { container: Container from "vicidial_settings_containers" { container_id, container_notes, user_group } }

impl<D: Database> CampaignsTx for SqlTx<D> {
    fn campaign_settings(&mut self) -> Result<Vec<CampaignSettings>, TxError> {
        self.all(concat!(campaign!(), "ORDER BY campaign_id"), params![], campaign)
    }

    fn in_groups(&mut self) -> Result<Vec<InGroup>, TxError> {
        self.all(concat!(in_group!(), "ORDER BY group_id"), params![], in_group)
    }

    fn remote_agent(&mut self, user_start: &str) -> Result<Option<RemoteAgent>, TxError> {
        self.one(
            concat!(
                remote_agent!(),
                "WHERE lower(rtrim(user_start)) = ?1 ORDER BY remote_agent_id LIMIT 1 /*FOR UPDATE*/"
            ),
            [key(user_start)],
            remote_agent,
        )
    }

    fn change_remote_agents(&mut self, user_start: &str, changes: &RemoteAgentChanges<'_>) -> Result<(), TxError> {
        self.change(
            "UPDATE vicidial_remote_agents SET number_of_lines = ifnull(?2, number_of_lines),
                    campaign_id = ifnull(?3, campaign_id), status = ifnull(?4, status)
             WHERE lower(rtrim(user_start)) = ?1",
            params![key(user_start), changes.number_of_lines, changes.campaign_id, changes.status],
        )
        .map(drop)
    }

    fn mailboxes(&mut self) -> Result<Vec<Mailbox>, TxError> {
        self.all(concat!(mailbox!(), "WHERE active = 'Y' ORDER BY voicemail_id"), params![], mailbox)
    }

    fn phone_mailboxes(&mut self) -> Result<Vec<Mailbox>, TxError> {
        self.all(
            concat!(phone_mailbox!(), "WHERE active = 'Y' ORDER BY voicemail_id, extension, server_ip"),
            params![],
            |row| {
                let PhoneMailbox { voicemail_id, extension, fullname, email, user_group } = phone_mailbox(row)?;
                Ok(Mailbox { voicemail_id, name: format!("{extension} - {fullname}"), email, user_group })
            },
        )
    }

    fn containers(&mut self, container_type: &str) -> Result<Vec<Container>, TxError> {
        self.all(
            concat!(container!(), "WHERE lower(rtrim(container_type)) = ?1 ORDER BY container_id"),
            [key(container_type)],
            container,
        )
    }
}
