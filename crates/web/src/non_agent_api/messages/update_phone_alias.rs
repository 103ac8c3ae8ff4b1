//! The replies of `update_phone_alias`.

use fleet::field::Field;
use fleet::non_agent_api::UpdatePhoneAlias;
use fleet::non_agent_api::update_phone_alias::Outcome;

use super::{ReplyLine, required};
use crate::dialect::Dialect;

pub(super) fn line(sent: &UpdatePhoneAlias, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    let alias_id = sent.alias_id.as_str();
    match ending {
        Outcome::Updated => {
            ReplyLine::success("update_phone_alias PHONE ALIAS HAS BEEN UPDATED", format!("{alias_id}|"))
        }
        Outcome::Deleted => {
            let end = if dialect == Dialect::Documented { "|" } else { "" };
            ReplyLine::success("update_phone_alias PHONE ALIAS HAS BEEN DELETED", format!("{alias_id}{end}"))
        }
        Outcome::MayNotDelete => {
            ReplyLine::notice("update_phone_alias USER DOES NOT HAVE PERMISSION TO DELETE PHONE ALIASES", "0")
        }
        Outcome::FieldsRequired => {
            let fields = [alias_id, sent.alias_name.as_str(), sent.phone_logins.as_str()].join("|");
            ReplyLine::error("update_phone_alias YOU MUST USE ALL REQUIRED FIELDS", required(fields, dialect))
        }
        Outcome::AliasUnknown => ReplyLine::error("update_phone_alias PHONE ALIAS DOES NOT EXIST", alias_id),
        Outcome::AliasNameInvalid => {
            ReplyLine::error("update_phone_alias YOU MUST USE A VALID ALIAS NAME", sent.alias_name.as_str())
        }
        Outcome::PhoneUnknown(login) => ReplyLine::error("update_phone_alias PHONE DOES NOT EXIST", login.as_str()),
        Outcome::NeverRegistered(login) => {
            ReplyLine::error("update_phone_alias PHONE HAS NEVER REGISTERED", login.as_str())
        }
        Outcome::NothingToUpdate => ReplyLine::notice("update_phone_alias NO UPDATES DEFINED", ""),
    }
}
