//! `update_phone_alias`: another name, other phones, or none of it any more.

use crate::aliases::members::first_never_registered;
use crate::field::{AliasId, AliasName, DeleteAlias, Field, PhoneLogins, Reader};
use crate::non_agent_api::{Caller, first_unknown_login};
use crate::tx::AdminEntry;
use crate::{FleetTx, TxError, name};

/// The command's fields.
#[derive(Debug, Clone)]
pub struct UpdatePhoneAlias {
    /// Which alias: 2 to 20 characters.
    pub alias_id: AliasId,
    /// Its new name for people: 2 to 50 characters; empty to keep it.
    pub alias_name: AliasName,
    /// All its phones from now on: 2 to 255 characters; shorter to keep them.
    pub phone_logins: PhoneLogins,
    /// Exactly `Y` deletes it.
    pub delete_alias: DeleteAlias,
}

/// How it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The alias is changed.
    Updated,
    /// The alias is gone; its phones stay.
    Deleted,
    /// The user may change aliases but not delete them.
    MayNotDelete,
    /// No alias named, nothing to change, or a value too long.
    FieldsRequired,
    /// There is no alias of this name.
    AliasUnknown,
    /// The new name is too short or too long.
    AliasNameInvalid,
    /// No phone has this login.
    PhoneUnknown(String),
    /// The phone of this login, which is new in the list, was never seen registered, and the house wants that of members.
    NeverRegistered(String),
    /// Nothing was left to change.
    NothingToUpdate,
}

impl UpdatePhoneAlias {
    /// Reads the command's fields.
    #[must_use]
    pub fn read(fields: Reader<'_>) -> Self {
        Self {
            alias_id: fields.get(),
            alias_name: fields.get(),
            phone_logins: fields.get(),
            delete_alias: fields.get(),
        }
    }

    /// Carries the command out.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        let names_phones = self.phone_logins.len() >= 2;
        let has_a_wish = names_phones || !self.alias_name.is_empty() || !self.delete_alias.is_empty();
        if self.alias_id.len() < 2 || !has_a_wish {
            return Ok(Outcome::FieldsRequired);
        }
        let Some(mut alias) = tx.alias(self.alias_id.as_str())? else {
            return Ok(Outcome::AliasUnknown);
        };
        if self.delete_alias.as_str() == "Y" {
            return self.delete(tx, by);
        }
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
        } else if !names_phones {
            return Ok(Outcome::NothingToUpdate);
        }
        tx.update_alias(&alias)?;
        let notes = format!("phones: {}", self.phone_logins.as_str());
        self.log(tx, by, "MODIFY", "ADMIN API UPDATE PHONE", notes)?;
        Ok(Outcome::Updated)
    }

    fn delete(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !by.user.ast_delete_phones {
            return Ok(Outcome::MayNotDelete);
        }
        tx.delete_alias(self.alias_id.as_str())?;
        self.log(tx, by, "DELETE", "ADMIN API DELETE PHONE ALIAS", String::new())?;
        Ok(Outcome::Deleted)
    }

    fn log(
        &self,
        tx: &mut dyn FleetTx,
        by: Caller<'_>,
        event: &'static str,
        code: &'static str,
        notes: String,
    ) -> Result<(), TxError> {
        tx.log_admin(&AdminEntry {
            user: by.named,
            from: by.from,
            section: "PHONEALIASES",
            event,
            record_id: self.alias_id.as_str(),
            code,
            notes,
        })
    }
}
