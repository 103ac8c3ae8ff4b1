//! `add_phone_alias` in its second published form: an alias for all phones with one extension, one per dialer.

use crate::aliases::members::first_never_registered;
use crate::aliases::save;
use crate::field::{Active, AliasId, Extension, Field, FieldId, PhoneLogins, ProtocolName, Reader};
use crate::non_agent_api::Caller;
use crate::non_agent_api::add_phone_alias::Outcome;
use crate::records::Alias;
use crate::{FleetTx, TxError};

/// The command's fields.
#[derive(Debug, Clone)]
pub struct AddPhoneAliasByExtension {
    /// The new login, sent as `alias`.
    pub alias: AliasId,
    /// The extension of its phones.
    pub extension: Extension,
    /// `SIP` or `IAX2`.
    pub protocol: ProtocolName,
    /// `Y`, or `N` for an alias that agents cannot log in with yet.
    pub active: Active,
}

impl AddPhoneAliasByExtension {
    /// Reads the command's fields.
    #[must_use]
    pub fn read(fields: Reader<'_>) -> Self {
        Self {
            alias: fields.get_from(FieldId::OtherFormAlias),
            extension: fields.get(),
            protocol: fields.get(),
            active: fields.get(),
        }
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let is_switch = matches!(self.active.as_str(), "Y" | "N");
        let is_protocol = matches!(self.protocol.as_str(), "SIP" | "IAX2");
        if self.alias.len() < 2 || self.extension.len() < 2 || !is_protocol || !is_switch {
            return Ok(Outcome::FieldsRequired);
        }
        if tx.alias_exists(self.alias.as_str())? {
            return Ok(Outcome::AliasExists);
        }
        let logins_list = tx.logins_of_extension(self.extension.as_str(), self.protocol.as_str())?.join(",");
        if logins_list.is_empty() {
            return Ok(Outcome::PhoneUnknown(self.extension.as_str().to_owned()));
        }
        if let Some(login) = first_never_registered(tx, by.live_status, logins_list.split(','))? {
            return Ok(Outcome::NeverRegistered(login.to_owned()));
        }
        if self.alias.is_too_long() || self.extension.is_too_long() || logins_list.len() > PhoneLogins::AT_MOST {
            return Ok(Outcome::FieldsRequired);
        }
        let alias = Alias {
            alias_id: self.alias.as_str().to_owned(),
            alias_name: self.alias.as_str().to_owned(),
            logins_list,
            active: self.active.as_str() == "Y",
        };
        save::insert(tx, by.actor, &alias, None)?;
        Ok(Outcome::Added)
    }
}
