//! `update_phone_alias`: changing the name or the phones of an alias, or deleting it.

use crate::aliases::members::first_never_registered;
use crate::aliases::save::AliasUpdate;
use crate::aliases::{delete, save};
use crate::field::{Active, AliasId, AliasName, DeleteAlias, Field, FieldId, PhoneLogins, Reader};
use crate::non_agent_api::{Caller, first_unknown_login};
use crate::records::Alias;
use crate::{FleetTx, TxError, name};

/// The command's fields.
#[derive(Debug, Clone)]
pub struct UpdatePhoneAlias {
    /// The alias: 2 to 20 characters. Sent as `alias` in the form that names an extension.
    pub alias_id: AliasId,
    /// The new display name: 2 to 50 characters; empty to keep it.
    pub alias_name: AliasName,
    /// The new list of its phones: 2 to 255 characters; shorter to keep the list.
    pub phone_logins: PhoneLogins,
    /// Exactly `Y` deletes it.
    pub delete_alias: DeleteAlias,
    /// Whether agents can log in with it; `None` to keep that, and always in the form with `alias_id`, where VICIdial ignores `active`.
    pub active: Option<bool>,
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The alias was changed.
    Updated,
    /// The alias was deleted; its phones stay.
    Deleted,
    /// The user may change aliases but not delete them.
    MayNotDelete,
    /// No alias was named, there was nothing to change, or a value is too long.
    FieldsRequired,
    /// There is no alias of this name.
    AliasUnknown,
    /// The new name is too short or too long.
    AliasNameInvalid,
    /// No phone has this login.
    PhoneUnknown(String),
    /// The phone of this newly added login was never seen registered, and the setting requires that of members.
    NeverRegistered(String),
    /// The remaining fields change nothing.
    NothingToUpdate,
}

impl UpdatePhoneAlias {
    /// Reads the command's fields.
    #[must_use]
    pub fn read(fields: Reader<'_>) -> Self {
        let is_other_form = fields.is_sent(FieldId::OtherFormAlias) && !fields.is_sent(FieldId::AliasId);
        let active: Active = fields.get();
        let active = match active.as_str() {
            "Y" => Some(true),
            "N" => Some(false),
            _ => None,
        };
        Self {
            alias_id: if is_other_form { fields.get_from(FieldId::OtherFormAlias) } else { fields.get() },
            alias_name: fields.get(),
            phone_logins: fields.get(),
            delete_alias: fields.get(),
            active: active.filter(|_| is_other_form),
        }
    }

    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let names_phones = self.phone_logins.len() >= 2;
        let has_change =
            names_phones || !self.alias_name.is_empty() || !self.delete_alias.is_empty() || self.active.is_some();
        if self.alias_id.len() < 2 || !has_change {
            return Ok(Outcome::FieldsRequired);
        }
        let Some(before) = tx.alias(self.alias_id.as_str())? else {
            return Ok(Outcome::AliasUnknown);
        };
        if self.delete_alias.as_str() == "Y" {
            return self.delete(tx, by, &before);
        }
        let mut alias = before.clone();
        if !self.alias_name.is_empty() && (self.alias_name.len() < 2 || self.alias_name.is_too_long()) {
            return Ok(Outcome::AliasNameInvalid);
        }
        if names_phones {
            if let Some(login) = first_unknown_login(tx, self.phone_logins.each())? {
                return Ok(Outcome::PhoneUnknown(login.to_owned()));
            }
            let is_new = |login: &&str| !alias.logins_list.split(',').any(|member| name::same(member.trim(), login));
            if let Some(login) = first_never_registered(tx, by.live_status, self.phone_logins.each().filter(is_new))? {
                return Ok(Outcome::NeverRegistered(login.to_owned()));
            }
            if self.phone_logins.is_too_long() {
                return Ok(Outcome::FieldsRequired);
            }
            self.phone_logins.as_str().clone_into(&mut alias.logins_list);
        }
        if !self.alias_name.is_empty() {
            self.alias_name.as_str().clone_into(&mut alias.alias_name);
        } else if !names_phones && self.active.is_none() {
            return Ok(Outcome::NothingToUpdate);
        }
        alias.active = self.active.unwrap_or(alias.active);
        let named = self.alias_id.as_str();
        let update = AliasUpdate { before: &before, after: &alias, group: None, named };
        // VICIdial logs the list as it was sent.
        let notes = format!("phones: {}", self.phone_logins.as_str());
        save::update_logged_as(tx, by.actor, &update, notes)?;
        Ok(Outcome::Updated)
    }

    fn delete(&self, tx: &mut dyn FleetTx, by: Caller<'_>, alias: &Alias) -> Result<Outcome, TxError> {
        if !by.user.ast_delete_phones {
            return Ok(Outcome::MayNotDelete);
        }
        delete::delete(tx, by.actor, alias, self.alias_id.as_str())?;
        Ok(Outcome::Deleted)
    }
}
