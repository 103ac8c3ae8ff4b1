//! The replies of `add_phone`.

use fleet::command::AddPhone;
use fleet::command::add_phone::Ending;
use fleet::field::Field;

use super::{Line, required};
use crate::Dialect;

pub(super) fn line(sent: &AddPhone, ending: &Ending, dialect: Dialect) -> Line {
    let (extension, server_ip) = (sent.extension.as_str(), sent.server_ip.as_str());
    match ending {
        Ending::Added => Line::success(
            "add_phone PHONE HAS BEEN ADDED",
            [extension, server_ip, sent.protocol.as_str(), sent.dialplan_number.as_str()].join("|"),
        ),
        Ending::FieldsRequired => {
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
            Line::error("add_phone YOU MUST USE ALL REQUIRED FIELDS", required(fields.join("|"), dialect))
        }
        Ending::ServerUnknown => Line::error("add_phone SERVER DOES NOT EXIST", server_ip),
        Ending::PhoneExists => {
            Line::error("add_phone PHONE ALREADY EXISTS ON THIS SERVER", format!("{server_ip}|{extension}"))
        }
        Ending::LoginExists => Line::error("add_phone PHONE LOGIN ALREADY EXISTS", sent.phone_login.as_str()),
        Ending::TimeZoneInvalid => Line::error("add_phone YOU MUST USE A VALID TIMEZONE", sent.local_gmt.as_str()),
        Ending::TemplateUnknown => Line::error(
            "add_phone TEMPLATE ID DOES NOT EXIST, THIS IS AN OPTIONAL FIELD",
            format!("{extension}|{}", sent.template_id.as_str()),
        ),
    }
}
