//! The replies of `add_user`.

use fleet::field::Field;
use fleet::non_agent_api::AddUser;
use fleet::non_agent_api::add_user::Outcome;

use super::ReplyLine;

pub(super) fn line(sent: &AddUser, ending: &Outcome) -> ReplyLine {
    let level = sent.agent_user_level.as_str();
    let fields = |name: &str| {
        [name, sent.agent_pass.as_str(), level, sent.agent_full_name.as_str(), sent.agent_user_group.as_str()].join("|")
    };
    match ending {
        Outcome::Added(name) => ReplyLine::success("add_user USER HAS BEEN ADDED", fields(name)),
        Outcome::FieldsRequired => {
            ReplyLine::error("add_user YOU MUST USE ALL REQUIRED FIELDS", fields(sent.agent_user.as_str()))
        }
        Outcome::LevelNotAllowed(own) => ReplyLine::error(
            "add_user USER DOES NOT HAVE PERMISSION TO ADD USERS IN THIS USER LEVEL",
            format!("{level}|{own}"),
        ),
        Outcome::GroupUnknown => ReplyLine::error("add_user USER GROUP DOES NOT EXIST", sent.agent_user_group.as_str()),
        Outcome::UserExists => ReplyLine::error("add_user USER ALREADY EXISTS", sent.agent_user.as_str()),
    }
}
