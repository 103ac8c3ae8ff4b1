//! Validation of a phone's fields for forms: every mistake with its field.

use crate::records::{Phone, PhoneKey};
use crate::schema::{Column, FormField, Invalid, Row, Table, Value};
use crate::text::Alphabet;

/// A fault in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPhoneField {
    /// The field's API key.
    pub key: &'static str,
    /// The fault.
    pub fault: PhoneFault,
}

/// A fault in a field of a phone or an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneFault {
    /// The value is not valid for the field.
    Value(Invalid),
    /// The dialer has a phone of this name.
    PhoneExists,
    /// Another phone has this login.
    LoginTaken(PhoneKey),
    /// Two of the new phones have this login.
    LoginTwice,
    /// There is no such dialer.
    NoSuchDialer,
    /// There is no such template.
    NoSuchTemplate,
    /// An alias of this name exists.
    AliasExists,
    /// Two of the new aliases have this name.
    AliasTwice,
    /// The list of logins of this alias would be too long with the new login.
    AliasTooLong(String),
    /// The setting requires that an alias's phones were seen registered, which new phones were not.
    NeverRegistered,
}

/// The columns of a phone's form, with the form's rules.
fn fields() -> impl Iterator<Item = (&'static Column, &'static FormField)> {
    Table::Phone.columns().iter().filter_map(|column| Some((column, column.form.as_ref()?)))
}

/// The columns of a phone's form.
pub fn form_columns() -> impl Iterator<Item = &'static Column> {
    fields().map(|(column, _)| column)
}

/// Validates the form of a new phone.
///
/// # Errors
/// Every [`InvalidPhoneField`].
pub fn read_new(typed: &Row, alphabet: Alphabet) -> Result<Phone, Vec<InvalidPhoneField>> {
    read(typed, new_phone(), fields(), |column, field, value| new_value(column, field, value, alphabet))
}

/// Validates only these fields of a new phone; the others keep the values of `onto`.
///
/// # Errors
/// Every [`InvalidPhoneField`] among them.
pub fn read_some(
    typed: &Row,
    onto: Phone,
    names: &[&str],
    alphabet: Alphabet,
) -> Result<Phone, Vec<InvalidPhoneField>> {
    let fields = fields().filter(|(column, _)| names.contains(&column.name));
    read(typed, onto, fields, |column, field, value| new_value(column, field, value, alphabet))
}

/// A phone with the default values of all columns that have one.
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

/// Validates the form of an existing phone. An unchanged value is always valid, and an empty secret keeps the stored one.
///
/// # Errors
/// Every [`InvalidPhoneField`].
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
    // Forms do not have this column.
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
    fn every_form_column_is_a_field_of_the_struct() {
        for column in form_columns() {
            let mut phone = Phone::default();
            phone.set(column.sql, "x".to_owned());
            assert_eq!(phone.get(column.sql), "x", "{} has a form field, but no field of the struct", column.name);
        }
    }

    #[test]
    fn a_new_phone_has_the_apis_defaults_and_may_use_pjsip() {
        let phone = read_new(&typed(&[]), Alphabet::Latin).unwrap();
        assert_eq!((phone.protocol.as_str(), phone.status.as_str(), phone.active.as_str()), ("PJSIP", "ACTIVE", "Y"));
        assert_eq!((phone.phone_context.as_str(), phone.user_group.as_str()), ("default", "---ALL---"));
        assert_eq!((phone.phone_ring_timeout.as_str(), phone.webphone_auto_answer.as_str()), ("60", "Y"));
        assert_eq!((phone.pass.as_str(), phone.conf_secret.as_str()), ("secret", "other"));
    }

    #[test]
    fn every_invalid_field_of_a_new_phone_is_reported() {
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
    fn changed_values_have_the_lengths_of_update_phone_and_unchanged_ones_are_valid() {
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
