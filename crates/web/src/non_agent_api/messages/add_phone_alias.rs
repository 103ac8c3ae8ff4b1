//! The replies of `add_phone_alias`.

use fleet::field::Field;
use fleet::non_agent_api::AddPhoneAlias;
use fleet::non_agent_api::add_phone_alias::Outcome;

use super::{ReplyLine, required};
use crate::dialect::Dialect;

pub(super) const ADDED: &str = "add_phone_alias PHONE ALIAS HAS BEEN ADDED";
pub(super) const FIELDS_REQUIRED: &str = "add_phone_alias YOU MUST USE ALL REQUIRED FIELDS";
pub(super) const ALIAS_EXISTS: &str = "add_phone_alias PHONE ALIAS ALREADY EXISTS";
pub(super) const PHONE_UNKNOWN: &str = "add_phone_alias PHONE DOES NOT EXIST";
pub(super) const NEVER_REGISTERED: &str = "add_phone_alias PHONE HAS NEVER REGISTERED";

pub(super) fn line(sent: &AddPhoneAlias, ending: &Outcome, dialect: Dialect) -> ReplyLine {
    let fields = || [sent.alias_id.as_str(), sent.alias_name.as_str(), sent.phone_logins.as_str()].join("|");
    match ending {
        Outcome::Added => ReplyLine::success(ADDED, fields()),
        Outcome::FieldsRequired => ReplyLine::error(FIELDS_REQUIRED, required(fields(), dialect)),
        Outcome::AliasExists => ReplyLine::error(ALIAS_EXISTS, sent.alias_id.as_str()),
        Outcome::PhoneUnknown(login) => ReplyLine::error(PHONE_UNKNOWN, login.as_str()),
        Outcome::NeverRegistered(login) => ReplyLine::error(NEVER_REGISTERED, login.as_str()),
    }
}
