//! `update_phone`: changing or deleting a phone.

use crate::field::{
    API_PROTOCOLS, Active, AdminUserGroup, DeletePhone, DeleteVmAfterEmail, DialplanNumber, Email, Extension, Field,
    IsWebphone, LocalGmt, OnHookAgent, OutboundAltCid, OutboundCid, PhoneContext, PhoneFullName, PhoneLogin, PhonePass,
    PhoneRingTimeout, ProtocolName, RegistrationPassword, ServerIp, TemplateId, UseExternalServerIp, VoicemailId,
    WebphoneAutoAnswer, is_blank, switch, webphone_switch,
};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::phones::save::PhoneUpdate;
use crate::phones::{delete, save, visible};
use crate::records::{Phone, PhoneKey};
use crate::{FleetTx, OperationError, TxError, name, settle};

command_fields! {
    /// The command's fields. The first two are required; empty optional fields change nothing.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct UpdatePhone {
        pub extension: Extension,
        pub server_ip: ServerIp,
        pub delete_phone: DeletePhone,
        pub local_gmt: LocalGmt,
        pub email: Email,
        pub phone_context: PhoneContext,
        pub phone_full_name: PhoneFullName,
        pub registration_password: RegistrationPassword,
        pub protocol: ProtocolName,
        pub phone_pass: PhonePass,
        pub phone_login: PhoneLogin,
        pub voicemail_id: VoicemailId,
        pub dialplan_number: DialplanNumber,
        pub active: Active,
        pub outbound_cid: OutboundCid,
        pub admin_user_group: AdminUserGroup,
        pub outbound_alt_cid: OutboundAltCid,
        pub phone_ring_timeout: PhoneRingTimeout,
        pub delete_vm_after_email: DeleteVmAfterEmail,
        pub template_id: TemplateId,
        pub is_webphone: IsWebphone,
        pub webphone_auto_answer: WebphoneAutoAnswer,
        pub use_external_server_ip: UseExternalServerIp,
        pub on_hook_agent: OnHookAgent,
    }
}

impl From<InvalidField> for OperationError<Outcome> {
    fn from(invalid: InvalidField) -> Self {
        Self::Refused(Outcome::Invalid(invalid))
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The phone was changed.
    Updated {
        /// The phone's protocol after the change.
        protocol: String,
        /// The phone's dialplan number after the change.
        dialplan_number: String,
    },
    /// The phone was deleted; aliases that contain it stay.
    Deleted,
    /// The user may change phones but not delete them.
    MayNotDelete,
    /// No phone was named, or a value is too long.
    FieldsRequired,
    /// There is no such dialer.
    ServerUnknown,
    /// The dialer has no such phone, or the user may not see it.
    PhoneUnknown,
    /// Another phone on some dialer has this login; letter case does not matter.
    LoginExists,
    /// There is no such template.
    TemplateUnknown,
    /// The value of this field is not valid.
    Invalid(InvalidField),
}

/// The field with the invalid value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after its field")]
pub enum InvalidField {
    LocalGmt,
    Email,
    PhoneContext,
    PhoneFullName,
    RegistrationPassword,
    Protocol,
    PhonePass,
    VoicemailId,
    DialplanNumber,
    Active,
    OutboundCid,
    AdminUserGroup,
    OutboundAltCid,
    PhoneRingTimeout,
    DeleteVmAfterEmail,
}

/// Allowed lengths of a changed value, in bytes. `add_phone` allows wider ranges.
pub(crate) mod lengths {
    use std::ops::RangeInclusive;

    use crate::non_agent_api::update_phone::{AdminUserGroup, DialplanNumber, Email, Field, PhoneContext, VoicemailId};

    pub(crate) const EMAIL: RangeInclusive<usize> = 5..=Email::AT_MOST;
    pub(crate) const PHONE_CONTEXT: RangeInclusive<usize> = 2..=PhoneContext::AT_MOST;
    pub(crate) const FULL_NAME: RangeInclusive<usize> = 2..=30;
    pub(crate) const SECRET: RangeInclusive<usize> = 2..=30;
    pub(crate) const VOICEMAIL_ID: RangeInclusive<usize> = 2..=VoicemailId::AT_MOST;
    pub(crate) const DIALPLAN_NUMBER: RangeInclusive<usize> = 3..=DialplanNumber::AT_MOST;
    pub(crate) const CALLER_ID: RangeInclusive<usize> = 6..=18;
    pub(crate) const USER_GROUP: RangeInclusive<usize> = 2..=AdminUserGroup::AT_MOST;
}

impl UpdatePhone {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        settle(self.update(tx, by), |refused| refused)
    }

    fn update(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, OperationError<Outcome>> {
        if self.extension.len() < 2 || self.server_ip.is_empty() {
            return Ok(Outcome::FieldsRequired);
        }
        if !tx.dialer_exists(self.server_ip.as_str())? {
            return Ok(Outcome::ServerUnknown);
        }
        let Some(phone) = visible(tx, by.user, &self.key())? else { return Ok(Outcome::PhoneUnknown) };
        if self.delete_phone.as_str() == "Y" {
            return self.delete(tx, by, &phone);
        }
        let (changed, named) = (self.change(tx, phone.clone())?, self.key());
        let update = PhoneUpdate { before: &phone, after: &changed, more: None, named: &named };
        save::update(tx, by.actor, &update)?;
        Ok(Outcome::Updated { protocol: changed.protocol, dialplan_number: changed.dialplan_number })
    }

    /// The phone's key, as it was sent.
    fn key(&self) -> PhoneKey {
        PhoneKey { extension: self.extension.as_str().to_owned(), server_ip: self.server_ip.as_str().to_owned() }
    }

    fn delete(&self, tx: &mut dyn FleetTx, by: Caller<'_>, phone: &Phone) -> Result<Outcome, OperationError<Outcome>> {
        if !by.user.ast_delete_phones {
            return Ok(Outcome::MayNotDelete);
        }
        delete::delete(tx, by.actor, &phone.key(), &self.key())?;
        Ok(Outcome::Deleted)
    }

    /// The phone with the new values, in the documented order of the fields; the first invalid value refuses the whole call.
    fn change(&self, tx: &mut dyn FleetTx, mut phone: Phone) -> Result<Phone, OperationError<Outcome>> {
        let refuse = |outcome| Err(OperationError::Refused(outcome));
        self.set_up_to_login(&mut phone)?;
        if !self.phone_login.is_empty() {
            let key = phone.key();
            let own_name = name::same(self.phone_login.as_str(), &phone.login);
            if !own_name && tx.phones_with_login(self.phone_login.as_str())?.iter().any(|other| !other.same(&key)) {
                return refuse(Outcome::LoginExists);
            }
            self.phone_login.as_str().clone_into(&mut phone.login);
        }
        self.set_after_login(&mut phone)?;
        if is_blank(&self.template_id) {
            phone.template_id.clear();
        } else if self.template_id.len() > 1 {
            if !tx.template_exists(self.template_id.as_str())? {
                return refuse(Outcome::TemplateUnknown);
            }
            self.template_id.as_str().clone_into(&mut phone.template_id);
        }
        self.set_switches(&mut phone);
        if self.phone_login.is_too_long() || self.template_id.is_too_long() {
            return refuse(Outcome::FieldsRequired);
        }
        Ok(phone)
    }

    fn set_up_to_login(&self, phone: &mut Phone) -> Result<(), InvalidField> {
        let zone = &self.local_gmt;
        set(zone, &mut phone.local_gmt, zone.is_time_zone() && !zone.is_too_long(), InvalidField::LocalGmt)?;
        set_or_clear(&self.email, &mut phone.email, lengths::EMAIL, InvalidField::Email)?;
        let context = &self.phone_context;
        set_or_clear(context, &mut phone.phone_context, lengths::PHONE_CONTEXT, InvalidField::PhoneContext)?;
        set_or_clear(&self.phone_full_name, &mut phone.fullname, lengths::FULL_NAME, InvalidField::PhoneFullName)?;
        let secret = &self.registration_password;
        set_or_clear(secret, &mut phone.conf_secret, lengths::SECRET, InvalidField::RegistrationPassword)?;
        let is_protocol = API_PROTOCOLS.contains(&self.protocol.as_str());
        set(&self.protocol, &mut phone.protocol, is_protocol, InvalidField::Protocol)?;
        let fits = lengths::SECRET.contains(&self.phone_pass.len());
        set(&self.phone_pass, &mut phone.pass, fits, InvalidField::PhonePass)
    }

    fn set_after_login(&self, phone: &mut Phone) -> Result<(), InvalidField> {
        let mailbox = &self.voicemail_id;
        let fits = lengths::VOICEMAIL_ID.contains(&mailbox.len());
        set(mailbox, &mut phone.voicemail_id, fits, InvalidField::VoicemailId)?;
        let number = &self.dialplan_number;
        let fits = lengths::DIALPLAN_NUMBER.contains(&number.len());
        set(number, &mut phone.dialplan_number, fits, InvalidField::DialplanNumber)?;
        let is_switch = matches!(self.active.as_str(), "Y" | "N");
        set(&self.active, &mut phone.active, is_switch, InvalidField::Active)?;
        let fits = lengths::CALLER_ID.contains(&self.outbound_cid.len());
        set(&self.outbound_cid, &mut phone.outbound_cid, fits, InvalidField::OutboundCid)?;
        let fits = lengths::USER_GROUP.contains(&self.admin_user_group.len());
        set(&self.admin_user_group, &mut phone.user_group, fits, InvalidField::AdminUserGroup)?;
        let fits = lengths::CALLER_ID.contains(&self.outbound_alt_cid.len());
        set(&self.outbound_alt_cid, &mut phone.outbound_alt_cid, fits, InvalidField::OutboundAltCid)?;
        self.set_ring_timeout(phone)?;
        let is_switch = matches!(self.delete_vm_after_email.as_str(), "Y" | "N");
        set(&self.delete_vm_after_email, &mut phone.delete_vm_after_email, is_switch, InvalidField::DeleteVmAfterEmail)
    }

    fn set_ring_timeout(&self, phone: &mut Phone) -> Result<(), InvalidField> {
        if self.phone_ring_timeout.is_empty() {
            return Ok(());
        }
        match self.phone_ring_timeout.as_str().parse() {
            Ok(seconds @ 2..=180_u32) => phone.phone_ring_timeout = seconds.to_string(),
            _ => return Err(InvalidField::PhoneRingTimeout),
        }
        Ok(())
    }

    fn set_switches(&self, phone: &mut Phone) {
        for (value, column) in [
            (webphone_switch(&self.is_webphone), &mut phone.is_webphone),
            (switch(&self.webphone_auto_answer), &mut phone.webphone_auto_answer),
            (switch(&self.use_external_server_ip), &mut phone.use_external_server_ip),
            (switch(&self.on_hook_agent), &mut phone.on_hook_agent),
        ] {
            if let Some(value) = value {
                value.clone_into(column);
            }
        }
    }
}

/// Sets a column if the field was sent and is valid.
fn set(field: &impl Field, column: &mut String, valid: bool, invalid: InvalidField) -> Result<(), InvalidField> {
    if field.is_empty() {
        return Ok(());
    }
    if !valid {
        return Err(invalid);
    }
    field.as_str().clone_into(column);
    Ok(())
}

/// Sets a column if the field was sent and its length is valid, or clears it for `--BLANK--`.
fn set_or_clear(
    field: &impl Field,
    column: &mut String,
    lengths: std::ops::RangeInclusive<usize>,
    invalid: InvalidField,
) -> Result<(), InvalidField> {
    if is_blank(field) {
        column.clear();
        return Ok(());
    }
    set(field, column, lengths.contains(&field.len()), invalid)
}

#[cfg(test)]
mod tests;
