//! Columns of all tables except phones. Lengths are those of VICIdial's columns and of the Non-Agent API's fields.

use crate::field::{
    AdminUserGroup, AliasId, AliasName, Email, Field, PhoneLogins, PhonePass, ServerIp, TemplateId, UserName,
    VoicemailId,
};
use crate::schema::column::{DIGIT, LETTER, columns, name, number, text, text_from};
use crate::schema::{Column, ValueType};
use crate::text::Kept;

/// The column for an account's plain password.
pub(crate) const PASS: &str = "pass";

/// The column for the digest of an account's password.
pub(crate) const PASS_HASH: &str = "pass_hash";

columns! { static DIALER {
    server_ip: name(Kept::ADDRESS, ServerIp::AT_MOST), key;
    server_id: text(Kept::WORD, 10);
    server_description: ValueType::Line { at_most: 255 };
    active: LETTER;
    asterisk_version: ValueType::Line { at_most: 20 };
    local_gmt: ValueType::TimeZone;
    telnet_host: text(Kept::ADDRESS, 100);
    telnet_port: number(1, 65535);
    ASTmgrUSERNAME: ValueType::Line { at_most: 20 };
    ASTmgrSECRET: ValueType::Line { at_most: 100 }, secret;
    // Stored in `hotdesk_dialer`. If they are empty, or the port is 0, the four columns above apply.
    ami_host: text(Kept::ADDRESS, 100);
    ami_port: number(0, 65535);
    ami_user: ValueType::Line { at_most: 20 };
    ami_secret: ValueType::Line { at_most: 100 }, secret;
    ami_tls: LETTER;
    active_asterisk_server: LETTER;
    generate_vicidial_conf: LETTER;
    active_agent_login_server: LETTER;
    active_twin_server_ip: text(Kept::ADDRESS, ServerIp::AT_MOST);
    conf_engine: ValueType::Choice(&["MEETME", "CONFBRIDGE"]);
} }

columns! { static USER_GROUP {
    user_group: name(Kept::WORD, AdminUserGroup::AT_MOST), key;
    group_name: ValueType::Line { at_most: 40 };
    allowed_campaigns: ValueType::Line { at_most: 65_535 };
    admin_viewable_groups: ValueType::Names;
    admin_ip_list: text(Kept::WORD, 30);
    api_ip_list: text(Kept::WORD, 30);
} }

columns! { static IP_LIST {
    ip_list_id: name(Kept::WORD, 30), key;
    ip_address as "entries": ValueType::Addresses, required;
} }

columns! { static TEMPLATE {
    template_id: name(Kept::WORD, TemplateId::AT_MOST), key;
    template_name: ValueType::Line { at_most: 50 };
    template_contents: ValueType::Lines { at_most: 65_535 };
    user_group: name(Kept::WORD, AdminUserGroup::AT_MOST);
} }

columns! { static CAMPAIGN {
    campaign_id: name(Kept::WORD, 8), key;
    campaign_name: ValueType::Line { at_most: 40 };
    active: LETTER;
    pllb_grouping: ValueType::Choice(&["DISABLED", "ONE_SERVER_ONLY", "CASCADING"]);
    pllb_grouping_limit: number(0, 32_767);
    campaign_cid: text(Kept::ALNUM, 20);
    auto_dial_level: text(Kept::DECIMAL, 6);
    dial_method: text(Kept::WORD, 20);
} }

columns! { static USER {
    user: text_from(2, Kept::WORD, UserName::AT_MOST), key;
    pass: ValueType::Password, secret;
    digest as "pass_hash": ValueType::Digest, secret;
    full_name: ValueType::Line { at_most: 50 };
    user_level: number(1, 9);
    user_group: text(Kept::WORD, AdminUserGroup::AT_MOST);
    phone_login: text(Kept::WORDS, PhoneLogins::AT_MOST);
    phone_pass: text(Kept::WORD, PhonePass::AT_MOST), secret;
    hotkeys_active: DIGIT;
    voicemail_id: text(Kept::ALNUM, VoicemailId::AT_MOST);
    email: text(Kept::EMAIL, Email::AT_MOST);
    custom_one: ValueType::Line { at_most: 100 };
    custom_two: ValueType::Line { at_most: 100 };
    custom_three: ValueType::Line { at_most: 100 };
    custom_four: ValueType::Line { at_most: 100 };
    custom_five: ValueType::Line { at_most: 100 };
    wrapup_seconds_override: number(-1, 9_999);
    agent_choose_ingroups: DIGIT;
    agent_choose_blended: DIGIT;
    closer_default_blended: DIGIT;
    closer_campaigns: ValueType::Line { at_most: 65_535 };
    active: LETTER;
    api_only_user: DIGIT;
    api_allowed_functions: ValueType::Names;
    vdc_agent_api_access: DIGIT;
    ast_admin_access: DIGIT;
    ast_delete_phones: DIGIT;
    modify_users: DIGIT;
    delete_users: DIGIT;
    view_reports: DIGIT;
    modify_same_user_level: DIGIT;
    force_change_password: LETTER;
    ignore_ip_list: DIGIT;
} }

columns! { static ALIAS {
    alias_id: text_from(2, Kept::WORD, AliasId::AT_MOST), key;
    alias_name: name(Kept::TITLE, AliasName::AT_MOST);
    logins_list as "phone_logins": ValueType::Logins { at_most: PhoneLogins::AT_MOST }, required;
    active: LETTER;
    user_group: name(Kept::WORD, AdminUserGroup::AT_MOST);
} }

columns! { static WEIGHT {
    server_ip: name(Kept::ADDRESS, ServerIp::AT_MOST), key;
    weight: number(0, 1_000_000), required;
} }

columns! { static SETTINGS {
    use_non_latin: DIGIT;
    pass_hash_enabled: DIGIT;
    enable_languages: DIGIT;
    allow_ip_lists: DIGIT;
    system_ip_blacklist: text(Kept::WORD, 30);
    auto_user_add_value: number(0, i64::MAX);
    pllb_grouping_limit: number(0, 32_767);
    two_factor_auth_hours: number(0, 32_767);
    two_factor_container: text(Kept::WORD, 40);
    allow_web_debug: number(0, 9);
    default_codecs: ValueType::Line { at_most: 100 };
} }
