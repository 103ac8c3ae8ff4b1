//! Fields of the Non-Agent API. Each is a type with its key, its allowed characters and its maximum length; a value of such a
//! type is already filtered.

use std::fmt;

use crate::text::{Alphabet, Kept};

/// A field of a request.
pub trait Field: Sized {
    /// The request key of the field.
    const ID: FieldId;
    /// Maximum length after filtering, in bytes.
    const AT_MOST: usize;

    /// Filters the raw value.
    fn read(raw: &[u8], alphabet: Alphabet) -> Self;

    /// The filtered value.
    fn as_str(&self) -> &str;

    /// Length of the filtered value, in bytes.
    fn len(&self) -> usize {
        self.as_str().len()
    }

    /// Whether the filtered value is empty.
    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// Whether the value exceeds the maximum length.
    fn is_too_long(&self) -> bool {
        self.len() > Self::AT_MOST
    }
}

/// The raw parameters of a request.
pub trait Fields {
    /// The raw value of this key; empty if it was not sent.
    fn raw(&self, field: FieldId) -> &[u8];

    /// Whether the key was sent, even with an empty value.
    fn is_sent(&self, field: FieldId) -> bool;
}

/// Reads typed fields from a request.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    fields: &'a dyn Fields,
    alphabet: Alphabet,
}

impl<'a> Reader<'a> {
    /// A reader of `fields` for values in this alphabet.
    pub fn new(fields: &'a dyn Fields, alphabet: Alphabet) -> Self {
        Self { fields, alphabet }
    }

    /// The field of this type.
    #[must_use]
    pub fn get<F: Field>(&self) -> F {
        self.get_from(F::ID)
    }

    /// The field of this type, read from another key.
    #[must_use]
    pub fn get_from<F: Field>(&self, key: FieldId) -> F {
        F::read(self.fields.raw(key), self.alphabet)
    }

    /// Whether the key was sent.
    #[must_use]
    pub fn is_sent(&self, key: FieldId) -> bool {
        self.fields.is_sent(key)
    }
}

/// Debug output of a field's value; hides secrets.
struct Shown<'a>(bool, &'a str);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 { f.write_str("(secret)") } else { fmt::Debug::fmt(self.1, f) }
    }
}

macro_rules! fields {
    (
        fields { $($(#[$doc:meta])* $name:ident = $key:literal, $kept:expr, $at_most:literal, $secret:ident $(, $then:ident)?;)* }
        keys { $($(#[$key_doc:meta])* $other:ident = $other_key:literal;)* }
    ) => {
        /// The request keys that Hotdesk recognizes. Keys are case-sensitive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum FieldId { $($(#[$doc])* $name,)* $($(#[$key_doc])* $other,)* }

        impl FieldId {
            /// Number of keys; every key's discriminant is below this.
            pub const COUNT: usize = [$($key,)* $($other_key,)*].len();

            /// The fields of the API, each of which has its own type.
            pub const OF_API: &[Self] = &[$(Self::$name,)* Self::OtherFormAlias];

            /// The field of this key, if Hotdesk recognizes it.
            #[must_use]
            pub fn from_key(key: &[u8]) -> Option<Self> {
                $(if key == $key.as_bytes() { return Some(Self::$name); })*
                $(if key == $other_key.as_bytes() { return Some(Self::$other); })*
                None
            }

            /// The request key of the field.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* $(Self::$other => $other_key,)* }
            }

            /// Whether its value is a secret.
            #[must_use]
            pub const fn is_secret(self) -> bool {
                match self { $(Self::$name => fields!(@$secret),)* _ => matches!(self, Self::Pp | Self::VdPass) }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Eq, Default)]
            pub struct $name(String);

            impl Field for $name {
                const ID: FieldId = FieldId::$name;
                const AT_MOST: usize = $at_most;

                fn read(raw: &[u8], alphabet: Alphabet) -> Self {
                    let kept: Kept = $kept;
                    let value = kept.filter(raw, alphabet);
                    $(let value = $then(&value, raw);)?
                    Self(value)
                }

                fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_tuple(stringify!($name)).field(&Shown(fields!(@$secret), &self.0)).finish()
                }
            }

            impl From<$name> for String {
                fn from(field: $name) -> Self {
                    field.0
                }
            }
        )*
    };
    (@open) => { false };
    (@secret) => { true };
}

fields! {
    fields {
        /// The function to call.
        Function = "function", Kept::WORD, 100, open;
        /// The calling account.
        UserName = "user", Kept::WORD, 20, open;
        /// The caller's password after filtering, which is the only form that VICIdial compares.
        FilteredPass = "pass", Kept::WORD, 100, secret;
        /// The calling program, as it names itself.
        Source = "source", Kept::ALNUM, 20, open;
        /// The requested kind of refresh, or the format of a list.
        Stage = "stage", Kept::WORD, 100, open;

        /// A phone's name on its dialer.
        Extension = "extension", Kept::WORD, 100, open;
        /// The dialer of a phone.
        ServerIp = "server_ip", Kept::ADDRESS, 15, open;
        /// The number that rings the phone.
        DialplanNumber = "dialplan_number", Kept::DIALLED, 20, open;
        /// The phone's voicemail box.
        VoicemailId = "voicemail_id", Kept::ALNUM, 10, open;
        /// The login that agents enter for this phone. Unique across all dialers.
        PhoneLogin = "phone_login", Kept::WORD, 20, open;
        /// The password that agents enter with the phone's login.
        PhonePass = "phone_pass", Kept::WORD, 100, secret;
        /// The channel technology of the phone.
        ProtocolName = "protocol", Kept::ALNUM, 20, open;
        /// The password with which the phone registers on its dialer.
        RegistrationPassword = "registration_password", Kept::WORD, 100, secret;
        /// The phone's display name.
        PhoneFullName = "phone_full_name", Kept::FULL_NAME, 50, open;
        /// The phone's time zone, in hours from GMT, without daylight saving time.
        LocalGmt = "local_gmt", Kept::DECIMAL, 6, open;
        /// The caller id of outgoing calls.
        OutboundCid = "outbound_cid", Kept::NUMBER, 20, open, keep_all;
        /// The alternative caller id of outgoing calls.
        OutboundAltCid = "outbound_alt_cid", Kept::ALNUM, 20, open;
        /// The dialplan context of the phone.
        PhoneContext = "phone_context", Kept::WORD, 20, open;
        /// The address that voicemail is sent to.
        Email = "email", Kept::EMAIL, 100, open, plus_to_blank;
        /// The user group whose administrators may see the phone.
        AdminUserGroup = "admin_user_group", Kept::WORD, 20, open;
        /// The configuration template of the phone.
        TemplateId = "template_id", Kept::WORD, 15, open;
        /// Whether the phone is a browser phone.
        IsWebphone = "is_webphone", Kept::WORD, 20, open;
        /// Whether a browser phone answers automatically.
        WebphoneAutoAnswer = "webphone_auto_answer", Kept::WORD, 20, open;
        /// Whether the phone registers at the dialer's public address.
        UseExternalServerIp = "use_external_server_ip", Kept::WORD, 20, open;
        /// Whether the phone is rung for each call instead of staying connected.
        OnHookAgent = "on_hook_agent", Kept::WORD, 20, open;
        /// Number of seconds that the phone rings before voicemail answers.
        PhoneRingTimeout = "phone_ring_timeout", Kept::NUMBER, 3, open;
        /// Whether a voicemail is deleted once it has been sent by email.
        DeleteVmAfterEmail = "delete_vm_after_email", Kept::LETTERS, 1, open;
        /// Whether the phone is active.
        Active = "active", Kept::CAPITALS, 1, open;
        /// Whether the phone is to be deleted.
        DeletePhone = "delete_phone", Kept::CAPITALS, 1, open;

        /// The id of an alias, which agents enter to log in.
        AliasId = "alias_id", Kept::WORD, 20, open;
        /// The alias's display name.
        AliasName = "alias_name", Kept::TITLE, 50, open;
        /// The logins of an alias's phones, separated by commas.
        PhoneLogins = "phone_logins", Kept::WORDS, 255, open;
        /// Whether the alias is to be deleted.
        DeleteAlias = "delete_alias", Kept::CAPITALS, 1, open;

        /// The user that a function is about.
        AgentUser = "agent_user", Kept::WORD, 20, open;
        /// The user's new password.
        AgentPass = "agent_pass", Kept::WORD, 100, secret;
        /// The user's level.
        AgentUserLevel = "agent_user_level", Kept::NUMBER, 255, open;
        /// The user's display name.
        AgentFullName = "agent_full_name", Kept::TITLE, 50, open;
        /// The user's group.
        AgentUserGroup = "agent_user_group", Kept::WORD, 20, open;
        /// The user to copy.
        SourceUser = "source_user", Kept::WORD, 20, open;
        /// Whether the user can dispose of calls with hot keys.
        HotkeysActive = "hotkeys_active", Kept::NUMBER, 1, open;
        /// Wrap-up time after a call, in seconds; -1 for the campaign's setting.
        WrapupSecondsOverride = "wrapup_seconds_override", Kept::SIGNED, 6, open;
        /// Whether the user chooses in-groups at login.
        AgentChooseIngroups = "agent_choose_ingroups", Kept::NUMBER, 1, open;
        /// Whether the user chooses between inbound and blended calls.
        AgentChooseBlended = "agent_choose_blended", Kept::NUMBER, 1, open;
        /// Whether blended calls are the default.
        CloserDefaultBlended = "closer_default_blended", Kept::NUMBER, 1, open;
        /// The in-groups whose calls the user takes, separated by `|`.
        InGroups = "in_groups", Kept::LIST, 65_000, open;
        /// A custom field of the user.
        CustomOne = "custom_one", Kept::TITLE, 100, open;
        /// Like [`CustomOne`].
        CustomTwo = "custom_two", Kept::TITLE, 100, open;
        /// Like [`CustomOne`].
        CustomThree = "custom_three", Kept::TITLE, 100, open;
        /// Like [`CustomOne`].
        CustomFour = "custom_four", Kept::TITLE, 100, open;
        /// Like [`CustomOne`].
        CustomFive = "custom_five", Kept::TITLE, 100, open;
        /// Whether the user is to be deleted.
        DeleteUser = "delete_user", Kept::CAPITALS, 1, open;
        /// The user's priority for a campaign's calls, from -9 to 9.
        CampaignRank = "campaign_rank", Kept::RANK, 2, open;
        /// The user's share of a campaign's calls, from 1 to 10.
        CampaignGrade = "campaign_grade", Kept::NUMBER, 2, open;
        /// Whether rank and grade apply only to [`CampaignId`].
        CampRgOnly = "camp_rg_only", Kept::NUMBER, 1, open;
        /// The campaign for [`CampRgOnly`].
        CampaignId = "campaign_id", Kept::WORD, 20, open;
        /// Like [`CampaignRank`], for in-groups.
        IngroupRank = "ingroup_rank", Kept::RANK, 2, open;
        /// Like [`CampaignGrade`], for in-groups.
        IngroupGrade = "ingroup_grade", Kept::NUMBER, 2, open;
        /// Whether rank and grade apply only to [`GroupId`].
        IngrpRgOnly = "ingrp_rg_only", Kept::NUMBER, 1, open;
        /// The in-group for [`IngrpRgOnly`].
        GroupId = "group_id", Kept::WORD, 20, open;

        /// The length of a new password that is sent to the user.
        ResetPassword = "reset_password", Kept::NUMBER, 255, open;

        /// Whether a list starts with a header line.
        Header = "header", Kept::ALNUM, 20, open;
        /// Whether a list of agents includes their pause codes.
        ShowSubStatus = "show_sub_status", Kept::ALNUM, 20, open;
        /// The campaigns whose agents are listed, separated by `|`; empty for all.
        Campaigns = "campaigns", Kept::LIST, 65_000, open;
        /// The user groups whose agents are listed, separated by `|`; empty for all.
        UserGroups = "user_groups", Kept::LIST, 65_000, open;
        /// Whether an agent's status includes the address of the agent's computer.
        IncludeIp = "include_ip", Kept::ALNUM, 20, open;
        /// Whether a list of in-groups leaves out those of single agents.
        IgnoreAgentdirect = "ignore_agentdirect", Kept::CAPITALS, 20, open;
        /// How many calls a remote agent takes at a time.
        NumberOfLines = "number_of_lines", Kept::NUMBER, 3, open;
        /// Whether a remote agent takes calls: `ACTIVE` or `INACTIVE`.
        Status = "status", Kept::WORD, 20, open;
        /// The conference of an agent.
        SessionId = "session_id", Kept::NUMBER, 10, open;
        /// The type of the settings containers that are listed.
        ContainerType = "type", Kept::WORD, 40, open;
        /// What a function of the Agent API is to do.
        Value = "value", Kept::OPTIONS, 255, open;
        /// The agent that a function is about, by `custom_three`.
        AltUser = "alt_user", Kept::ALNUM, 100, open;
        /// The field that gets the chosen value, in the page that opened a list.
        Comments = "comments", Kept::WORD, 100, open;
    }
    keys {
        /// The id of an alias in the second form of `add_phone_alias`.
        OtherFormAlias = "alias";
        /// Short key of an agent's phone login.
        Pl = "pl";
        /// Short key of an agent's phone password.
        Pp = "pp";
        /// An agent's user name.
        VdLogin = "VD_login";
        /// An agent's password.
        VdPass = "VD_pass";
        /// The campaign that an agent logs in to.
        VdCampaign = "VD_campaign";
    }
}

/// `---ALL---` passes the number filter unchanged.
fn keep_all(kept: &str, raw: &[u8]) -> String {
    if raw == b"---ALL---" { "---ALL---" } else { kept }.to_owned()
}

/// VICIdial reads even a `+` that was sent as `%2B` as a blank.
fn plus_to_blank(kept: &str, _: &[u8]) -> String {
    kept.replace('+', " ")
}

/// The value that clears a field, in any letter case.
pub const BLANK: &str = "--BLANK--";

/// The value of a switch: `Y` or `N`, in any letter case; `None` for anything else, as if it was not sent.
#[must_use]
pub fn switch(field: &impl Field) -> Option<&'static str> {
    ["Y", "N"].into_iter().find(|known| field.as_str().eq_ignore_ascii_case(known))
}

/// `is_webphone`: [`switch`], or `Y_API_LAUNCH`.
#[must_use]
pub fn webphone_switch(field: &IsWebphone) -> Option<&'static str> {
    ["Y", "N", "Y_API_LAUNCH"].into_iter().find(|known| field.as_str().eq_ignore_ascii_case(known))
}

/// Whether a field holds [`BLANK`].
#[must_use]
pub fn is_blank(field: &impl Field) -> bool {
    field.as_str().eq_ignore_ascii_case(BLANK)
}

/// The protocols that the Non-Agent API accepts. Only the other interfaces accept `PJSIP`.
pub const API_PROTOCOLS: [&str; 4] = ["IAX2", "SIP", "Zap", "EXTERNAL"];

/// The valid time zones of a phone, in hours from GMT.
pub const TIME_ZONES: [f64; 33] = [
    12.75, 12.0, 11.0, 10.0, 9.5, 9.0, 8.0, 7.0, 6.5, 6.0, 5.75, 5.5, 5.0, 4.5, 4.0, 3.5, 3.0, 2.0, 1.0, 0.0, -1.0,
    -2.0, -3.0, -3.5, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0, -10.0, -11.0, -12.0,
];

impl LocalGmt {
    /// Whether this is a valid time zone, compared as a number.
    #[must_use]
    pub fn is_time_zone(&self) -> bool {
        self.0.parse().is_ok_and(|hours: f64| TIME_ZONES.iter().any(|zone| (zone - hours).abs() < 1e-12))
    }
}

impl AgentPass {
    /// Whether this is a valid password for a user.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        self.len() >= 2 && !self.is_too_long()
    }
}

impl PhoneLogins {
    /// The individual logins, unchanged. An empty item is the empty login.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.0.split(',')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<F: Field>(raw: &str) -> F {
        F::read(raw.as_bytes(), Alphabet::Latin)
    }

    #[test]
    fn every_key_finds_its_own_field() {
        for id in [FieldId::Function, FieldId::FilteredPass, FieldId::DeleteAlias, FieldId::OtherFormAlias] {
            assert_eq!(FieldId::from_key(id.key().as_bytes()), Some(id));
            assert!((id as usize) < FieldId::COUNT);
        }
        assert_eq!(FieldId::from_key(b"Alias_Id"), None);
    }

    #[test]
    fn the_caller_id_for_all_passes_the_filter() {
        assert_eq!(read::<OutboundCid>("---ALL---").as_str(), "---ALL---");
        assert_eq!(read::<OutboundCid>("--ALL--").as_str(), "");
    }

    #[test]
    fn a_plus_in_an_email_is_a_blank() {
        assert_eq!(read::<Email>("a+b@c.com").as_str(), "a b@c.com");
    }

    #[test]
    fn a_switch_accepts_only_its_exact_values() {
        assert_eq!(switch(&read::<OnHookAgent>("y")), Some("Y"));
        assert_eq!(switch(&read::<OnHookAgent>("YES")), None);
        assert_eq!(switch(&read::<OnHookAgent>("Y_API_LAUNCH")), None);
        assert_eq!(webphone_switch(&read::<IsWebphone>("y_api_launch")), Some("Y_API_LAUNCH"));
    }

    #[test]
    fn time_zones_compare_as_numbers() {
        for valid in ["-5.00", "-5", "0", "-0.00", ".0", "0.", "009.5", "12.750", "-3.50"] {
            assert!(read::<LocalGmt>(valid).is_time_zone(), "{valid}");
        }
        for invalid in
            ["", "-", ".", "--5.00", "5.75.0", "12.5", "-4.50", "13", "-13.00", "3.50000000001", "1-2", "-.5"]
        {
            assert!(!read::<LocalGmt>(invalid).is_time_zone(), "{invalid}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let shown = format!("{:?} {:?}", read::<PhonePass>("hunter2"), read::<RegistrationPassword>("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
