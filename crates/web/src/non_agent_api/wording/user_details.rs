//! The replies of `user_details`.

use fleet::command::UserDetails;
use fleet::command::user_details::Ending;
use fleet::field::Field;

use super::Line;
use super::table::Table;

const COLUMNS: [&str; 5] = ["user", "full_name", "user_group", "user_level", "active"];

pub(super) fn line(sent: &UserDetails, ending: &Ending) -> Line {
    let user = sent.agent_user.as_str();
    match ending {
        Ending::Found { full_name, user_group, user_level, active } => {
            let mut table = Table::new(&sent.stage, &sent.header, &COLUMNS);
            table.add(&[user, full_name, user_group, &user_level.to_string(), if *active { "Y" } else { "N" }]);
            table.line("user_details")
        }
        Ending::SearchInvalid => Line::not_found("user_details INVALID SEARCH PARAMETERS", user),
        Ending::NotFound => Line::not_found("user_details USER NOT FOUND", user),
    }
}
