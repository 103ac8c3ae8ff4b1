//! `logged_in_agents`: the agents that are logged in, with their sessions.

use std::sync::Arc;

use crate::field::{Campaigns, Field, Header, ShowSubStatus, Stage, UserGroups};
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::users::columns::LiveAgentRow;
use crate::{FleetTx, TxError, name};

command_fields! {
    /// The command's fields.
    pub struct LoggedInAgents {
        /// Only the agents in these campaigns.
        pub campaigns: Campaigns,
        /// Only the agents of these groups.
        pub user_groups: UserGroups,
        /// `csv` or `tab`; otherwise `|` separates the columns.
        pub stage: Stage,
        /// `YES` for a header line.
        pub header: Header,
        /// `YES` for two more columns.
        pub show_sub_status: ShowSubStatus,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The matching agents, at least one.
    Agents(Vec<Arc<LiveAgentRow>>),
    /// No agent matches, or the caller sees none of them.
    Nobody,
}

impl LoggedInAgents {
    /// Whether the call needs the reasons of pauses.
    #[must_use]
    pub fn with_sub_status(&self) -> bool {
        self.show_sub_status.as_str() == "YES"
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        // A member of a group that does not exist works in no campaign.
        let Some(own) = tx.user_group(&by.user.user_group)? else { return Ok(Outcome::Nobody) };
        let Prepared::Agents(all) = by.prepared else { return Ok(Outcome::Nobody) };
        let matches = |agent: &&Arc<LiveAgentRow>| {
            own.works_in(&agent.campaign_id)
                && own.sees(&agent.user_group)
                && has(self.campaigns.as_str(), &agent.campaign_id)
                && has(self.user_groups.as_str(), &agent.user_group)
        };
        let agents: Vec<Arc<LiveAgentRow>> = all.iter().filter(matches).cloned().collect();
        Ok(if agents.is_empty() { Outcome::Nobody } else { Outcome::Agents(agents) })
    }
}

/// Whether a list contains this name, or no list was sent.
fn has(list: &str, wanted: &str) -> bool {
    list.is_empty() || list.split('|').any(|name| name::same(name, wanted))
}
