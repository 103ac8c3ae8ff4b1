//! `add_phone_alias`: one login for several phones.

use crate::aliases::members::first_never_registered;
use crate::aliases::save;
use crate::field::{AliasId, AliasName, Field, PhoneLogins};
use crate::non_agent_api::command_fields::command_fields;
use crate::non_agent_api::{Caller, first_unknown_login};
use crate::records::Alias;
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields.
    pub struct AddPhoneAlias {
        /// The new login: 2 to 20 characters.
        pub alias_id: AliasId,
        /// The display name: 1 to 50 characters.
        pub alias_name: AliasName,
        /// The logins of its phones: 2 to 255 characters, stored as they were sent.
        pub phone_logins: PhoneLogins,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The alias was added.
    Added,
    /// A field is missing, too short or too long.
    FieldsRequired,
    /// An alias of this name exists; letter case does not matter.
    AliasExists,
    /// No phone has this login.
    PhoneUnknown(String),
    /// The phone of this login was never seen registered, and the setting requires that of members.
    NeverRegistered(String),
}

impl AddPhoneAlias {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if self.alias_id.len() < 2 || self.phone_logins.len() < 2 || self.alias_name.is_empty() {
            return Ok(Outcome::FieldsRequired);
        }
        if tx.alias_exists(self.alias_id.as_str())? {
            return Ok(Outcome::AliasExists);
        }
        if let Some(login) = first_unknown_login(tx, self.phone_logins.each())? {
            return Ok(Outcome::PhoneUnknown(login.to_owned()));
        }
        if let Some(login) = first_never_registered(tx, by.live_status, self.phone_logins.each())? {
            return Ok(Outcome::NeverRegistered(login.to_owned()));
        }
        if self.alias_id.is_too_long() || self.alias_name.is_too_long() || self.phone_logins.is_too_long() {
            return Ok(Outcome::FieldsRequired);
        }
        let alias = Alias {
            alias_id: self.alias_id.as_str().to_owned(),
            alias_name: self.alias_name.as_str().to_owned(),
            logins_list: self.phone_logins.as_str().to_owned(),
            active: true,
        };
        save::insert(tx, by.actor, &alias, None)?;
        Ok(Outcome::Added)
    }
}
