//! The replies of `update_phone`.

use fleet::field::Field;
use fleet::non_agent_api::UpdatePhone;
use fleet::non_agent_api::update_phone::{InvalidField, Outcome};

use super::ReplyLine;
use crate::dialect::Dialect;

pub(super) fn line(sent: &UpdatePhone, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    let (extension, server_ip) = (sent.extension.as_str(), sent.server_ip.as_str());
    match ending {
        Outcome::Updated { protocol, dialplan_number } => {
            let now =
                if dialect == Dialect::Documented { format!("{protocol}|{dialplan_number}") } else { String::new() };
            ReplyLine::success("update_phone PHONE HAS BEEN UPDATED", format!("{extension}|{server_ip}|{now}"))
        }
        Outcome::Deleted => {
            ReplyLine::success("update_phone PHONE HAS BEEN DELETED", format!("{extension}|{server_ip}|"))
        }
        Outcome::MayNotDelete => ReplyLine::notice("update_phone USER DOES NOT HAVE PERMISSION TO DELETE PHONES", "0"),
        Outcome::FieldsRequired => {
            ReplyLine::error("update_phone YOU MUST USE ALL REQUIRED FIELDS", format!("{extension}|{server_ip}"))
        }
        Outcome::ServerUnknown => ReplyLine::error("update_phone SERVER DOES NOT EXIST", server_ip),
        Outcome::PhoneUnknown => {
            ReplyLine::error("update_phone PHONE DOES NOT EXIST ON THIS SERVER", format!("{server_ip}|{extension}"))
        }
        Outcome::LoginExists => ReplyLine::error("update_phone LOGIN ALREADY EXISTS", sent.phone_login.as_str()),
        Outcome::TemplateUnknown => ReplyLine::error(
            "update_phone TEMPLATE ID DOES NOT EXIST, THIS IS AN OPTIONAL FIELD",
            format!("|{}", sent.template_id.as_str()),
        ),
        Outcome::Invalid(field) => invalid(sent, *field),
    }
}

fn invalid(sent: &UpdatePhone, field: InvalidField) -> ReplyLine {
    let (reason, data) = match field {
        InvalidField::LocalGmt => ("update_phone YOU MUST USE A VALID TIMEZONE", sent.local_gmt.as_str()),
        InvalidField::Email => ("update_phone YOU MUST USE A VALID EMAIL", sent.email.as_str()),
        InvalidField::PhoneContext => ("update_phone YOU MUST USE A VALID PHONE CONTEXT", sent.phone_context.as_str()),
        InvalidField::PhoneFullName => ("update_phone YOU MUST USE A VALID PHONE NAME", sent.phone_full_name.as_str()),
        InvalidField::RegistrationPassword => {
            ("update_phone YOU MUST USE A VALID REGISTRATION PASSWORD", sent.registration_password.as_str())
        }
        InvalidField::Protocol => ("update_phone YOU MUST USE A VALID PROTOCOL", sent.protocol.as_str()),
        InvalidField::PhonePass => ("update_phone YOU MUST USE A VALID PHONE PASSWORD", sent.phone_pass.as_str()),
        InvalidField::VoicemailId => ("update_phone YOU MUST USE A VALID VOICEMAIL NUMBER", sent.voicemail_id.as_str()),
        InvalidField::DialplanNumber => {
            ("update_phone YOU MUST USE A VALID DIALPLAN NUMBER", sent.dialplan_number.as_str())
        }
        InvalidField::Active => ("update_phone ACTIVE MUST BE Y OR N, THIS IS AN OPTIONAL FIELD", sent.active.as_str()),
        InvalidField::OutboundCid => (
            "update_phone OUTBOUND CID MUST BE FROM 6 TO 18 DIGITS, THIS IS AN OPTIONAL FIELD",
            sent.outbound_cid.as_str(),
        ),
        InvalidField::AdminUserGroup => (
            "update_phone USER GROUP MUST BE FROM 2 TO 20 CHARACTERS, THIS IS AN OPTIONAL FIELD",
            sent.admin_user_group.as_str(),
        ),
        InvalidField::OutboundAltCid => (
            "update_phone OUTBOUND ALT CID MUST BE FROM 6 TO 18 DIGITS, THIS IS AN OPTIONAL FIELD",
            sent.outbound_alt_cid.as_str(),
        ),
        // VICIdial repeats another field here.
        InvalidField::PhoneRingTimeout => (
            "update_phone PHONE RING TIMEOUT MUST BE FROM 2 TO 180 SECONDS, THIS IS AN OPTIONAL FIELD",
            sent.outbound_alt_cid.as_str(),
        ),
        InvalidField::DeleteVmAfterEmail => (
            "update_phone DELETE VOICEMAIL AFTER EMAIL MUST BE Y OR N, THIS IS AN OPTIONAL FIELD",
            sent.delete_vm_after_email.as_str(),
        ),
    };
    ReplyLine::error(reason, data)
}
