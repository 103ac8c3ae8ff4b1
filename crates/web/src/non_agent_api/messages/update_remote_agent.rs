//! The replies of `update_remote_agent`.

use fleet::field::Field;
use fleet::non_agent_api::UpdateRemoteAgent;
use fleet::non_agent_api::update_remote_agent::Outcome;

use super::ReplyLine;

pub(super) fn lines(sent: &UpdateRemoteAgent, ending: &Outcome) -> Vec<ReplyLine> {
    let (agent, status) = (sent.agent_user.as_str(), sent.status.as_str());
    let error = |reason: &'static str, data: String| vec![ReplyLine::error(reason, data)];
    match ending {
        Outcome::Done { is_already, changed } => {
            let notice = is_already
                .then(|| ReplyLine::notice(format!("update_remote_agent REMOTE AGENT IS ALREADY {status}"), agent));
            let last = if *changed {
                ReplyLine::success("update_remote_agent REMOTE AGENT HAS BEEN UPDATED", format!("{agent}|"))
            } else {
                ReplyLine::error("update_remote_agent NO UPDATES DEFINED", "")
            };
            notice.into_iter().chain([last]).collect()
        }
        Outcome::FieldsRequired => error("update_remote_agent YOU MUST USE ALL REQUIRED FIELDS", format!("{agent}|")),
        Outcome::Unknown => {
            error("update_remote_agent REMOTE AGENT DOES NOT EXIST", sent.server_ip.as_str().to_owned())
        }
        // VICIdial ends this one with an empty line.
        Outcome::MayNotUpdate { own, same } => error(
            "update_remote_agent USER DOES NOT HAVE PERMISSION TO UPDATE THIS REMOTE AGENT",
            format!("{agent}|{}|{own}\n", if *same { "<=" } else { "<" }),
        ),
        Outcome::LinesInvalid => error(
            "update_remote_agent YOU MUST USE A VALID NUMBER OF LINES, THIS IS AN OPTIONAL FIELD",
            sent.number_of_lines.as_str().to_owned(),
        ),
        Outcome::CampaignInvalid => error(
            "update_remote_agent YOU MUST USE A VALID CAMPAIGN ID, THIS IS AN OPTIONAL FIELD",
            format!("{}|0", sent.campaign_id.as_str()),
        ),
        Outcome::StatusInvalid => {
            error("update_remote_agent STATUS MUST BE ACTIVE OR INACTIVE, THIS IS AN OPTIONAL FIELD", status.to_owned())
        }
    }
}
