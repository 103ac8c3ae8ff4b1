//! The replies of `add_phone`.

use fleet::field::Field;
use fleet::non_agent_api::AddPhone;
use fleet::non_agent_api::add_phone::Outcome;

use super::{ReplyLine, required};
use crate::dialect::Dialect;

pub(super) fn line(sent: &AddPhone, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    let (extension, server_ip) = (sent.extension.as_str(), sent.server_ip.as_str());
    match ending {
        Outcome::Added => ReplyLine::success(
            "add_phone PHONE HAS BEEN ADDED",
            [extension, server_ip, sent.protocol.as_str(), sent.dialplan_number.as_str()].join("|"),
        ),
        Outcome::FieldsRequired => {
            let fields = [
                extension,
                sent.dialplan_number.as_str(),
                sent.voicemail_id.as_str(),
                sent.phone_login.as_str(),
                sent.phone_pass.as_str(),
                server_ip,
                sent.protocol.as_str(),
                sent.registration_password.as_str(),
                sent.phone_full_name.as_str(),
                sent.local_gmt.as_str(),
                sent.outbound_cid.as_str(),
            ];
            ReplyLine::error("add_phone YOU MUST USE ALL REQUIRED FIELDS", required(fields.join("|"), dialect))
        }
        Outcome::ServerUnknown => ReplyLine::error("add_phone SERVER DOES NOT EXIST", server_ip),
        Outcome::PhoneExists => {
            ReplyLine::error("add_phone PHONE ALREADY EXISTS ON THIS SERVER", format!("{server_ip}|{extension}"))
        }
        Outcome::LoginExists => ReplyLine::error("add_phone PHONE LOGIN ALREADY EXISTS", sent.phone_login.as_str()),
        Outcome::TimeZoneInvalid => {
            ReplyLine::error("add_phone YOU MUST USE A VALID TIMEZONE", sent.local_gmt.as_str())
        }
        Outcome::TemplateUnknown => ReplyLine::error(
            "add_phone TEMPLATE ID DOES NOT EXIST, THIS IS AN OPTIONAL FIELD",
            format!("{}|{}", sent.phone_login.as_str(), sent.template_id.as_str()),
        ),
    }
}
