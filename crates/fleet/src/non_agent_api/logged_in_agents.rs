//! `logged_in_agents`: who is logged in, and where.

use std::sync::Arc;

use crate::field::{Campaigns, Field, Header, ShowSubStatus, Stage, UserGroups};
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, Prepared};
use crate::users::columns::LiveAgentRow;
use crate::{FleetTx, TxError, name};

/// Names everything in a list.
const EVERYTHING: &str = "---ALL---";

command_fields! {
    /// The command's fields.
    pub struct LoggedInAgents {
        /// Only the agents in these campaigns.
        pub campaigns: Campaigns,
        /// Only the agents of these groups.
        pub user_groups: UserGroups,
        /// `csv` or `tab`, or else `|` between the columns.
        pub stage: Stage,
        /// `YES`.
        pub header: Header,
        /// `YES` for two columns more.
        pub show_sub_status: ShowSubStatus,
    }
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// These agents, at least one.
    Agents(Vec<Arc<LiveAgentRow>>),
    /// Nobody whom the caller sees.
    Nobody,
}

impl LoggedInAgents {
    /// Whether it is asked why agents pause.
    #[must_use]
    pub fn with_sub_status(&self) -> bool {
        self.show_sub_status.as_str() == "YES"
    }

    /// Carries the command out.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        // Who is of a group that does not exist works in no campaign.
        let Some(own) = tx.user_group(&by.user.user_group)? else { return Ok(Outcome::Nobody) };
        let Prepared::Agents(all) = by.prepared else { return Ok(Outcome::Nobody) };
        let is_wanted = |agent: &&Arc<LiveAgentRow>| {
            own.works_in(&agent.campaign_id)
                && own.sees(&agent.user_group)
                && has(self.campaigns.as_str(), &agent.campaign_id)
                && has(self.user_groups.as_str(), &agent.user_group)
        };
        let agents: Vec<Arc<LiveAgentRow>> = all.iter().filter(is_wanted).cloned().collect();
        Ok(if agents.is_empty() { Outcome::Nobody } else { Outcome::Agents(agents) })
    }
}

/// Whether a list that was sent has this name, or no list was sent.
fn has(list: &str, wanted: &str) -> bool {
    list.is_empty() || list.split('|').any(|name| name == EVERYTHING || name::same(name, wanted))
}
