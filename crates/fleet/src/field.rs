//! Every field of the Non-Agent API that Hotdesk reads, each as a type that knows its name, which characters it keeps and
//! how long it may be. A value of such a type is already filtered.

use std::fmt;

use crate::text::{Alphabet, Kept};

/// A field of a request.
pub trait Field: Sized {
    /// The key it is sent under.
    const ID: FieldId;
    /// How many bytes it may have after filtering.
    const AT_MOST: usize;

    /// Filters what was sent.
    fn read(raw: &[u8], alphabet: Alphabet) -> Self;

    /// The filtered value.
    fn as_str(&self) -> &str;

    /// How many bytes the filtered value has.
    fn len(&self) -> usize {
        self.as_str().len()
    }

    /// Whether nothing was sent, or nothing of it kept.
    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// Whether it is longer than it may be.
    fn is_too_long(&self) -> bool {
        self.len() > Self::AT_MOST
    }
}

/// Where fields come from: a request's parameters as they were sent, still unfiltered.
pub trait Fields {
    /// What was sent under this key; empty if nothing was.
    fn raw(&self, field: FieldId) -> &[u8];

    /// Whether the key was sent at all, even with an empty value.
    fn is_sent(&self, field: FieldId) -> bool;
}

/// Reads typed fields from a request.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    fields: &'a dyn Fields,
    alphabet: Alphabet,
}

impl<'a> Reader<'a> {
    /// Reads from `fields` in this alphabet.
    pub fn new(fields: &'a dyn Fields, alphabet: Alphabet) -> Self {
        Self { fields, alphabet }
    }

    /// The field of this type.
    #[must_use]
    pub fn get<F: Field>(&self) -> F {
        self.get_from(F::ID)
    }

    /// The field of this type, sent under another key.
    #[must_use]
    pub fn get_from<F: Field>(&self, key: FieldId) -> F {
        F::read(self.fields.raw(key), self.alphabet)
    }

    /// Whether the key was sent at all.
    #[must_use]
    pub fn is_sent(&self, key: FieldId) -> bool {
        self.fields.is_sent(key)
    }
}

/// How a field's value shows in debug output.
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
        /// The keys of a request that mean something to Hotdesk. Keys are case-sensitive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum FieldId { $($(#[$doc])* $name,)* $($(#[$key_doc])* $other,)* }

        impl FieldId {
            /// How many there are; each one's number is below this.
            pub const COUNT: usize = [$($key,)* $($other_key,)*].len();

            /// The fields of the API, which have a type each.
            pub const OF_API: &[Self] = &[$(Self::$name,)* Self::OtherFormAlias];

            /// The key's field, if Hotdesk knows one.
            #[must_use]
            pub fn from_key(key: &[u8]) -> Option<Self> {
                $(if key == $key.as_bytes() { return Some(Self::$name); })*
                $(if key == $other_key.as_bytes() { return Some(Self::$other); })*
                None
            }

            /// The key it is sent under.
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
        /// Which function is called.
        Function = "function", Kept::WORD, 100, open;
        /// Who calls.
        UserName = "user", Kept::WORD, 20, open;
        /// The caller's password after filtering; the original only knows it so.
        FilteredPass = "pass", Kept::WORD, 100, secret;
        /// What program calls, in the caller's own words.
        Source = "source", Kept::ALNUM, 20, open;
        /// Which kind of refresh is asked for.
        Stage = "stage", Kept::WORD, 100, open;

        /// A phone's name on its dialer.
        Extension = "extension", Kept::WORD, 100, open;
        /// The dialer of a phone.
        ServerIp = "server_ip", Kept::ADDRESS, 15, open;
        /// The number that rings the phone.
        DialplanNumber = "dialplan_number", Kept::DIALLED, 20, open;
        /// The phone's voicemail box.
        VoicemailId = "voicemail_id", Kept::ALNUM, 10, open;
        /// What an agent types to log in with this phone. Unique over all dialers.
        PhoneLogin = "phone_login", Kept::WORD, 20, open;
        /// The password an agent types with the phone's login.
        PhonePass = "phone_pass", Kept::WORD, 100, secret;
        /// How the phone is connected.
        ProtocolName = "protocol", Kept::ALNUM, 20, open;
        /// The password with which the phone registers on its dialer.
        RegistrationPassword = "registration_password", Kept::WORD, 100, secret;
        /// The phone's name for people.
        PhoneFullName = "phone_full_name", Kept::FULL_NAME, 50, open;
        /// The phone's time zone, in hours from GMT, not adjusted for summer time.
        LocalGmt = "local_gmt", Kept::DECIMAL, 6, open;
        /// The number that a called person sees.
        OutboundCid = "outbound_cid", Kept::NUMBER, 20, open, everybody;
        /// The alternative number that a called person sees.
        OutboundAltCid = "outbound_alt_cid", Kept::ALNUM, 20, open;
        /// The dialplan context of the phone.
        PhoneContext = "phone_context", Kept::WORD, 20, open;
        /// Where voicemail is sent.
        Email = "email", Kept::EMAIL, 100, open, blank_for_plus;
        /// Which group's administrators may see the phone.
        AdminUserGroup = "admin_user_group", Kept::WORD, 20, open;
        /// The configuration template of the phone.
        TemplateId = "template_id", Kept::WORD, 15, open;
        /// Whether the phone lives in the browser.
        IsWebphone = "is_webphone", Kept::WORD, 20, open;
        /// Whether a phone in the browser answers by itself.
        WebphoneAutoAnswer = "webphone_auto_answer", Kept::WORD, 20, open;
        /// Whether the phone registers at the dialer's public address.
        UseExternalServerIp = "use_external_server_ip", Kept::WORD, 20, open;
        /// Whether the phone is rung for each call instead of staying connected.
        OnHookAgent = "on_hook_agent", Kept::WORD, 20, open;
        /// For how many seconds the phone rings before voicemail answers.
        PhoneRingTimeout = "phone_ring_timeout", Kept::NUMBER, 3, open;
        /// Whether a voicemail is deleted once it has been sent by email.
        DeleteVmAfterEmail = "delete_vm_after_email", Kept::LETTERS, 1, open;
        /// Whether the phone can be used.
        Active = "active", Kept::CAPITALS, 1, open;
        /// Whether the phone is to be deleted.
        DeletePhone = "delete_phone", Kept::CAPITALS, 1, open;

        /// The name of an alias: what an agent types to log in with it.
        AliasId = "alias_id", Kept::WORD, 20, open;
        /// The alias's name for people.
        AliasName = "alias_name", Kept::TITLE, 50, open;
        /// The logins of an alias's phones, separated by commas.
        PhoneLogins = "phone_logins", Kept::WORDS, 255, open;
        /// Whether the alias is to be deleted.
        DeleteAlias = "delete_alias", Kept::CAPITALS, 1, open;

        /// The user that a function is about.
        AgentUser = "agent_user", Kept::WORD, 20, open;
        /// The password that the user gets.
        AgentPass = "agent_pass", Kept::WORD, 100, secret;
        /// The user's level.
        AgentUserLevel = "agent_user_level", Kept::NUMBER, 255, open;
        /// The user's name for people.
        AgentFullName = "agent_full_name", Kept::TITLE, 50, open;
        /// The user's group.
        AgentUserGroup = "agent_user_group", Kept::WORD, 20, open;
        /// The user of whom a copy is made.
        SourceUser = "source_user", Kept::WORD, 20, open;
        /// Whether the user's keyboard ends calls.
        HotkeysActive = "hotkeys_active", Kept::NUMBER, 1, open;
        /// For how many seconds the user rests after a call; -1 for as long as the campaign says.
        WrapupSecondsOverride = "wrapup_seconds_override", Kept::SIGNED, 6, open;
        /// Whether the user chooses in-groups at the login.
        AgentChooseIngroups = "agent_choose_ingroups", Kept::NUMBER, 1, open;
        /// Whether the user chooses between inbound calls and all calls.
        AgentChooseBlended = "agent_choose_blended", Kept::NUMBER, 1, open;
        /// Whether the user begins with all calls.
        CloserDefaultBlended = "closer_default_blended", Kept::NUMBER, 1, open;
        /// The in-groups whose calls the user takes, with `|` between them.
        InGroups = "in_groups", Kept::LIST, 65_000, open;
        /// What the house notes about the user.
        CustomOne = "custom_one", Kept::TITLE, 100, open;
        /// As [`CustomOne`].
        CustomTwo = "custom_two", Kept::TITLE, 100, open;
        /// As [`CustomOne`].
        CustomThree = "custom_three", Kept::TITLE, 100, open;
        /// As [`CustomOne`].
        CustomFour = "custom_four", Kept::TITLE, 100, open;
        /// As [`CustomOne`].
        CustomFive = "custom_five", Kept::TITLE, 100, open;
        /// Whether the user is to be deleted.
        DeleteUser = "delete_user", Kept::CAPITALS, 1, open;
        /// How early the user gets a campaign's calls, from -9 to 9.
        CampaignRank = "campaign_rank", Kept::SIGNED, 2, open;
        /// How many of a campaign's calls the user gets, from 1 to 10.
        CampaignGrade = "campaign_grade", Kept::NUMBER, 2, open;
        /// Whether rank and grade are for one campaign only.
        CampRgOnly = "camp_rg_only", Kept::NUMBER, 1, open;
        /// That campaign.
        CampaignId = "campaign_id", Kept::WORD, 20, open;
        /// As [`CampaignRank`], for in-groups.
        IngroupRank = "ingroup_rank", Kept::SIGNED, 2, open;
        /// As [`CampaignGrade`], for in-groups.
        IngroupGrade = "ingroup_grade", Kept::NUMBER, 2, open;
        /// Whether rank and grade are for one in-group only.
        IngrpRgOnly = "ingrp_rg_only", Kept::NUMBER, 1, open;
        /// That in-group.
        GroupId = "group_id", Kept::WORD, 20, open;

        /// Whether a list begins with the names of its columns.
        Header = "header", Kept::ALNUM, 20, open;
        /// Whether a list of agents tells why they pause.
        ShowSubStatus = "show_sub_status", Kept::ALNUM, 20, open;
        /// The campaigns whose agents are listed, with `|` between them; empty for all.
        Campaigns = "campaigns", Kept::LIST, 65_000, open;
        /// The groups whose agents are listed, with `|` between them; empty for all.
        UserGroups = "user_groups", Kept::LIST, 65_000, open;
    }
    keys {
        /// The name of an alias in the other form of `add_phone_alias`.
        OtherFormAlias = "alias";
        /// An agent's phone login, in short.
        Pl = "pl";
        /// An agent's phone password, in short.
        Pp = "pp";
        /// An agent's name.
        VdLogin = "VD_login";
        /// An agent's password.
        VdPass = "VD_pass";
        /// The campaign that an agent logs in to.
        VdCampaign = "VD_campaign";
    }
}

/// `---ALL---` passes the filter of numbers whole.
fn everybody(kept: &str, raw: &[u8]) -> String {
    if raw == b"---ALL---" { "---ALL---" } else { kept }.to_owned()
}

/// A `+` that was sent as `%2B` still means a blank.
fn blank_for_plus(kept: &str, _: &[u8]) -> String {
    kept.replace('+', " ")
}

/// The value that clears a field, in any letter case.
pub const BLANK: &str = "--BLANK--";

/// A switch that counts only as exactly `Y` or `N`, in any letter case; anything else is as if it was not sent.
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

/// The protocols of the API; `PJSIP` is for the other doors.
pub const API_PROTOCOLS: [&str; 4] = ["IAX2", "SIP", "Zap", "EXTERNAL"];

/// Time zones that a phone can have, in hours from GMT.
pub const TIME_ZONES: [f64; 33] = [
    12.75, 12.0, 11.0, 10.0, 9.5, 9.0, 8.0, 7.0, 6.5, 6.0, 5.75, 5.5, 5.0, 4.5, 4.0, 3.5, 3.0, 2.0, 1.0, 0.0, -1.0,
    -2.0, -3.0, -3.5, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0, -10.0, -11.0, -12.0,
];

impl LocalGmt {
    /// Whether it is a time zone that a phone can have, compared as a number.
    #[must_use]
    pub fn is_time_zone(&self) -> bool {
        self.0.parse().is_ok_and(|hours: f64| TIME_ZONES.iter().any(|zone| (zone - hours).abs() < 1e-12))
    }
}

impl AgentPass {
    /// Whether a user can have this password.
    #[must_use]
    pub fn can_be_had(&self) -> bool {
        self.len() >= 2 && !self.is_too_long()
    }
}

impl PhoneLogins {
    /// The logins, one by one, as they were sent. An empty item is the empty login.
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
    fn a_caller_id_for_everybody_passes_whole() {
        assert_eq!(read::<OutboundCid>("---ALL---").as_str(), "---ALL---");
        assert_eq!(read::<OutboundCid>("--ALL--").as_str(), "");
    }

    #[test]
    fn a_plus_in_an_email_is_a_blank() {
        assert_eq!(read::<Email>("a+b@c.com").as_str(), "a b@c.com");
    }

    #[test]
    fn a_switch_counts_only_exactly() {
        assert_eq!(switch(&read::<OnHookAgent>("y")), Some("Y"));
        assert_eq!(switch(&read::<OnHookAgent>("YES")), None);
        assert_eq!(switch(&read::<OnHookAgent>("Y_API_LAUNCH")), None);
        assert_eq!(webphone_switch(&read::<IsWebphone>("y_api_launch")), Some("Y_API_LAUNCH"));
    }

    #[test]
    fn time_zones_compare_as_numbers() {
        for good in ["-5.00", "-5", "0", "-0.00", ".0", "0.", "009.5", "12.750", "-3.50"] {
            assert!(read::<LocalGmt>(good).is_time_zone(), "{good}");
        }
        for bad in ["", "-", ".", "--5.00", "5.75.0", "12.5", "-4.50", "13", "-13.00", "3.50000000001", "1-2", "-.5"] {
            assert!(!read::<LocalGmt>(bad).is_time_zone(), "{bad}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let shown = format!("{:?} {:?}", read::<PhonePass>("hunter2"), read::<RegistrationPassword>("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
