//! The replies of `agent_campaigns`.

use fleet::field::Field;
use fleet::non_agent_api::AgentCampaigns;
use fleet::non_agent_api::agent_campaigns::Outcome;

use super::table::Table;
use super::{ReplyKind, ReplyLine};
use crate::dialect::Dialect;

const COLUMNS: [&str; 3] = ["user", "allowed_campaigns_list", "allowed_ingroups_list"];

pub(super) fn line(user: &str, sent: &AgentCampaigns, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    let agent = sent.agent_user.as_str();
    match ending {
        Outcome::Found { campaigns, in_groups } => {
            let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS);
            table.add(&[agent, &campaigns.join("-"), &in_groups.join("-")]);
            table.line_with("agent_campaigns RESULTS FOUND: 1")
        }
        Outcome::UserUnknown => ReplyLine::error("agent_campaigns AGENT USER DOES NOT EXIST", agent),
        // VICIdial names the agent before the caller here.
        Outcome::NoCampaigns => {
            let reason = "agent_campaigns THIS AGENT USER HAS NO AVAILABLE CAMPAIGNS";
            let between = if dialect == Dialect::Documented { " -" } else { ":" };
            ReplyLine::whole(ReplyKind::Error, reason, format!("ERROR: {reason}{between} {agent}|{user}|"))
        }
    }
}
