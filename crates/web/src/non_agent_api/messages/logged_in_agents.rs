//! The replies of `logged_in_agents`.

use fleet::agent_states::SubStatus;
use fleet::non_agent_api::LoggedInAgents;
use fleet::non_agent_api::logged_in_agents::Outcome;
use fleet::users::columns::LiveAgentRow;

use super::ReplyLine;
use super::table::Table;

/// Columns of the list. The last two are included only on request.
const COLUMNS: [&str; 12] = [
    "user",
    "campaign_id",
    "session_id",
    "status",
    "lead_id",
    "callerid",
    "calls_today",
    "full_name",
    "user_group",
    "user_level",
    "pause_code",
    "sub_status",
];

pub(super) fn line(sent: &LoggedInAgents, ending: &Outcome) -> ReplyLine {
    let Outcome::Agents(agents) = ending else {
        return ReplyLine::not_found("logged_in_agents NO LOGGED IN AGENTS", "");
    };
    let columns = if sent.with_sub_status() { COLUMNS.len() } else { COLUMNS.len() - 2 };
    let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS[..columns]);
    for agent in agents {
        table.add(&record(agent)[..columns]);
    }
    table.line("logged_in_agents")
}

fn record(agent: &LiveAgentRow) -> [&str; 12] {
    [
        &agent.user,
        &agent.campaign_id,
        &agent.conf_exten,
        &agent.status,
        &agent.lead_id,
        &agent.callerid,
        &agent.calls_today,
        &agent.full_name,
        &agent.user_group,
        &agent.user_level,
        &agent.pause_code,
        agent.sub_status.map_or("", SubStatus::word),
    ]
}
