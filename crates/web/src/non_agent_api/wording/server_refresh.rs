//! The replies of `server_refresh`.

use fleet::command::server_refresh::Ending;

use super::Line;
use crate::Dialect;

pub(super) fn line(ending: &Ending, dialect: Dialect) -> Line {
    match ending {
        Ending::Triggered(servers) => {
            Line::success("server_refresh SERVER REFRESH HAS BEEN TRIGGERED", servers.to_string())
        }
        Ending::FieldsRequired => {
            let data = if dialect == Dialect::Vicidial { "||" } else { "" };
            Line::error("server_refresh YOU MUST USE ALL REQUIRED FIELDS", data)
        }
    }
}
