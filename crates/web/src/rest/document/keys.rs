//! Schemas of phones, aliases, users and other rows, generated from the columns of their tables. The API and
//! fleet files use the same names.

use fleet::field::{Field, FilteredPass, TIME_ZONES};
use fleet::schema::{Column, Table, ValueType};
use fleet::text::{Alphabet, Kept};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::Spec;
use super::shape::{Object, Shape, flag, list, number, text, word};

/// The tables, and the names of their schemas.
const ENTRIES: [(Table, [&str; 3]); 8] = [
    (Table::Dialer, ["Dialer", "NewDialer", "DialerChange"]),
    (Table::UserGroup, ["UserGroup", "NewUserGroup", "UserGroupChange"]),
    (Table::IpList, ["IpList", "NewIpList", "IpListChange"]),
    (Table::Template, ["Template", "NewTemplate", "TemplateChange"]),
    (Table::Campaign, ["Campaign", "NewCampaign", "CampaignChange"]),
    (Table::User, ["User", "NewUser", "UserChange"]),
    (Table::Phone, ["Phone", "NewPhone", "PhoneChange"]),
    (Table::Alias, ["Alias", "NewAlias", "AliasChange"]),
];

/// Names of a table's schemas: of a row in a response, of a new row, and of a change.
pub(in crate::rest) fn names_of(section: Table) -> [&'static str; 3] {
    ENTRIES.iter().find(|(known, _)| *known == section).map_or([""; 3], |(_, names)| *names)
}

/// Describes the rows of every table: in responses (`Phone`), in requests that create one (`NewPhone`), and
/// in requests that update one (`PhoneChange`).
pub(super) fn describe(spec: &mut Spec) {
    for (section, [shown, new, change]) in ENTRIES {
        spec.shape(shown, as_shown(section));
        spec.shape(new, as_new(section));
        spec.shape(change, as_changed(section));
    }
}

fn as_shown(section: Table) -> Object {
    let shown = section.columns().iter().filter(|key| !key.secret);
    shown.fold(Object::answered(""), |object, key| object.has(key.name, shape(key)))
}

fn as_new(section: Table) -> Object {
    section.columns().iter().fold(Object::sent("Fields that are left out get their default value."), |object, key| {
        if key.required { object.has(key.name, shape(key)) } else { object.may_have(key.name, shape(key)) }
    })
}

fn as_changed(section: Table) -> Object {
    let changed = section.columns().iter().filter(|key| !key.is_key);
    let words = "Fields that are left out keep their value (RFC 7396).";
    changed.fold(Object::sent(words), |object, key| object.may_have(key.name, shape(key)))
}

/// The filter parameter for a column.
pub(in crate::rest) fn filter(key: &Column) -> Shape {
    match key.value_type {
        ValueType::Switch { .. } | ValueType::Choice(_) | ValueType::Number { .. } | ValueType::TimeZone => shape(key),
        ValueType::Logins { .. } | ValueType::Addresses | ValueType::Names => {
            text("Filter: rows whose list contains this value; a trailing * matches a prefix, such as cc*.")
        }
        _ => text("Filter: rows with this value; a trailing * matches a prefix, such as cc*."),
    }
}

/// An example value of a column.
pub(in crate::rest) fn example(key: &Column) -> Value {
    match key.value_type {
        ValueType::Number { from, .. } => from.max(0).into(),
        ValueType::Switch { .. } => true.into(),
        ValueType::Choice(known) => known.first().copied().into(),
        ValueType::TimeZone => "-5.00".into(),
        ValueType::Logins { .. } => json!(["100a", "100b"]),
        ValueType::Addresses => json!(["10.0.9.x"]),
        _ => "".into(),
    }
}

/// The schema of a column's values.
pub(in crate::rest) fn shape(key: &Column) -> Shape {
    let words = if key.secret { "Write-only: never in a response." } else { "" };
    match key.value_type {
        ValueType::Text { kept, at_least, at_most } => {
            let pattern = format!("^[{}]*$", set(kept));
            bounded(words, at_least, at_most).pattern(Some(pattern)).into()
        }
        ValueType::Line { at_most } => bounded(words, 0, at_most).pattern(Some("^[^\\x00-\\x1f\\x7f-\\x9f]*$")).into(),
        ValueType::Lines { at_most } => bounded(words, 0, at_most).into(),
        ValueType::CallerId { at_most } => bounded(words, 0, at_most).pattern(Some("^([0-9]*|---ALL---)$")).into(),
        ValueType::Number { from, to } => number(words, from, to),
        ValueType::Switch { .. } => flag(words),
        ValueType::Choice(known) => word(words, known.iter().copied()),
        ValueType::TimeZone => {
            let zones = TIME_ZONES.map(|hours| format!("{hours:.2}"));
            word("Offset from GMT, in hours.", zones.iter().map(String::as_str))
        }
        ValueType::Names => text("Names separated by blanks."),
        ValueType::Logins { .. } => {
            let login = bounded("", 1, usize::MAX).pattern(Some(format!("^[{}]+$", set(Kept::WORD))));
            ArrayBuilder::new().min_items(Some(1)).items(login).into()
        }
        ValueType::Addresses => list("Addresses, networks, or address patterns such as 10.0.0.x.", text("")),
        ValueType::Password => bounded(words, 1, FilteredPass::AT_MOST).into(),
        ValueType::Digest => text("Argon2id digest of the password."),
    }
}

/// A string with a minimum and maximum length. With `use_non_latin`, a letter can take several characters.
fn bounded(words: &str, at_least: usize, at_most: usize) -> ObjectBuilder {
    let words = Some(words).filter(|words| !words.is_empty());
    let (at_least, at_most) =
        (Some(at_least).filter(|least| *least > 0), Some(at_most).filter(|most| *most < usize::MAX));
    ObjectBuilder::new().schema_type(Type::String).description(words).min_length(at_least).max_length(at_most)
}

/// The characters as a set in a regular expression.
fn set(kept: Kept) -> String {
    let mut set = String::new();
    let characters = (b' '..0x7f).filter(|byte| !kept.filter(&[*byte], Alphabet::Latin).is_empty()).map(char::from);
    let mut characters = characters.peekable();
    while let Some(first) = characters.next() {
        let mut last = first;
        while let Some(next) =
            characters.next_if(|next| next.is_ascii_alphanumeric() && *next as u32 == last as u32 + 1)
        {
            last = next;
        }
        push(&mut set, first);
        if last as u32 > first as u32 + 1 {
            set.push('-');
        }
        if last != first {
            push(&mut set, last);
        }
    }
    set
}

fn push(set: &mut String, character: char) {
    if matches!(character, '-' | '\\' | ']' | '^') {
        set.push('\\');
    }
    set.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(object: Object) -> Value {
        serde_json::to_value(Shape::from(object)).unwrap()
    }

    #[test]
    fn a_character_set_is_written_as_ranges() {
        assert_eq!(set(Kept::NUMBER), "0-9");
        assert_eq!(set(Kept::WORD), r"\-0-9A-Z_a-z");
        assert_eq!(set(Kept::ADDRESS), r"\-.0-9:A-Z_a-z");
    }

    #[test]
    fn secrets_are_in_requests_but_never_in_responses() {
        let (shown, new) = (described(as_shown(Table::Phone)), described(as_new(Table::Phone)));
        assert_eq!(shown["properties"]["phone_pass"], Value::Null);
        assert_eq!(new["properties"]["phone_pass"]["description"], "Write-only: never in a response.");
        assert_eq!(new["required"], json!(["server_ip", "extension", "phone_login"]));
        assert_eq!(new["additionalProperties"], false);
    }

    #[test]
    fn a_change_has_no_key_and_no_required_field() {
        let change = described(as_changed(Table::Alias));
        assert_eq!((&change["properties"]["alias_id"], change.get("required")), (&Value::Null, None));
        assert_eq!(change["properties"]["phone_logins"]["type"], "array");
    }

    #[test]
    fn bounds_and_choices_are_those_of_the_columns() {
        let phone = described(as_shown(Table::Phone));
        assert_eq!(phone["properties"]["extension"]["minLength"], 2);
        assert_eq!(phone["properties"]["protocol"]["enum"], json!(["SIP", "PJSIP", "IAX2", "Zap", "EXTERNAL"]));
        assert_eq!(phone["properties"]["phone_ring_timeout"], json!({"type": "integer", "minimum": 2, "maximum": 180}));
        assert_eq!(phone["properties"]["active"]["type"], "boolean");
    }
}
