//! The replies of `agent_status`.

use fleet::agent_states::SubStatus;
use fleet::field::Field;
use fleet::non_agent_api::AgentStatus;
use fleet::non_agent_api::agent_status::{Found, Outcome};

use super::ReplyLine;
use super::table::Table;

/// Columns of the reply. The last is shown only on request.
const COLUMNS: [&str; 14] = [
    "status",
    "callerid",
    "lead_id",
    "campaign_id",
    "calls_today",
    "full_name",
    "user_group",
    "user_level",
    "pause_code",
    "real_time_sub_status",
    "phone_number",
    "vendor_lead_code",
    "session_id",
    "computer_ip",
];

pub(super) fn line(sent: &AgentStatus, ending: &Outcome) -> ReplyLine {
    let agent = sent.agent_user.as_str();
    match ending {
        Outcome::Found(found) => {
            let columns = if sent.with_ip() { COLUMNS.len() } else { COLUMNS.len() - 1 };
            let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS[..columns]);
            add(&mut table, found, columns);
            table.line("agent_status")
        }
        Outcome::SearchInvalid => ReplyLine::not_found("agent_status INVALID SEARCH PARAMETERS", agent),
        Outcome::NotFound => ReplyLine::not_found("agent_status AGENT NOT FOUND", agent),
        Outcome::NotLoggedIn => ReplyLine::not_found("agent_status AGENT NOT LOGGED IN", agent),
    }
}

fn add(table: &mut Table, found: &Found, columns: usize) {
    let state = &found.state;
    let record: [&str; COLUMNS.len()] = [
        &state.status,
        &state.callerid,
        &found.lead_id.to_string(),
        &state.campaign_id,
        &state.calls_today,
        &found.full_name,
        &found.user_group,
        &found.user_level.to_string(),
        &state.pause_code,
        found.sub_status.map_or("", SubStatus::word),
        &found.lead.phone_number,
        &found.lead.vendor_lead_code,
        &state.conf_exten,
        found.computer_ip.as_deref().unwrap_or_default(),
    ];
    table.add(&record[..columns]);
}
