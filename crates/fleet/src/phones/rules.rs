//! The rules of a phone's fields, as a form needs them: every mistake with its field.

use std::ops::RangeInclusive;

use crate::non_agent_api::update_phone::lengths;
use crate::records::{Phone, PhoneKey};
use crate::schema::{Column, Invalid, Row, Table, Value};
use crate::text::Alphabet;

/// What a form says of one field beyond [`Column::kind`].
struct Rule {
    /// The key of the fleet file's section.
    name: &'static str,
    /// `add_phone` needs it.
    is_needed: bool,
    /// What a new phone has where nothing was typed.
    default: &'static str,
    /// `update_phone`'s lengths.
    changed: RangeInclusive<usize>,
    /// `update_phone` can clear it, or `add_phone` leaves it empty.
    may_be_cleared: bool,
}

const ANY: RangeInclusive<usize> = 1..=usize::MAX;

const fn needed(name: &'static str, changed: RangeInclusive<usize>) -> Rule {
    Rule { name, is_needed: true, default: "", changed, may_be_cleared: false }
}

const fn optional(name: &'static str, default: &'static str, changed: RangeInclusive<usize>) -> Rule {
    Rule { name, is_needed: false, default, changed, may_be_cleared: default.is_empty() }
}

impl Rule {
    const fn may_be_cleared(self) -> Self {
        Self { may_be_cleared: true, ..self }
    }
}

static RULES: [Rule; 23] = [
    needed("extension", ANY),
    needed("server_ip", ANY),
    needed("phone_login", ANY),
    needed("phone_full_name", lengths::FULL_NAME).may_be_cleared(),
    needed("protocol", ANY),
    optional("active", "Y", ANY),
    needed("phone_pass", lengths::SECRET),
    needed("registration_password", lengths::SECRET),
    needed("dialplan_number", lengths::DIALPLAN_NUMBER),
    needed("outbound_cid", lengths::CALLER_ID),
    optional("outbound_alt_cid", "", lengths::CALLER_ID),
    optional("phone_context", "default", lengths::PHONE_CONTEXT).may_be_cleared(),
    optional("phone_ring_timeout", "60", ANY),
    optional("on_hook_agent", "N", ANY),
    needed("voicemail_id", lengths::VOICEMAIL_ID),
    optional("email", "", lengths::EMAIL),
    optional("delete_vm_after_email", "N", ANY),
    optional("is_webphone", "N", ANY),
    optional("webphone_auto_answer", "Y", ANY),
    optional("use_external_server_ip", "N", ANY),
    needed("local_gmt", ANY),
    optional("admin_user_group", "---ALL---", lengths::USER_GROUP),
    optional("template_id", "", ANY),
];

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The field's key, as the API names it.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a field of a phone or an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The value is none that the field can have.
    Value(Invalid),
    /// The dialer has a phone of this name.
    PhoneExists,
    /// Another phone has this login.
    LoginTaken(PhoneKey),
    /// Two phones would get this login.
    LoginTwice,
    /// There is no such dialer.
    NoSuchDialer,
    /// There is no such template.
    NoSuchTemplate,
    /// There is an alias of this name.
    AliasExists,
    /// Two aliases would get this name.
    AliasTwice,
    /// With the new login, the list of this alias would be too long.
    AliasTooLong(String),
    /// The house wants that an alias's phones were seen registered, which new ones were not.
    NeverRegistered,
}

/// The keys of a phone's form, in its order.
pub fn keys() -> impl Iterator<Item = &'static Column> {
    RULES.iter().filter_map(|rule| Table::Phone.key(rule.name))
}

/// What a new phone has in this field where nothing is typed.
#[must_use]
pub fn default_of(name: &str) -> &'static str {
    RULES.iter().find(|rule| rule.name == name).map_or("", |rule| rule.default)
}

macro_rules! columns {
    ($($name:ident)*) => {
        /// The value of a column; empty if there is none of this name.
        #[must_use]
        pub fn column<'a>(phone: &'a Phone, name: &str) -> &'a str {
            match name {
                $(stringify!($name) => &phone.$name,)*
                _ => "",
            }
        }

        /// Sets a column, if there is one of this name.
        pub(super) fn set_column(phone: &mut Phone, name: &str, value: String) {
            match name {
                $(stringify!($name) => phone.$name = value,)*
                _ => {}
            }
        }

        fn blank() -> Phone {
            Phone { $($name: String::new(),)* }
        }
    };
}

columns!(extension server_ip dialplan_number voicemail_id login pass status active fullname protocol local_gmt outbound_cid
    outbound_alt_cid template_id conf_secret email phone_context user_group is_webphone webphone_auto_answer
    use_external_server_ip on_hook_agent phone_ring_timeout delete_vm_after_email);

/// Reads what was typed for a new phone.
///
/// # Errors
/// Every [`Wrong`] field.
pub fn read_new(typed: &Row, alphabet: Alphabet) -> Result<Phone, Vec<Wrong>> {
    read(typed, Phone { status: "ACTIVE".to_owned(), ..blank() }, RULES.iter(), |rule, value| {
        new_value(rule, value, alphabet)
    })
}

/// Reads only these fields of a new phone; the others stay empty.
///
/// # Errors
/// Every [`Wrong`] field among them.
pub fn read_some(typed: &Row, onto: Phone, names: &[&str], alphabet: Alphabet) -> Result<Phone, Vec<Wrong>> {
    let rules = RULES.iter().filter(|rule| names.contains(&rule.name));
    read(typed, onto, rules, |rule, value| new_value(rule, value, alphabet))
}

/// A phone that has only what nobody types.
#[must_use]
pub fn new_phone() -> Phone {
    Phone { status: "ACTIVE".to_owned(), ..blank() }
}

fn new_value(rule: &Rule, value: &str, alphabet: Alphabet) -> Result<String, Invalid> {
    match (value, rule.is_needed) {
        ("", true) => Err(Invalid::Missing { key: rule.name }),
        ("", false) => Ok(rule.default.to_owned()),
        _ => valid(rule, value, alphabet),
    }
}

/// Reads what was typed for a phone that is there. A value that stays the same is never wrong, and a secret that was not
/// typed stays.
///
/// # Errors
/// Every [`Wrong`] field.
pub fn read_changed(typed: &Row, stored: &Phone, alphabet: Alphabet) -> Result<Phone, Vec<Wrong>> {
    let rules = RULES.iter().filter(|rule| !Table::Phone.key(rule.name).is_some_and(|key| key.names_row));
    read(typed, stored.clone(), rules, |rule, value| {
        let Some(key) = Table::Phone.key(rule.name) else { return Ok(value.to_owned()) };
        let before = column(stored, key.column);
        match value {
            "" if key.secret => Ok(before.to_owned()),
            same if same == before => Ok(same.to_owned()),
            "" if rule.may_be_cleared => Ok(String::new()),
            "" => Err(Invalid::Missing { key: rule.name }),
            _ => {
                let value = valid(rule, value, alphabet)?;
                let (at_least, at_most) = (*rule.changed.start(), *rule.changed.end());
                match value.len() {
                    found if found < at_least => Err(Invalid::TooShort { key: rule.name, at_least }),
                    found if found > at_most => Err(Invalid::TooLong { key: rule.name, found, at_most }),
                    _ => Ok(value),
                }
            }
        }
    })
}

fn read(
    typed: &Row,
    mut phone: Phone,
    rules: impl Iterator<Item = &'static Rule>,
    value_of: impl Fn(&Rule, &str) -> Result<String, Invalid>,
) -> Result<Phone, Vec<Wrong>> {
    let mut wrong = Vec::new();
    for rule in rules {
        let Some(key) = Table::Phone.key(rule.name) else { continue };
        match value_of(rule, typed.text(rule.name)) {
            Ok(value) => set_column(&mut phone, key.column, value),
            Err(what) => wrong.push(Wrong { key: rule.name, fault: Fault::Value(what) }),
        }
    }
    // No form has it.
    if let Some(status) = typed.get("status") {
        status.clone_into(&mut phone.status);
    }
    if wrong.is_empty() { Ok(phone) } else { Err(wrong) }
}

fn valid(rule: &Rule, value: &str, alphabet: Alphabet) -> Result<String, Invalid> {
    let Some(key) = Table::Phone.key(rule.name) else { return Ok(value.to_owned()) };
    key.kind.read(rule.name, &Value::Text(value.to_owned()), alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Row {
        let whole = [
            ("extension", "101"),
            ("server_ip", "10.0.9.8"),
            ("phone_login", "101a"),
            ("phone_full_name", "Desk 101"),
            ("protocol", "PJSIP"),
            ("phone_pass", "secret"),
            ("registration_password", "other"),
            ("dialplan_number", "101"),
            ("outbound_cid", "7275551212"),
            ("voicemail_id", "101"),
            ("local_gmt", "-5.00"),
        ];
        let mut entry = Row::new(Table::Phone);
        for (name, value) in whole.iter().chain(fields) {
            entry.set(name, (*value).to_owned());
        }
        entry
    }

    fn names(wrong: Result<Phone, Vec<Wrong>>) -> Vec<&'static str> {
        wrong.err().unwrap_or_default().into_iter().map(|wrong| wrong.key).collect()
    }

    #[test]
    fn every_key_of_the_form_is_one_of_the_fleet_files() {
        assert_eq!(keys().count(), RULES.len());
        for key in keys() {
            let mut phone = blank();
            set_column(&mut phone, key.column, "x".to_owned());
            assert_eq!(column(&phone, key.column), "x", "{}", key.name);
        }
    }

    #[test]
    fn a_new_phone_has_the_apis_defaults_and_may_speak_pjsip() {
        let phone = read_new(&typed(&[]), Alphabet::Latin).unwrap();
        assert_eq!((phone.protocol.as_str(), phone.status.as_str(), phone.active.as_str()), ("PJSIP", "ACTIVE", "Y"));
        assert_eq!((phone.phone_context.as_str(), phone.user_group.as_str()), ("default", "---ALL---"));
        assert_eq!((phone.phone_ring_timeout.as_str(), phone.webphone_auto_answer.as_str()), ("60", "Y"));
        assert_eq!((phone.pass.as_str(), phone.conf_secret.as_str()), ("secret", "other"));
    }

    #[test]
    fn every_wrong_field_of_a_new_phone_is_named_and_nothing_is_dropped_silently() {
        let bad = typed(&[
            ("extension", "1"),
            ("phone_login", "101 a"),
            ("phone_pass", ""),
            ("protocol", "H323"),
            ("outbound_cid", "+1"),
            ("local_gmt", "13"),
            ("phone_ring_timeout", "181"),
        ]);
        let wrong = names(read_new(&bad, Alphabet::Latin));
        let expected = ["extension", "phone_login", "protocol", "phone_pass", "outbound_cid"];
        assert_eq!(wrong, [&expected[..], &["phone_ring_timeout", "local_gmt"]].concat());
    }

    #[test]
    fn a_change_has_the_lengths_of_update_phone_but_what_stays_the_same_is_never_wrong() {
        let mut stored = read_new(&typed(&[]), Alphabet::Latin).unwrap();
        stored.voicemail_id = "1".to_owned();
        stored.email = "a@b.c".to_owned();
        let same = typed(&[("voicemail_id", "1"), ("phone_pass", ""), ("registration_password", "")]);
        let open =
            [("active", "Y"), ("phone_context", "default"), ("phone_ring_timeout", "60"), ("on_hook_agent", "N")];
        let more = [("delete_vm_after_email", "N"), ("is_webphone", "N"), ("webphone_auto_answer", "Y")];
        let last = [("use_external_server_ip", "N"), ("admin_user_group", "---ALL---"), ("email", "")];
        let mut same = same;
        for (name, value) in open.iter().chain(&more).chain(&last) {
            same.set(name, (*value).to_owned());
        }
        let changed = read_changed(&same, &stored, Alphabet::Latin).unwrap();
        assert_eq!((changed.pass.as_str(), changed.email.as_str()), ("secret", ""));
        for (name, value) in [
            ("voicemail_id", "2"),
            ("dialplan_number", "10"),
            ("outbound_cid", "12345"),
            ("phone_pass", "x"),
            ("phone_full_name", "x"),
            ("email", "a@b"),
            ("phone_login", ""),
            ("outbound_alt_cid", "1234567890123456789"),
        ] {
            let mut bad = same.clone();
            bad.set(name, value.to_owned());
            assert_eq!(names(read_changed(&bad, &stored, Alphabet::Latin)), [name], "{value}");
        }
    }
}
