//! The replies of `copy_user`.

use fleet::field::Field;
use fleet::non_agent_api::CopyUser;
use fleet::non_agent_api::copy_user::Outcome;

use super::ReplyLine;

pub(super) fn line(sent: &CopyUser, ending: &Outcome) -> ReplyLine {
    let (pass, full_name, source) =
        (sent.agent_pass.as_str(), sent.agent_full_name.as_str(), sent.source_user.as_str());
    match ending {
        Outcome::Copied(name) => {
            ReplyLine::success("copy_user USER HAS BEEN COPIED", [name, pass, full_name, source].join("|"))
        }
        Outcome::FieldsRequired => ReplyLine::error(
            "copy_user YOU MUST USE ALL REQUIRED FIELDS",
            [sent.agent_user.as_str(), pass, source, full_name].join("|"),
        ),
        Outcome::LevelNotAllowed { level, own } => ReplyLine::error(
            "copy_user USER DOES NOT HAVE PERMISSION TO COPY USERS IN THIS USER LEVEL",
            format!("{level}|{own}"),
        ),
        Outcome::GroupUnknown(group) => ReplyLine::error("copy_user USER GROUP DOES NOT EXIST", group.as_str()),
        Outcome::RightsLacking => ReplyLine::error(
            "copy_user USER DOES NOT HAVE PERMISSION TO COPY USERS WITH RIGHTS THAT IT LACKS",
            sent.source_user.as_str(),
        ),
        Outcome::UserExists => ReplyLine::error("copy_user USER ALREADY EXISTS", sent.agent_user.as_str()),
    }
}
