//! Form of a phone: its fields in groups, with values and problems.

use askama::Template;
use fleet::phones::Choices;
use fleet::phones::rules::form_columns;
use fleet::records::Phone;
use fleet::save::InvalidKey;
use fleet::schema::ValueType as ValueKind;
use fleet::schema::{Row, Table};

use super::super::inputs::{Input, InputKind, Problems};
use super::super::messages::phones as messages;
use crate::http::fields::Fields;

/// A group of fields.
pub(in super::super) struct FieldGroup {
    pub(in super::super) title: &'static str,
    /// Collapsed unless a field in it has a problem.
    pub(in super::super) is_folded: bool,
    pub(in super::super) inputs: Vec<Input>,
}

impl FieldGroup {
    /// Whether a field in it has a problem.
    fn is_open(&self) -> bool {
        self.inputs.iter().any(|input| input.problem.is_some() || input.theirs.is_some())
    }
}

type Layout = (&'static str, bool, &'static [&'static str]);

const GROUPS: [Layout; 5] = [
    ("Account", false, &["extension", "server_ip", "phone_login", "phone_full_name", "protocol", "active"]),
    ("Passwords", false, &["phone_pass", "registration_password"]),
    (
        "Calls and voicemail",
        false,
        &[
            "dialplan_number",
            "outbound_cid",
            "outbound_alt_cid",
            "phone_context",
            "phone_ring_timeout",
            "on_hook_agent",
            "voicemail_id",
            "email",
            "delete_vm_after_email",
        ],
    ),
    ("Webphone", true, &["is_webphone", "webphone_auto_answer", "use_external_server_ip"]),
    ("More", true, &["local_gmt", "admin_user_group", "template_id"]),
];

/// Purpose of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    New,
    Copy,
    Change,
    /// Only the common fields of many new phones.
    Bulk,
}

impl Purpose {
    fn shows(self, name: &str) -> bool {
        match self {
            Self::New | Self::Copy => true,
            Self::Change => !["extension", "server_ip"].contains(&name),
            Self::Bulk => fleet::phones::bulk::COMMON.contains(&name),
        }
    }

    fn needs(self, name: &str) -> bool {
        let always =
            ["extension", "server_ip", "phone_login", "protocol", "dialplan_number", "outbound_cid", "voicemail_id"];
        match name {
            "phone_pass" | "registration_password" => self == Self::New,
            "phone_full_name" => matches!(self, Self::New | Self::Copy),
            _ => always.contains(&name),
        }
    }
}

/// The entered values. Passwords are not trimmed.
pub(in super::super) fn typed(fields: &Fields) -> Row {
    let mut entry = Row::new(Table::Phone);
    for key in form_columns() {
        let value = fields.get(key.name);
        entry.set(key.name, (if key.secret { value } else { value.trim() }).to_owned());
    }
    entry
}

/// Initial values for a new phone.
pub(in super::super) fn blank() -> Row {
    let mut entry = Row::new(Table::Phone);
    for key in form_columns() {
        entry.set(key.name, key.form.as_ref().map_or("", |field| field.default).to_owned());
    }
    entry.set("protocol", "SIP".to_owned());
    entry
}

/// Values of a phone without its secrets.
pub(in super::super) fn of(phone: &Phone) -> Row {
    let mut entry = Row::new(Table::Phone);
    for key in form_columns().filter(|key| !key.secret) {
        entry.set(key.name, phone.get(key.sql).to_owned());
    }
    entry
}

/// The fields in their groups.
pub(in super::super) fn groups(purpose: Purpose, values: &Row, choices: &Choices) -> Vec<FieldGroup> {
    let group = |(title, is_folded, names): Layout| {
        let shown = names.iter().filter(|name| purpose.shows(name));
        let inputs: Vec<Input> = shown.filter_map(|name| input(purpose, name, values.text(name), choices)).collect();
        (!inputs.is_empty()).then_some(FieldGroup { title, is_folded, inputs })
    };
    GROUPS.into_iter().filter_map(group).collect()
}

/// One field.
pub(in super::super) fn input(purpose: Purpose, name: &str, value: &str, choices: &Choices) -> Option<Input> {
    let key = Table::Phone.column(name)?;
    let (label, hint) = messages::field(key.name, purpose);
    let kind = match (key.name, key.value_type) {
        _ if key.secret => InputKind::Secret,
        ("server_ip", _) => InputKind::Choice(with(dialers(choices), value)),
        ("template_id", _) => InputKind::Choice(with(templates(choices), value)),
        ("admin_user_group", _) => InputKind::Choice(with(groups_of(choices), value)),
        (_, ValueKind::Choice(words)) => {
            let words = words.iter().map(|word| ((*word).to_owned(), messages::choice(word).to_owned())).collect();
            InputKind::Choice(with(words, value))
        }
        (_, ValueKind::Switch { yes, no }) => {
            let words = [yes, no].map(|word| (word.to_owned(), messages::choice(word).to_owned()));
            InputKind::Choice(with(words.into(), value))
        }
        _ => InputKind::Line,
    };
    let value = if key.secret { "" } else { value };
    let input = Input::new(key.name, label, kind, value).hint(hint);
    Some(if purpose.needs(name) { input.required() } else { input })
}

/// The choices, plus the stored value if it is not among them.
fn with(mut choices: Vec<(String, String)>, value: &str) -> Vec<(String, String)> {
    if !value.is_empty() && !choices.iter().any(|(sent, _)| sent == value) {
        choices.push((value.to_owned(), messages::not_known(value)));
    }
    choices
}

fn dialers(choices: &Choices) -> Vec<(String, String)> {
    let dialers = choices.dialers.iter();
    dialers.map(|dialer| (dialer.server_ip.clone(), format!("{} {}", dialer.server_id, dialer.server_ip))).collect()
}

fn templates(choices: &Choices) -> Vec<(String, String)> {
    let none = (String::new(), "None".to_owned());
    let known = choices.templates.iter().map(|(id, name)| (id.clone(), format!("{id} {name}")));
    std::iter::once(none).chain(known).collect()
}

fn groups_of(choices: &Choices) -> Vec<(String, String)> {
    let all = ("---ALL---".to_owned(), "All groups".to_owned());
    let known = choices.groups.iter().map(|group| (group.clone(), group.clone()));
    std::iter::once(all).chain(known).collect()
}

/// Assigns problems to their fields. Returns the problems of fields that the form does not have.
pub(in super::super) fn put(invalid: Vec<InvalidKey>, groups: &mut [FieldGroup]) -> Vec<InvalidKey> {
    let mut left = Vec::new();
    for invalid in invalid {
        let mut inputs = groups.iter_mut().flat_map(|group| &mut group.inputs);
        match inputs.find(|input| input.name == invalid.key) {
            Some(input) => input.problem = Some(crate::messages::phones::key_fault(&invalid.fault)),
            None => left.push(invalid),
        }
    }
    left
}

/// Adds the values that someone else has saved to the fields that differ.
pub(in super::super) fn put_theirs(now: &Phone, fields: &[&str], groups: &mut [FieldGroup]) {
    for group in groups {
        let inputs = std::mem::take(&mut group.inputs).into_iter();
        group.inputs = inputs
            .map(|input| {
                let theirs = if fields.contains(&input.name) { theirs(now, &input) } else { None };
                input.theirs(theirs)
            })
            .collect();
    }
}

/// The stored value, if it differs from the field.
fn theirs(now: &Phone, input: &Input) -> Option<String> {
    let key = Table::Phone.column(input.name)?;
    if key.secret {
        return Some(messages::ANOTHER_SECRET.to_owned());
    }
    match now.get(key.sql) {
        same if same == input.value => None,
        "" => Some(messages::NOTHING.to_owned()),
        other => Some(other.to_owned()),
    }
}

/// Message above a form that was not saved, as HTML.
pub(in super::super) fn problems(words: &str, groups: &[FieldGroup]) -> String {
    let inputs = groups.iter().flat_map(|group| &group.inputs);
    // Rendering cannot fail.
    Problems::of(words, inputs).render().unwrap_or_default()
}

/// Fields of a form, as HTML.
#[derive(Template)]
#[template(path = "admin/phones/fields.html")]
pub(in super::super) struct FieldsHtml<'a> {
    pub(in super::super) groups: &'a [FieldGroup],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_every_column_once_and_with_a_label() {
        let names: Vec<&str> = GROUPS.iter().flat_map(|(_, _, names)| names.iter().copied()).collect();
        for column in form_columns() {
            let name = column.name;
            let count = names.iter().filter(|known| **known == name).count();
            assert_eq!(count, 1, "{name:?} is in no group, or in several, of GROUPS in admin/phone/form.rs");
            for purpose in [Purpose::New, Purpose::Copy, Purpose::Change, Purpose::Bulk] {
                assert_ne!(messages::field(name, purpose).0, name, "{name:?} has no label in admin/messages/phones.rs");
            }
        }
        for name in names {
            assert!(form_columns().any(|column| column.name == name), "{name:?} of GROUPS is no column of a phone");
        }
    }

    #[test]
    fn a_new_phone_cannot_be_created_without_the_fields_marked_as_required() {
        for column in form_columns() {
            let is_required = column.form.as_ref().is_some_and(|field| field.required);
            // Empty means the dialer's value.
            let is_marked = Purpose::New.needs(column.name) || column.name == "local_gmt";
            assert_eq!(is_marked, is_required, "{}", column.name);
        }
    }
}
