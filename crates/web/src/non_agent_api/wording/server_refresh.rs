//! The replies of `server_refresh`.

use fleet::command::ServerRefresh;
use fleet::command::server_refresh::Ending;
use fleet::field::Field;

use super::Line;
use crate::Dialect;

pub(super) fn line(sent: &ServerRefresh, ending: &Ending, dialect: Dialect) -> Line {
    match ending {
        Ending::Triggered(servers) => {
            Line::success("server_refresh SERVER REFRESH HAS BEEN TRIGGERED", servers.to_string())
        }
        Ending::FieldsRequired => {
            let alias = [sent.alias_id.as_str(), sent.alias_name.as_str(), sent.phone_logins.as_str()].join("|");
            let data = if dialect == Dialect::Vicidial { alias } else { String::new() };
            Line::error("server_refresh YOU MUST USE ALL REQUIRED FIELDS", data)
        }
    }
}
