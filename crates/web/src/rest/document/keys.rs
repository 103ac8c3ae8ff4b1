//! Phones, aliases, users and the rest, as the document describes them: made of the keys of a fleet file's sections, which are the
//! words of the API too.

use fleet::field::{Field, FilteredPass, TIME_ZONES};
use fleet::schema::ValueType;
use fleet::schema::{Column, Table};
use fleet::text::{Alphabet, Kept};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::Spec;
use super::shape::{Object, Shape, flag, list, number, text, word};

/// The sections, and what one entry of each is called.
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

/// What an entry of a section is called: shown, to be made, and to be changed.
pub(in crate::rest) fn names_of(section: Table) -> [&'static str; 3] {
    ENTRIES.iter().find(|(known, _)| *known == section).map_or([""; 3], |(_, names)| *names)
}

/// Describes the entries of every section: as they are shown (`Phone`), as they are sent to be made (`NewPhone`), and as they are
/// sent to be changed (`PhoneChange`).
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
    section.columns().iter().fold(Object::sent("Keys that are left out have their usual value."), |object, key| {
        if key.required { object.has(key.name, shape(key)) } else { object.may_have(key.name, shape(key)) }
    })
}

fn as_changed(section: Table) -> Object {
    let changed = section.columns().iter().filter(|key| !key.is_key);
    let words = "Keys that are left out stay as they are (RFC 7396).";
    changed.fold(Object::sent(words), |object, key| object.may_have(key.name, shape(key)))
}

/// What a list can be narrowed to by a key.
pub(in crate::rest) fn filter(key: &Column) -> Shape {
    match key.value_type {
        ValueType::Switch { .. } | ValueType::Choice(_) | ValueType::Number { .. } | ValueType::TimeZone => shape(key),
        ValueType::Logins { .. } | ValueType::Addresses | ValueType::Names => {
            text("Rows that have this among others, or one that begins so: cc*.")
        }
        _ => text("Rows that have this, or begin so: cc*."),
    }
}

/// A value that a key can have.
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

/// The values of a key.
pub(in crate::rest) fn shape(key: &Column) -> Shape {
    let words = if key.secret { "Never shown." } else { "" };
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
            word("Hours from GMT.", zones.iter().map(String::as_str))
        }
        ValueType::Names => text("Names with blanks between."),
        ValueType::Logins { .. } => {
            let login = bounded("", 1, usize::MAX).pattern(Some(format!("^[{}]+$", set(Kept::WORD))));
            ArrayBuilder::new().min_items(Some(1)).items(login).into()
        }
        ValueType::Addresses => list("Addresses, networks, or parts of addresses such as 10.0.0.x.", text("")),
        ValueType::Password => bounded(words, 1, FilteredPass::AT_MOST).into(),
        ValueType::Digest => text("An Argon2id digest of the password."),
    }
}

/// A text of so many characters. Where `use_non_latin` is on, a letter can take several of them.
fn bounded(words: &str, at_least: usize, at_most: usize) -> ObjectBuilder {
    let words = Some(words).filter(|words| !words.is_empty());
    let (at_least, at_most) =
        (Some(at_least).filter(|least| *least > 0), Some(at_most).filter(|most| *most < usize::MAX));
    ObjectBuilder::new().schema_type(Type::String).description(words).min_length(at_least).max_length(at_most)
}

/// The characters, as a set in a regular expression has them.
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
    fn a_set_of_characters_is_written_as_ranges() {
        assert_eq!(set(Kept::NUMBER), "0-9");
        assert_eq!(set(Kept::WORD), r"\-0-9A-Z_a-z");
        assert_eq!(set(Kept::ADDRESS), r"\-.0-9:A-Z_a-z");
    }

    #[test]
    fn what_is_secret_is_sent_and_never_shown() {
        let (shown, new) = (described(as_shown(Table::Phone)), described(as_new(Table::Phone)));
        assert_eq!(shown["properties"]["phone_pass"], Value::Null);
        assert_eq!(new["properties"]["phone_pass"]["description"], "Never shown.");
        assert_eq!(new["required"], json!(["server_ip", "extension", "phone_login"]));
        assert_eq!(new["additionalProperties"], false);
    }

    #[test]
    fn a_change_names_no_row_and_needs_nothing() {
        let change = described(as_changed(Table::Alias));
        assert_eq!((&change["properties"]["alias_id"], change.get("required")), (&Value::Null, None));
        assert_eq!(change["properties"]["phone_logins"]["type"], "array");
    }

    #[test]
    fn bounds_and_words_are_those_of_the_keys() {
        let phone = described(as_shown(Table::Phone));
        assert_eq!(phone["properties"]["extension"]["minLength"], 2);
        assert_eq!(phone["properties"]["protocol"]["enum"], json!(["SIP", "PJSIP", "IAX2", "Zap", "EXTERNAL"]));
        assert_eq!(phone["properties"]["phone_ring_timeout"], json!({"type": "integer", "minimum": 2, "maximum": 180}));
        assert_eq!(phone["properties"]["active"]["type"], "boolean");
    }
}
