//! The replies of `server_refresh`.

use fleet::field::Field;
use fleet::non_agent_api::ServerRefresh;
use fleet::non_agent_api::server_refresh::Outcome;

use super::Line;
use crate::dialect::Dialect;

pub(super) fn line(sent: &ServerRefresh, ending: &Outcome, dialect: Dialect) -> Line {
    match ending {
        Outcome::Triggered(servers) => {
            Line::success("server_refresh SERVER REFRESH HAS BEEN TRIGGERED", servers.to_string())
        }
        Outcome::FieldsRequired => {
            let alias = [sent.alias_id.as_str(), sent.alias_name.as_str(), sent.phone_logins.as_str()].join("|");
            let data = if dialect == Dialect::Vicidial { alias } else { String::new() };
            Line::error("server_refresh YOU MUST USE ALL REQUIRED FIELDS", data)
        }
    }
}
