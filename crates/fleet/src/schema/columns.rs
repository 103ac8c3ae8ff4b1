//! Which keys an entry of each section may have. Widths are those of VICIdial's columns and of the API's fields.

use crate::field::{
    AdminUserGroup, AliasId, AliasName, DialplanNumber, Email, Extension, Field, OutboundAltCid, OutboundCid,
    PhoneContext, PhoneFullName, PhoneLogin, PhoneLogins, PhonePass, RegistrationPassword, ServerIp, TemplateId,
    UserName, VoicemailId,
};
use crate::schema::Column;
use crate::schema::ValueType;
use crate::text::Kept;

/// The key under which an account's password is written.
pub(crate) const PASS: &str = "pass";

/// The key under which the digest of an account's password is written.
pub(crate) const PASS_HASH: &str = "pass_hash";

impl Column {
    const fn new(name: &'static str, kind: ValueType) -> Self {
        Self { name, column: name, kind, secret: false, names_row: false, needed: false }
    }

    const fn in_column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn names_row(self) -> Self {
        Self { names_row: true, needed: true, ..self }
    }

    const fn needed(self) -> Self {
        Self { needed: true, ..self }
    }
}

const fn name(kept: Kept, at_most: usize) -> ValueType {
    ValueType::Text { kept, at_least: 1, at_most }
}

const fn text(kept: Kept, at_most: usize) -> ValueType {
    ValueType::Text { kept, at_least: 0, at_most }
}

const fn number(from: i64, to: i64) -> ValueType {
    ValueType::Number { from, to }
}

const LETTER: ValueType = ValueType::Switch { yes: "Y", no: "N" };
const DIGIT: ValueType = ValueType::Switch { yes: "1", no: "0" };

pub(super) static SERVER: [Column; 20] = [
    Column::new("server_ip", name(Kept::ADDRESS, ServerIp::AT_MOST)).names_row(),
    Column::new("server_id", text(Kept::WORD, 10)),
    Column::new("server_description", ValueType::Line { at_most: 255 }),
    Column::new("active", LETTER),
    Column::new("asterisk_version", ValueType::Line { at_most: 20 }),
    Column::new("local_gmt", ValueType::TimeZone),
    Column::new("telnet_host", text(Kept::ADDRESS, 100)),
    Column::new("telnet_port", number(1, 65535)),
    Column::new("ASTmgrUSERNAME", ValueType::Line { at_most: 20 }),
    Column::new("ASTmgrSECRET", ValueType::Line { at_most: 100 }).secret(),
    // Kept in `hotdesk_dialer`; empty, or the port 0, where the four above count.
    Column::new("ami_host", text(Kept::ADDRESS, 100)),
    Column::new("ami_port", number(0, 65535)),
    Column::new("ami_user", ValueType::Line { at_most: 20 }),
    Column::new("ami_secret", ValueType::Line { at_most: 100 }).secret(),
    Column::new("ami_tls", LETTER),
    Column::new("active_asterisk_server", LETTER),
    Column::new("generate_vicidial_conf", LETTER),
    Column::new("active_agent_login_server", LETTER),
    Column::new("active_twin_server_ip", text(Kept::ADDRESS, ServerIp::AT_MOST)),
    Column::new("conf_engine", ValueType::Choice(&["MEETME", "CONFBRIDGE"])),
];

pub(super) static USER_GROUP: [Column; 6] = [
    Column::new("user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)).names_row(),
    Column::new("group_name", ValueType::Line { at_most: 40 }),
    Column::new("allowed_campaigns", ValueType::Line { at_most: 65_535 }),
    Column::new("admin_viewable_groups", ValueType::Names),
    Column::new("admin_ip_list", text(Kept::WORD, 30)),
    Column::new("api_ip_list", text(Kept::WORD, 30)),
];

pub(super) static IP_LIST: [Column; 2] = [
    Column::new("ip_list_id", name(Kept::WORD, 30)).names_row(),
    Column::new("entries", ValueType::Addresses).in_column("ip_address").needed(),
];

pub(super) static TEMPLATE: [Column; 4] = [
    Column::new("template_id", name(Kept::WORD, TemplateId::AT_MOST)).names_row(),
    Column::new("template_name", ValueType::Line { at_most: 50 }),
    Column::new("template_contents", ValueType::Lines { at_most: 65_535 }),
    Column::new("user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)),
];

pub(super) static CAMPAIGN: [Column; 8] = [
    Column::new("campaign_id", name(Kept::WORD, 8)).names_row(),
    Column::new("campaign_name", ValueType::Line { at_most: 40 }),
    Column::new("active", LETTER),
    Column::new("pllb_grouping", ValueType::Choice(&["DISABLED", "ONE_SERVER_ONLY", "CASCADING"])),
    Column::new("pllb_grouping_limit", number(0, 32_767)),
    Column::new("campaign_cid", text(Kept::ALNUM, 20)),
    Column::new("auto_dial_level", text(Kept::DECIMAL, 6)),
    Column::new("dial_method", text(Kept::WORD, 20)),
];

pub(super) static USER: [Column; 33] = [
    Column::new("user", ValueType::Text { kept: Kept::WORD, at_least: 2, at_most: UserName::AT_MOST }).names_row(),
    Column::new(PASS, ValueType::Password).secret(),
    Column::new(PASS_HASH, ValueType::Digest).in_column("digest").secret(),
    Column::new("full_name", ValueType::Line { at_most: 50 }),
    Column::new("user_level", number(1, 9)),
    Column::new("user_group", text(Kept::WORD, AdminUserGroup::AT_MOST)),
    Column::new("phone_login", text(Kept::WORDS, PhoneLogins::AT_MOST)),
    Column::new("phone_pass", text(Kept::WORD, PhonePass::AT_MOST)).secret(),
    Column::new("hotkeys_active", DIGIT),
    Column::new("voicemail_id", text(Kept::ALNUM, VoicemailId::AT_MOST)),
    Column::new("email", text(Kept::EMAIL, Email::AT_MOST)),
    Column::new("custom_one", ValueType::Line { at_most: 100 }),
    Column::new("custom_two", ValueType::Line { at_most: 100 }),
    Column::new("custom_three", ValueType::Line { at_most: 100 }),
    Column::new("custom_four", ValueType::Line { at_most: 100 }),
    Column::new("custom_five", ValueType::Line { at_most: 100 }),
    Column::new("wrapup_seconds_override", number(-1, 9_999)),
    Column::new("agent_choose_ingroups", DIGIT),
    Column::new("agent_choose_blended", DIGIT),
    Column::new("closer_default_blended", DIGIT),
    Column::new("closer_campaigns", ValueType::Line { at_most: 65_535 }),
    Column::new("active", LETTER),
    Column::new("api_only_user", DIGIT),
    Column::new("api_allowed_functions", ValueType::Names),
    Column::new("vdc_agent_api_access", DIGIT),
    Column::new("ast_admin_access", DIGIT),
    Column::new("ast_delete_phones", DIGIT),
    Column::new("modify_users", DIGIT),
    Column::new("delete_users", DIGIT),
    Column::new("view_reports", DIGIT),
    Column::new("modify_same_user_level", DIGIT),
    Column::new("force_change_password", LETTER),
    Column::new("ignore_ip_list", DIGIT),
];

pub(super) static PHONE: [Column; 34] = [
    Column::new("server_ip", name(Kept::ADDRESS, ServerIp::AT_MOST)).names_row(),
    Column::new("extension", ValueType::Text { kept: Kept::WORD, at_least: 2, at_most: Extension::AT_MOST })
        .names_row(),
    Column::new("phone_login", name(Kept::WORD, PhoneLogin::AT_MOST)).in_column("login").needed(),
    Column::new("phone_pass", text(Kept::WORD, PhonePass::AT_MOST)).in_column("pass").secret(),
    Column::new("dialplan_number", text(Kept::DIALLED, DialplanNumber::AT_MOST)),
    Column::new("voicemail_id", text(Kept::ALNUM, VoicemailId::AT_MOST)),
    Column::new("protocol", ValueType::Choice(&["SIP", "PJSIP", "IAX2", "Zap", "EXTERNAL"])),
    Column::new("registration_password", text(Kept::WORD, RegistrationPassword::AT_MOST))
        .in_column("conf_secret")
        .secret(),
    Column::new("phone_full_name", text(Kept::FULL_NAME, PhoneFullName::AT_MOST)).in_column("fullname"),
    Column::new("status", ValueType::Choice(&["ACTIVE", "SUSPENDED", "CLOSED", "PENDING", "ADMIN"])),
    Column::new("active", LETTER),
    Column::new("local_gmt", ValueType::TimeZone),
    Column::new("outbound_cid", ValueType::CallerId { at_most: OutboundCid::AT_MOST }),
    Column::new("outbound_alt_cid", text(Kept::ALNUM, OutboundAltCid::AT_MOST)),
    Column::new("phone_context", text(Kept::WORD, PhoneContext::AT_MOST)),
    Column::new("email", text(Kept::EMAIL, Email::AT_MOST)),
    Column::new("admin_user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)).in_column("user_group"),
    Column::new("template_id", text(Kept::WORD, TemplateId::AT_MOST)),
    Column::new("is_webphone", ValueType::Choice(&["Y", "N", "Y_API_LAUNCH"])),
    Column::new("webphone_auto_answer", LETTER),
    Column::new("use_external_server_ip", LETTER),
    Column::new("on_hook_agent", LETTER),
    Column::new("phone_ring_timeout", number(2, 180)),
    Column::new("delete_vm_after_email", LETTER),
    // What only the dialers' configuration files need.
    Column::new("conf_override", ValueType::Lines { at_most: 65_535 }),
    Column::new("codecs_list", ValueType::Line { at_most: 100 }),
    Column::new("codecs_with_template", DIGIT),
    Column::new("mohsuggest", text(Kept::WORD, 100)),
    Column::new("conf_qualify", LETTER),
    Column::new("voicemail_options", ValueType::Line { at_most: 255 }),
    Column::new("voicemail_timezone", text(Kept::WORD, 30)),
    Column::new("voicemail_instructions", LETTER),
    Column::new("unavail_dialplan_fwd_exten", text(Kept::DIALLED, 40)),
    Column::new("unavail_dialplan_fwd_context", text(Kept::WORD, 100)),
];

pub(super) static ALIAS: [Column; 5] = [
    Column::new("alias_id", ValueType::Text { kept: Kept::WORD, at_least: 2, at_most: AliasId::AT_MOST }).names_row(),
    Column::new("alias_name", name(Kept::TITLE, AliasName::AT_MOST)),
    Column::new("phone_logins", ValueType::Logins { at_most: PhoneLogins::AT_MOST }).in_column("logins_list").needed(),
    Column::new("active", LETTER),
    Column::new("user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)),
];

pub(super) static WEIGHT: [Column; 2] = [
    Column::new("server_ip", name(Kept::ADDRESS, ServerIp::AT_MOST)).names_row(),
    Column::new("weight", number(0, 1_000_000)).needed(),
];

pub(super) static SETTINGS: [Column; 11] = [
    Column::new("use_non_latin", DIGIT),
    Column::new("pass_hash_enabled", DIGIT),
    Column::new("enable_languages", DIGIT),
    Column::new("allow_ip_lists", DIGIT),
    Column::new("system_ip_blacklist", text(Kept::WORD, 30)),
    Column::new("auto_user_add_value", number(0, i64::MAX)),
    Column::new("pllb_grouping_limit", number(0, 32_767)),
    Column::new("two_factor_auth_hours", number(0, 32_767)),
    Column::new("two_factor_container", text(Kept::WORD, 40)),
    Column::new("allow_web_debug", number(0, 9)),
    Column::new("default_codecs", ValueType::Line { at_most: 100 }),
];
