//! The rules of a phone's fields, as a form needs them: every mistake with its field.

use crate::records::{Phone, PhoneKey};
use crate::schema::{Column, FormField, Invalid, Row, Table, Value};
use crate::text::Alphabet;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPhoneField {
    /// The field's key, as the API names it.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: PhoneFault,
}

/// What can be wrong with a field of a phone or an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneFault {
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

/// The columns of a phone's form, with what the form demands of them.
fn fields() -> impl Iterator<Item = (&'static Column, &'static FormField)> {
    Table::Phone.columns().iter().filter_map(|column| Some((column, column.form.as_ref()?)))
}

/// The columns of a phone's form.
pub fn form_columns() -> impl Iterator<Item = &'static Column> {
    fields().map(|(column, _)| column)
}

/// Reads what was typed for a new phone.
///
/// # Errors
/// Every [`InvalidPhoneField`] field.
pub fn read_new(typed: &Row, alphabet: Alphabet) -> Result<Phone, Vec<InvalidPhoneField>> {
    read(typed, new_phone(), fields(), |column, field, value| new_value(column, field, value, alphabet))
}

/// Reads only these fields of a new phone; the others stay empty.
///
/// # Errors
/// Every [`InvalidPhoneField`] field among them.
pub fn read_some(
    typed: &Row,
    onto: Phone,
    names: &[&str],
    alphabet: Alphabet,
) -> Result<Phone, Vec<InvalidPhoneField>> {
    let fields = fields().filter(|(column, _)| names.contains(&column.name));
    read(typed, onto, fields, |column, field, value| new_value(column, field, value, alphabet))
}

/// A phone with the default of each column, as far as there is one.
#[must_use]
pub fn new_phone() -> Phone {
    let mut phone = Phone { status: "ACTIVE".to_owned(), ..Phone::default() };
    for (column, field) in fields() {
        phone.set(column.sql, field.default.to_owned());
    }
    phone
}

fn new_value(column: &Column, field: &FormField, value: &str, alphabet: Alphabet) -> Result<String, Invalid> {
    match (value, field.required) {
        ("", true) => Err(Invalid::Missing { key: column.name }),
        ("", false) => Ok(field.default.to_owned()),
        _ => valid(column, value, alphabet),
    }
}

/// Reads what was typed for a phone that is there. A value that stays the same is never wrong, and a secret that was not
/// typed stays.
///
/// # Errors
/// Every [`InvalidPhoneField`] field.
pub fn read_changed(typed: &Row, stored: &Phone, alphabet: Alphabet) -> Result<Phone, Vec<InvalidPhoneField>> {
    let fields = fields().filter(|(column, _)| !column.is_key);
    read(typed, stored.clone(), fields, |column, field, value| {
        let before = stored.get(column.sql);
        match value {
            "" if column.secret => Ok(before.to_owned()),
            same if same == before => Ok(same.to_owned()),
            "" if field.clearable => Ok(String::new()),
            "" => Err(Invalid::Missing { key: column.name }),
            _ => {
                let value = valid(column, value, alphabet)?;
                let (at_least, at_most) = (*field.lengths.start(), *field.lengths.end());
                match value.len() {
                    found if found < at_least => Err(Invalid::TooShort { key: column.name, at_least }),
                    found if found > at_most => Err(Invalid::TooLong { key: column.name, found, at_most }),
                    _ => Ok(value),
                }
            }
        }
    })
}

fn read(
    typed: &Row,
    mut phone: Phone,
    fields: impl Iterator<Item = (&'static Column, &'static FormField)>,
    value_of: impl Fn(&'static Column, &FormField, &str) -> Result<String, Invalid>,
) -> Result<Phone, Vec<InvalidPhoneField>> {
    let mut wrong = Vec::new();
    for (column, field) in fields {
        match value_of(column, field, typed.text(column.name)) {
            Ok(value) => phone.set(column.sql, value),
            Err(what) => wrong.push(InvalidPhoneField { key: column.name, fault: PhoneFault::Value(what) }),
        }
    }
    // No form has it.
    if let Some(status) = typed.get("status") {
        status.clone_into(&mut phone.status);
    }
    if wrong.is_empty() { Ok(phone) } else { Err(wrong) }
}

fn valid(column: &Column, value: &str, alphabet: Alphabet) -> Result<String, Invalid> {
    column.value_type.read(column.name, &Value::Text(value.to_owned()), alphabet)
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

    fn names(wrong: Result<Phone, Vec<InvalidPhoneField>>) -> Vec<&'static str> {
        wrong.err().unwrap_or_default().into_iter().map(|wrong| wrong.key).collect()
    }

    #[test]
    fn every_column_of_the_form_is_one_of_the_struct() {
        for column in form_columns() {
            let mut phone = Phone::default();
            phone.set(column.sql, "x".to_owned());
            assert_eq!(phone.get(column.sql), "x", "{} has a form field, but no field of the struct", column.name);
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
        let expected = ["extension", "phone_login", "phone_pass", "protocol", "local_gmt", "outbound_cid"];
        assert_eq!(wrong, [&expected[..], &["phone_ring_timeout"]].concat());
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
