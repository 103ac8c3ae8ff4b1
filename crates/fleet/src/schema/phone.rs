//! Description of the table of phones. The struct, the statements, JSON, CSV, the fleet file, the panel's form, OpenAPI and the
//! completeness tests are derived from it.

use std::fmt;

use crate::field::{
    AdminUserGroup, DialplanNumber, Email, Extension, Field, OutboundAltCid, OutboundCid, PhoneContext, PhoneFullName,
    PhoneLogin, PhonePass, RegistrationPassword, ServerIp, TemplateId, VoicemailId,
};
use crate::non_agent_api::update_phone::lengths;
use crate::schema::column::{ANY, DIGIT, LETTER, columns, name, number, text, text_from};
use crate::schema::{Column, ValueType};
use crate::text::Kept;

columns! {
    /// A phone: one account on one dialer (table `phones`).
    #[derive(Clone, PartialEq, Eq, Default)]
    #[expect(missing_docs, reason = "each column is documented at its field in `crate::field`")]
    pub struct Phone {
        server_ip: name(Kept::ADDRESS, ServerIp::AT_MOST), key, form_required(ANY);
        extension: text_from(2, Kept::WORD, Extension::AT_MOST), key, form_required(ANY);
        login as "phone_login": name(Kept::WORD, PhoneLogin::AT_MOST), required, form_required(ANY);
        pass as "phone_pass": text(Kept::WORD, PhonePass::AT_MOST), secret, form_required(lengths::SECRET);
        dialplan_number: text(Kept::DIALLED, DialplanNumber::AT_MOST), form_required(lengths::DIALPLAN_NUMBER);
        voicemail_id: text(Kept::ALNUM, VoicemailId::AT_MOST), form_required(lengths::VOICEMAIL_ID);
        protocol: ValueType::Choice(&["SIP", "PJSIP", "IAX2", "Zap", "EXTERNAL"]), form_required(ANY);
        conf_secret as "registration_password": text(Kept::WORD, RegistrationPassword::AT_MOST), secret,
            form_required(lengths::SECRET);
        fullname as "phone_full_name": text(Kept::FULL_NAME, PhoneFullName::AT_MOST),
            form_required(lengths::FULL_NAME), clearable;
        status: ValueType::Choice(&["ACTIVE", "SUSPENDED", "CLOSED", "PENDING", "ADMIN"]);
        active: LETTER, form_optional("Y", ANY);
        local_gmt: ValueType::TimeZone, form_required(ANY);
        outbound_cid: ValueType::CallerId { at_most: OutboundCid::AT_MOST }, form_required(lengths::CALLER_ID);
        outbound_alt_cid: text(Kept::ALNUM, OutboundAltCid::AT_MOST), form_optional("", lengths::CALLER_ID);
        phone_context: text(Kept::WORD, PhoneContext::AT_MOST), form_optional("default", lengths::PHONE_CONTEXT),
            clearable;
        email: text(Kept::EMAIL, Email::AT_MOST), form_optional("", lengths::EMAIL);
        user_group as "admin_user_group": name(Kept::WORD, AdminUserGroup::AT_MOST),
            form_optional("---ALL---", lengths::USER_GROUP);
        template_id: text(Kept::WORD, TemplateId::AT_MOST), form_optional("", ANY);
        is_webphone: ValueType::Choice(&["Y", "N", "Y_API_LAUNCH"]), form_optional("N", ANY);
        webphone_auto_answer: LETTER, form_optional("Y", ANY);
        use_external_server_ip: LETTER, form_optional("N", ANY);
        on_hook_agent: LETTER, form_optional("N", ANY);
        phone_ring_timeout: number(2, 180), form_optional("60", ANY);
        delete_vm_after_email: LETTER, form_optional("N", ANY);
    }

    // Columns that only the dialers' configuration files need.
    static PHONE {
        conf_override: ValueType::Lines { at_most: 65_535 };
        codecs_list: ValueType::Line { at_most: 100 };
        codecs_with_template: DIGIT;
        mohsuggest: text(Kept::WORD, 100);
        conf_qualify: LETTER;
        voicemail_options: ValueType::Line { at_most: 255 };
        voicemail_timezone: text(Kept::WORD, 30);
        voicemail_instructions: LETTER;
        unavail_dialplan_fwd_exten: text(Kept::DIALLED, 40);
        unavail_dialplan_fwd_context: text(Kept::WORD, 100);
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phone")
            .field("extension", &self.extension)
            .field("server_ip", &self.server_ip)
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// Example values for the tests that every function handles every field.
#[cfg(test)]
pub(crate) mod examples {
    use super::*;
    use crate::field::{FieldId, Fields};
    use crate::schema::Table;

    /// A valid value for a column that differs from the column's default.
    pub(crate) fn example(column: &Column) -> &'static str {
        match (column.name, column.value_type) {
            ("server_ip", _) => "10.0.9.8",
            ("protocol", _) => "IAX2",
            (_, ValueType::Choice(known)) => known[0],
            (_, ValueType::Switch { yes, no }) => {
                if column.form.as_ref().is_some_and(|field| field.default == yes) {
                    no
                } else {
                    yes
                }
            }
            (_, ValueType::Number { .. }) => "77",
            (_, ValueType::TimeZone) => "-6.00",
            _ => "12345678",
        }
    }

    /// A request with every field of a phone for which `is_sent` returns `true`.
    pub(crate) struct Request(pub(crate) fn(&Column) -> bool);

    impl Fields for Request {
        fn raw(&self, field: FieldId) -> &[u8] {
            let column = Table::Phone.column(field.key()).filter(|column| column.form.is_some() && (self.0)(column));
            column.map_or(b"", |column| example(column).as_bytes())
        }

        fn is_sent(&self, field: FieldId) -> bool {
            !self.raw(field).is_empty()
        }
    }

    #[test]
    fn every_column_of_the_form_has_a_field_type() {
        for column in Table::Phone.columns().iter().filter(|column| column.form.is_some()) {
            let name = column.name;
            assert!(FieldId::from_key(name.as_bytes()).is_some(), "field.rs has no field type with the key {name:?}");
        }
    }
}
