//! The replies of `user_group_status`.

use fleet::field::Field;
use fleet::non_agent_api::UserGroupStatus;
use fleet::non_agent_api::user_group_status::Outcome;

use super::ReplyLine;
use super::table::Table;

const COLUMNS: [&str; 9] = [
    "usergroups",
    "calls_waiting",
    "agents_logged_in",
    "agents_in_calls",
    "agents_waiting",
    "agents_paused",
    "agents_in_dead_calls",
    "agents_in_dispo",
    "agents_in_dial",
];

pub(super) fn line(sent: &UserGroupStatus, ending: &Outcome) -> ReplyLine {
    let groups = sent.user_groups.as_str();
    let Outcome::Counted(counts) = ending else {
        return ReplyLine::not_found("user_group_status INVALID SEARCH PARAMETERS", groups);
    };
    let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS);
    let numbers = [
        counts.calls_waiting,
        counts.agents_logged_in,
        counts.agents_in_calls,
        counts.agents_waiting,
        counts.agents_paused,
        counts.agents_in_dead_calls,
        counts.agents_in_dispo,
        counts.agents_in_dial,
    ]
    .map(|number| number.to_string());
    let groups = groups.replace('|', " ");
    let record: Vec<&str> = std::iter::once(groups.as_str()).chain(numbers.iter().map(String::as_str)).collect();
    table.add(&record);
    table.line_with(format!("user_group_status AGENTS FOUND: {}", counts.agents_logged_in))
}
