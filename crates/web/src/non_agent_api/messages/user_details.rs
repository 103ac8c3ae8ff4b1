//! The replies of `user_details`.

use fleet::field::Field;
use fleet::non_agent_api::UserDetails;
use fleet::non_agent_api::user_details::Outcome;

use super::ReplyLine;
use super::table::Table;

const COLUMNS: [&str; 5] = ["user", "full_name", "user_group", "user_level", "active"];

pub(super) fn line(sent: &UserDetails, ending: &Outcome) -> ReplyLine {
    let user = sent.agent_user.as_str();
    match ending {
        Outcome::Found { full_name, user_group, user_level, active } => {
            let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS);
            table.add(&[user, full_name, user_group, &user_level.to_string(), if *active { "Y" } else { "N" }]);
            table.line("user_details")
        }
        Outcome::SearchInvalid => ReplyLine::not_found("user_details INVALID SEARCH PARAMETERS", user),
        Outcome::NotFound => ReplyLine::not_found("user_details USER NOT FOUND", user),
    }
}
