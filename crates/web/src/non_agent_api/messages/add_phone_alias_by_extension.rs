//! The replies of `add_phone_alias` in its form with an extension. They are the same in both dialects.

use fleet::field::Field;
use fleet::non_agent_api::{AddPhoneAliasByExtension, Outcome, add_phone_alias};

use super::add_phone_alias::{ADDED, ALIAS_EXISTS, FIELDS_REQUIRED, NEVER_REGISTERED, PHONE_UNKNOWN};
use super::{ReplyKind, ReplyLine};

/// The reply, if this form has a special one for this outcome.
pub(super) fn line(sent: &AddPhoneAliasByExtension, ending: &Outcome) -> Option<ReplyLine> {
    let error = |reason, text: &str| Some(ReplyLine::whole(ReplyKind::Error, reason, format!("ERROR: {text}")));
    match ending {
        Outcome::AddPhoneAlias(add_phone_alias::Outcome::Added) => {
            let (alias, extension) = (sent.alias.as_str(), sent.extension.as_str());
            let text = format!("SUCCESS: {alias} | Alias Created Successfully for Extension {extension}");
            Some(ReplyLine::whole(ReplyKind::Success, ADDED, text))
        }
        Outcome::AddPhoneAlias(add_phone_alias::Outcome::AliasExists) => {
            error(ALIAS_EXISTS, "ALIAS NAME ALREADY EXISTS")
        }
        Outcome::AddPhoneAlias(add_phone_alias::Outcome::PhoneUnknown(_)) => {
            error(PHONE_UNKNOWN, "PHONE DOES NOT EXIST")
        }
        // The request did not name the phones, so the reply names the one that never registered.
        Outcome::AddPhoneAlias(add_phone_alias::Outcome::NeverRegistered(login)) => {
            error(NEVER_REGISTERED, &format!("PHONE HAS NEVER REGISTERED - {login}"))
        }
        Outcome::AddPhoneAlias(add_phone_alias::Outcome::FieldsRequired) | Outcome::SourceTooShort => {
            error(FIELDS_REQUIRED, "YOU MUST USE ALL REQUIRED FIELDS")
        }
        Outcome::FunctionNotAllowed | Outcome::NoPermission | Outcome::AddressNotAllowed => error(
            "auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION",
            "USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION",
        ),
        Outcome::LoginIncorrect => error("INVALID USERNAME OR PASSWORD", "INVALID USERNAME OR PASSWORD"),
        _ => None,
    }
}
