//! The replies of `update_phone_alias`.

use fleet::command::UpdatePhoneAlias;
use fleet::command::update_phone_alias::Ending;
use fleet::field::Field;

use super::{Line, required};
use crate::Dialect;

pub(super) fn line(sent: &UpdatePhoneAlias, ending: &Ending, dialect: Dialect) -> Line {
    let alias_id = sent.alias_id.as_str();
    match ending {
        Ending::Updated => Line::success("update_phone_alias PHONE ALIAS HAS BEEN UPDATED", format!("{alias_id}|")),
        Ending::Deleted => {
            let end = if dialect == Dialect::Documented { "|" } else { "" };
            Line::success("update_phone_alias PHONE ALIAS HAS BEEN DELETED", format!("{alias_id}{end}"))
        }
        Ending::MayNotDelete => {
            Line::notice("update_phone_alias USER DOES NOT HAVE PERMISSION TO DELETE PHONE ALIASES", "0")
        }
        Ending::FieldsRequired => {
            let fields = [alias_id, sent.alias_name.as_str(), sent.phone_logins.as_str()].join("|");
            Line::error("update_phone_alias YOU MUST USE ALL REQUIRED FIELDS", required(fields, dialect))
        }
        Ending::AliasUnknown => Line::error("update_phone_alias PHONE ALIAS DOES NOT EXIST", alias_id),
        Ending::AliasNameInvalid => {
            Line::error("update_phone_alias YOU MUST USE A VALID ALIAS NAME", sent.alias_name.as_str())
        }
        Ending::PhoneUnknown(login) => Line::error("update_phone_alias PHONE DOES NOT EXIST", login.as_str()),
        Ending::NeverRegistered(login) => Line::error("update_phone_alias PHONE HAS NEVER REGISTERED", login.as_str()),
        Ending::NothingToUpdate => Line::notice("update_phone_alias NO UPDATES DEFINED", ""),
    }
}
