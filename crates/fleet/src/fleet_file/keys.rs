//! Which keys an entry of each section may have. Widths are those of VICIdial's columns and of the API's fields.

use super::kind::Kind;
use super::section::Key;
use crate::field::{
    AdminUserGroup, AliasId, AliasName, DialplanNumber, Email, Extension, Field, OutboundAltCid, OutboundCid,
    PhoneContext, PhoneFullName, PhoneLogin, PhoneLogins, PhonePass, RegistrationPassword, ServerIp, TemplateId,
    UserName, VoicemailId,
};
use crate::text::Kept;

/// The key under which an account's password is written.
pub(super) const PASS: &str = "pass";

/// The key under which the digest of an account's password is written.
pub(super) const PASS_HASH: &str = "pass_hash";

impl Key {
    const fn new(name: &'static str, kind: Kind) -> Self {
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

const fn name(kept: Kept, at_most: usize) -> Kind {
    Kind::Text { kept, at_least: 1, at_most }
}

const fn text(kept: Kept, at_most: usize) -> Kind {
    Kind::Text { kept, at_least: 0, at_most }
}

const fn number(from: i64, to: i64) -> Kind {
    Kind::Number { from, to }
}

const LETTER: Kind = Kind::Switch { yes: "Y", no: "N" };
const DIGIT: Kind = Kind::Switch { yes: "1", no: "0" };

pub(super) static SERVER: [Key; 20] = [
    Key::new("server_ip", name(Kept::ADDRESS, ServerIp::AT_MOST)).names_row(),
    Key::new("server_id", text(Kept::WORD, 10)),
    Key::new("server_description", Kind::Line { at_most: 255 }),
    Key::new("active", LETTER),
    Key::new("asterisk_version", Kind::Line { at_most: 20 }),
    Key::new("local_gmt", Kind::TimeZone),
    Key::new("telnet_host", text(Kept::ADDRESS, 100)),
    Key::new("telnet_port", number(1, 65535)),
    Key::new("ASTmgrUSERNAME", Kind::Line { at_most: 20 }),
    Key::new("ASTmgrSECRET", Kind::Line { at_most: 100 }).secret(),
    // Kept in `hotdesk_dialer`; empty, or the port 0, where the four above count.
    Key::new("ami_host", text(Kept::ADDRESS, 100)),
    Key::new("ami_port", number(0, 65535)),
    Key::new("ami_user", Kind::Line { at_most: 20 }),
    Key::new("ami_secret", Kind::Line { at_most: 100 }).secret(),
    Key::new("ami_tls", LETTER),
    Key::new("active_asterisk_server", LETTER),
    Key::new("generate_vicidial_conf", LETTER),
    Key::new("active_agent_login_server", LETTER),
    Key::new("active_twin_server_ip", text(Kept::ADDRESS, ServerIp::AT_MOST)),
    Key::new("conf_engine", Kind::Choice(&["MEETME", "CONFBRIDGE"])),
];

pub(super) static USER_GROUP: [Key; 6] = [
    Key::new("user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)).names_row(),
    Key::new("group_name", Kind::Line { at_most: 40 }),
    Key::new("allowed_campaigns", Kind::Line { at_most: 65_535 }),
    Key::new("admin_viewable_groups", Kind::Names),
    Key::new("admin_ip_list", text(Kept::WORD, 30)),
    Key::new("api_ip_list", text(Kept::WORD, 30)),
];

pub(super) static IP_LIST: [Key; 2] = [
    Key::new("ip_list_id", name(Kept::WORD, 30)).names_row(),
    Key::new("entries", Kind::Addresses).in_column("ip_address").needed(),
];

pub(super) static TEMPLATE: [Key; 4] = [
    Key::new("template_id", name(Kept::WORD, TemplateId::AT_MOST)).names_row(),
    Key::new("template_name", Kind::Line { at_most: 50 }),
    Key::new("template_contents", Kind::Lines { at_most: 65_535 }),
    Key::new("user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)),
];

pub(super) static CAMPAIGN: [Key; 8] = [
    Key::new("campaign_id", name(Kept::WORD, 8)).names_row(),
    Key::new("campaign_name", Kind::Line { at_most: 40 }),
    Key::new("active", LETTER),
    Key::new("pllb_grouping", Kind::Choice(&["DISABLED", "ONE_SERVER_ONLY", "CASCADING"])),
    Key::new("pllb_grouping_limit", number(0, 32_767)),
    Key::new("campaign_cid", text(Kept::ALNUM, 20)),
    Key::new("auto_dial_level", text(Kept::DECIMAL, 6)),
    Key::new("dial_method", text(Kept::WORD, 20)),
];

pub(super) static USER: [Key; 33] = [
    Key::new("user", Kind::Text { kept: Kept::WORD, at_least: 2, at_most: UserName::AT_MOST }).names_row(),
    Key::new(PASS, Kind::Password).secret(),
    Key::new(PASS_HASH, Kind::Digest).in_column("digest").secret(),
    Key::new("full_name", Kind::Line { at_most: 50 }),
    Key::new("user_level", number(1, 9)),
    Key::new("user_group", text(Kept::WORD, AdminUserGroup::AT_MOST)),
    Key::new("phone_login", text(Kept::WORDS, PhoneLogins::AT_MOST)),
    Key::new("phone_pass", text(Kept::WORD, PhonePass::AT_MOST)).secret(),
    Key::new("hotkeys_active", DIGIT),
    Key::new("voicemail_id", text(Kept::ALNUM, VoicemailId::AT_MOST)),
    Key::new("email", text(Kept::EMAIL, Email::AT_MOST)),
    Key::new("custom_one", Kind::Line { at_most: 100 }),
    Key::new("custom_two", Kind::Line { at_most: 100 }),
    Key::new("custom_three", Kind::Line { at_most: 100 }),
    Key::new("custom_four", Kind::Line { at_most: 100 }),
    Key::new("custom_five", Kind::Line { at_most: 100 }),
    Key::new("wrapup_seconds_override", number(-1, 9_999)),
    Key::new("agent_choose_ingroups", DIGIT),
    Key::new("agent_choose_blended", DIGIT),
    Key::new("closer_default_blended", DIGIT),
    Key::new("closer_campaigns", Kind::Line { at_most: 65_535 }),
    Key::new("active", LETTER),
    Key::new("api_only_user", DIGIT),
    Key::new("api_allowed_functions", Kind::Names),
    Key::new("vdc_agent_api_access", DIGIT),
    Key::new("ast_admin_access", DIGIT),
    Key::new("ast_delete_phones", DIGIT),
    Key::new("modify_users", DIGIT),
    Key::new("delete_users", DIGIT),
    Key::new("view_reports", DIGIT),
    Key::new("modify_same_user_level", DIGIT),
    Key::new("force_change_password", LETTER),
    Key::new("ignore_ip_list", DIGIT),
];

pub(super) static PHONE: [Key; 34] = [
    Key::new("server_ip", name(Kept::ADDRESS, ServerIp::AT_MOST)).names_row(),
    Key::new("extension", Kind::Text { kept: Kept::WORD, at_least: 2, at_most: Extension::AT_MOST }).names_row(),
    Key::new("phone_login", name(Kept::WORD, PhoneLogin::AT_MOST)).in_column("login").needed(),
    Key::new("phone_pass", text(Kept::WORD, PhonePass::AT_MOST)).in_column("pass").secret(),
    Key::new("dialplan_number", text(Kept::DIALLED, DialplanNumber::AT_MOST)),
    Key::new("voicemail_id", text(Kept::ALNUM, VoicemailId::AT_MOST)),
    Key::new("protocol", Kind::Choice(&["SIP", "PJSIP", "IAX2", "Zap", "EXTERNAL"])),
    Key::new("registration_password", text(Kept::WORD, RegistrationPassword::AT_MOST))
        .in_column("conf_secret")
        .secret(),
    Key::new("phone_full_name", text(Kept::FULL_NAME, PhoneFullName::AT_MOST)).in_column("fullname"),
    Key::new("status", Kind::Choice(&["ACTIVE", "SUSPENDED", "CLOSED", "PENDING", "ADMIN"])),
    Key::new("active", LETTER),
    Key::new("local_gmt", Kind::TimeZone),
    Key::new("outbound_cid", Kind::CallerId { at_most: OutboundCid::AT_MOST }),
    Key::new("outbound_alt_cid", text(Kept::ALNUM, OutboundAltCid::AT_MOST)),
    Key::new("phone_context", text(Kept::WORD, PhoneContext::AT_MOST)),
    Key::new("email", text(Kept::EMAIL, Email::AT_MOST)),
    Key::new("admin_user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)).in_column("user_group"),
    Key::new("template_id", text(Kept::WORD, TemplateId::AT_MOST)),
    Key::new("is_webphone", Kind::Choice(&["Y", "N", "Y_API_LAUNCH"])),
    Key::new("webphone_auto_answer", LETTER),
    Key::new("use_external_server_ip", LETTER),
    Key::new("on_hook_agent", LETTER),
    Key::new("phone_ring_timeout", number(2, 180)),
    Key::new("delete_vm_after_email", LETTER),
    // What only the dialers' configuration files need.
    Key::new("conf_override", Kind::Lines { at_most: 65_535 }),
    Key::new("codecs_list", Kind::Line { at_most: 100 }),
    Key::new("codecs_with_template", DIGIT),
    Key::new("mohsuggest", text(Kept::WORD, 100)),
    Key::new("conf_qualify", LETTER),
    Key::new("voicemail_options", Kind::Line { at_most: 255 }),
    Key::new("voicemail_timezone", text(Kept::WORD, 30)),
    Key::new("voicemail_instructions", LETTER),
    Key::new("unavail_dialplan_fwd_exten", text(Kept::DIALLED, 40)),
    Key::new("unavail_dialplan_fwd_context", text(Kept::WORD, 100)),
];

pub(super) static ALIAS: [Key; 5] = [
    Key::new("alias_id", Kind::Text { kept: Kept::WORD, at_least: 2, at_most: AliasId::AT_MOST }).names_row(),
    Key::new("alias_name", name(Kept::TITLE, AliasName::AT_MOST)),
    Key::new("phone_logins", Kind::Logins { at_most: PhoneLogins::AT_MOST }).in_column("logins_list").needed(),
    Key::new("active", LETTER),
    Key::new("user_group", name(Kept::WORD, AdminUserGroup::AT_MOST)),
];

pub(super) static WEIGHT: [Key; 2] = [
    Key::new("server_ip", name(Kept::ADDRESS, ServerIp::AT_MOST)).names_row(),
    Key::new("weight", number(0, 1_000_000)).needed(),
];

pub(super) static SETTINGS: [Key; 11] = [
    Key::new("use_non_latin", DIGIT),
    Key::new("pass_hash_enabled", DIGIT),
    Key::new("enable_languages", DIGIT),
    Key::new("allow_ip_lists", DIGIT),
    Key::new("system_ip_blacklist", text(Kept::WORD, 30)),
    Key::new("auto_user_add_value", number(0, i64::MAX)),
    Key::new("pllb_grouping_limit", number(0, 32_767)),
    Key::new("two_factor_auth_hours", number(0, 32_767)),
    Key::new("two_factor_container", text(Kept::WORD, 40)),
    Key::new("allow_web_debug", number(0, 9)),
    Key::new("default_codecs", Kind::Line { at_most: 100 }),
];
