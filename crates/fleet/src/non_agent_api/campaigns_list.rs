//! `campaigns_list`: campaigns with their dial settings.

use crate::campaigns::CampaignSettings;
use crate::field::{CampaignId, Field, Header, Stage};
use crate::name;
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields, all of them optional.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct CampaignsList {
        pub campaign_id: CampaignId,
        pub stage: Stage,
        pub header: Header,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The listed campaigns, at least one.
    Campaigns(Vec<CampaignSettings>),
    /// The caller's group allows none of the requested campaigns.
    Nothing,
}

impl CampaignsList {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let Some(own) = tx.user_group(&by.user.user_group)? else { return Ok(Outcome::Nothing) };
        let Prepared::Campaigns { campaigns, .. } = by.prepared else { return Ok(Outcome::Nothing) };
        let is_listed = |campaign: &&CampaignSettings| {
            own.works_in(&campaign.campaign_id) && matches_filter(&self.campaign_id, &campaign.campaign_id)
        };
        let listed: Vec<CampaignSettings> = campaigns.iter().filter(is_listed).cloned().collect();
        Ok(if listed.is_empty() { Outcome::Nothing } else { Outcome::Campaigns(listed) })
    }
}

/// Whether a campaign has the requested name. Without a requested name, every campaign matches.
pub(super) fn matches_filter(named: &CampaignId, campaign_id: &str) -> bool {
    named.is_empty() || name::same(named.as_str(), campaign_id)
}
