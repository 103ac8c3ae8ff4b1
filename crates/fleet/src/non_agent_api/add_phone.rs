//! `add_phone`: a new account on a dialer.

use crate::field::{
    API_PROTOCOLS, AdminUserGroup, DialplanNumber, Email, Extension, Field, IsWebphone, LocalGmt, OnHookAgent,
    OutboundCid, PhoneContext, PhoneFullName, PhoneLogin, PhonePass, ProtocolName, RegistrationPassword, ServerIp,
    TemplateId, UseExternalServerIp, VoicemailId, WebphoneAutoAnswer, is_blank, switch, webphone_switch,
};
use crate::non_agent_api::Caller;
use crate::non_agent_api::command_fields::command_fields;
use crate::phones::{rules, save};
use crate::records::{Phone, PhoneKey};
use crate::schema::{Row, Table};
use crate::{FleetTx, TxError};

command_fields! {
    /// The command's fields. The first eleven are required.
    #[expect(missing_docs, reason = "each field's type is documented in `crate::field`")]
    pub struct AddPhone {
        pub extension: Extension,
        pub dialplan_number: DialplanNumber,
        pub voicemail_id: VoicemailId,
        pub phone_login: PhoneLogin,
        pub phone_pass: PhonePass,
        pub server_ip: ServerIp,
        pub protocol: ProtocolName,
        pub registration_password: RegistrationPassword,
        pub phone_full_name: PhoneFullName,
        pub local_gmt: LocalGmt,
        pub outbound_cid: OutboundCid,
        pub phone_context: PhoneContext,
        pub email: Email,
        pub admin_user_group: AdminUserGroup,
        pub is_webphone: IsWebphone,
        pub webphone_auto_answer: WebphoneAutoAnswer,
        pub use_external_server_ip: UseExternalServerIp,
        pub template_id: TemplateId,
        pub on_hook_agent: OnHookAgent,
    }
}

/// Outcome of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The phone was added.
    Added,
    /// A field is missing, too short or too long, or the protocol is unknown.
    FieldsRequired,
    /// There is no such dialer.
    ServerUnknown,
    /// The dialer has a phone of this name; letter case does not matter.
    PhoneExists,
    /// A phone on some dialer has this login; letter case does not matter.
    LoginExists,
    /// The time zone is not valid.
    TimeZoneInvalid,
    /// There is no such template.
    TemplateUnknown,
}

impl AddPhone {
    /// Executes the command.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn execute(&self, tx: &mut dyn FleetTx, by: Caller<'_>) -> Result<Outcome, TxError> {
        if !self.has_required_fields() {
            return Ok(Outcome::FieldsRequired);
        }
        if !tx.dialer_exists(self.server_ip.as_str())? {
            return Ok(Outcome::ServerUnknown);
        }
        let key =
            PhoneKey { extension: self.extension.as_str().to_owned(), server_ip: self.server_ip.as_str().to_owned() };
        if tx.phone_exists(&key)? {
            return Ok(Outcome::PhoneExists);
        }
        if tx.login_exists(self.phone_login.as_str())? {
            return Ok(Outcome::LoginExists);
        }
        if !self.local_gmt.is_time_zone() || self.local_gmt.is_too_long() {
            return Ok(Outcome::TimeZoneInvalid);
        }
        if self.names_template() && !tx.template_exists(self.template_id.as_str())? {
            return Ok(Outcome::TemplateUnknown);
        }
        if self.has_too_long_a_field() {
            return Ok(Outcome::FieldsRequired);
        }
        let phone = self.phone();
        save::insert(tx, by.actor, &phone, &Row::new(Table::Phone))?;
        tx.ask_rebuild(&phone.server_ip)?;
        Ok(Outcome::Added)
    }

    fn has_required_fields(&self) -> bool {
        self.extension.len() >= 2
            && !self.dialplan_number.is_empty()
            && !self.voicemail_id.is_empty()
            && !self.phone_login.is_empty()
            && !self.phone_pass.is_empty()
            && !self.server_ip.is_empty()
            && API_PROTOCOLS.contains(&self.protocol.as_str())
            && !self.registration_password.is_empty()
            && !self.phone_full_name.is_empty()
            && !self.local_gmt.is_empty()
            && !self.outbound_cid.is_empty()
    }

    fn has_too_long_a_field(&self) -> bool {
        self.extension.is_too_long()
            || self.dialplan_number.is_too_long()
            || self.voicemail_id.is_too_long()
            || self.phone_login.is_too_long()
            || self.phone_pass.is_too_long()
            || self.server_ip.is_too_long()
            || self.registration_password.is_too_long()
            || self.phone_full_name.is_too_long()
            || self.outbound_cid.is_too_long()
            || self.phone_context.is_too_long()
            || self.email.is_too_long()
            || self.admin_user_group.is_too_long()
            || self.template_id.is_too_long()
    }

    fn names_template(&self) -> bool {
        self.template_id.len() > 1 && !is_blank(&self.template_id)
    }

    fn phone(&self) -> Phone {
        let or = |value: &str, default: &str| (if value.is_empty() { default } else { value }).to_owned();
        Phone {
            extension: self.extension.as_str().to_owned(),
            server_ip: self.server_ip.as_str().to_owned(),
            dialplan_number: self.dialplan_number.as_str().to_owned(),
            voicemail_id: self.voicemail_id.as_str().to_owned(),
            login: self.phone_login.as_str().to_owned(),
            pass: self.phone_pass.as_str().to_owned(),
            fullname: self.phone_full_name.as_str().to_owned(),
            protocol: self.protocol.as_str().to_owned(),
            local_gmt: self.local_gmt.as_str().to_owned(),
            outbound_cid: self.outbound_cid.as_str().to_owned(),
            template_id: if self.names_template() { self.template_id.as_str().to_owned() } else { String::new() },
            conf_secret: self.registration_password.as_str().to_owned(),
            email: self.email.as_str().to_owned(),
            phone_context: or(self.phone_context.as_str(), "default"),
            user_group: or(self.admin_user_group.as_str(), "---ALL---"),
            is_webphone: webphone_switch(&self.is_webphone).unwrap_or("N").to_owned(),
            webphone_auto_answer: switch(&self.webphone_auto_answer).unwrap_or("Y").to_owned(),
            use_external_server_ip: switch(&self.use_external_server_ip).unwrap_or("N").to_owned(),
            on_hook_agent: switch(&self.on_hook_agent).unwrap_or("N").to_owned(),
            ..rules::new_phone()
        }
    }
}

#[cfg(test)]
mod tests;
