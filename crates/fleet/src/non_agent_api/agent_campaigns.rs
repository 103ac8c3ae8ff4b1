//! `agent_campaigns`: lists the campaigns and in-groups of an agent.

use std::collections::HashSet;

use crate::authorization::Visibility;
use crate::campaigns::{CampaignSettings, InGroup};
use crate::field::{AgentUser, CampaignId, Field, Header, IgnoreAgentdirect, Stage};
use crate::name;
use crate::non_agent_api::campaigns_list::matches_filter;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::{FleetTx, TxError};

/// Prefix of the names of in-groups that serve a single agent.
const AGENTDIRECT: &str = "AGENTDIRECT";

command_fields! {
    /// The command's fields. The first is required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct AgentCampaigns {
        pub agent_user: AgentUser,
        pub campaign_id: CampaignId,
        pub ignore_agentdirect: IgnoreAgentdirect,
        pub stage: Stage,
        pub header: Header,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The agent's campaigns and in-groups.
    Found {
        /// Campaigns, at least one.
        campaigns: Vec<String>,
        /// In-groups.
        in_groups: Vec<String>,
    },
    /// The user is unknown, or the caller does not see the user's group.
    UserUnknown,
    /// The agent's group allows none of the requested active campaigns.
    NoCampaigns,
}

impl AgentCampaigns {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let Some(agent) = tx.user(self.agent_user.as_str())? else { return Ok(Outcome::UserUnknown) };
        if !Visibility::of(tx, by.user)?.see_group(&agent.user_group) {
            return Ok(Outcome::UserUnknown);
        }
        let Some(group) = tx.user_group(&agent.user_group)? else { return Ok(Outcome::NoCampaigns) };
        let Prepared::Campaigns { campaigns, in_groups } = by.prepared else { return Ok(Outcome::NoCampaigns) };
        let is_listed = |campaign: &&CampaignSettings| {
            campaign.active == "Y"
                && group.works_in(&campaign.campaign_id)
                && matches_filter(&self.campaign_id, &campaign.campaign_id)
        };
        let campaigns: Vec<&CampaignSettings> = campaigns.iter().filter(is_listed).collect();
        if campaigns.is_empty() {
            return Ok(Outcome::NoCampaigns);
        }
        Ok(Outcome::Found {
            in_groups: self.in_groups(&campaigns, in_groups),
            campaigns: campaigns.iter().map(|campaign| campaign.campaign_id.clone()).collect(),
        })
    }

    /// The active in-groups whose calls go to agents of these campaigns.
    fn in_groups(&self, campaigns: &[&CampaignSettings], all: &[InGroup]) -> Vec<String> {
        let lists = campaigns.iter().map(|campaign| campaign.closer_campaigns.as_str());
        let named: HashSet<String> = lists.flat_map(str::split_whitespace).map(name::key).collect();
        let ignores_agentdirect = self.ignore_agentdirect.as_str() == "Y";
        let is_listed = |group: &&InGroup| {
            group.active
                && named.contains(&name::key(&group.group_id))
                && !(ignores_agentdirect && group.group_id.starts_with(AGENTDIRECT))
        };
        all.iter().filter(is_listed).map(|group| group.group_id.clone()).collect()
    }
}
