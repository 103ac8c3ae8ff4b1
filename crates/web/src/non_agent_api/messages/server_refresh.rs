//! The replies of `server_refresh`.

use fleet::field::Field;
use fleet::non_agent_api::ServerRefresh;
use fleet::non_agent_api::server_refresh::Outcome;

use super::ReplyLine;
use crate::dialect::Dialect;

pub(super) fn line(sent: &ServerRefresh, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    match ending {
        Outcome::Triggered(servers) => {
            ReplyLine::success("server_refresh SERVER REFRESH HAS BEEN TRIGGERED", servers.to_string())
        }
        Outcome::FieldsRequired => {
            let alias = [sent.alias_id.as_str(), sent.alias_name.as_str(), sent.phone_logins.as_str()].join("|");
            let data = if dialect == Dialect::Vicidial { alias } else { String::new() };
            ReplyLine::error("server_refresh YOU MUST USE ALL REQUIRED FIELDS", data)
        }
    }
}
