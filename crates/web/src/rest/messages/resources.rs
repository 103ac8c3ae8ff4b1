//! What programs are told of rows that cannot be as they were sent.

use axum::http::StatusCode;
use fleet::authorization::MissingPermission;
use fleet::rows::list::Order;
use fleet::rows::shown;
use fleet::save::{InvalidKey, KeyFault, SaveRefusal};
use fleet::schema::{Invalid, Row, Table};
use serde::Serialize;
use serde_json::{Value, json};

use super::{invalid_field, may_not_administer};
use crate::http::problem::Problem;
use crate::messages::{aliases, phones};

/// A row of a section in a sentence, without an article.
pub(in crate::rest) fn noun(section: Table) -> &'static str {
    match section {
        Table::Dialer => "dialer",
        Table::UserGroup => "user group",
        Table::IpList => "IP list",
        other => other.name(),
    }
}

pub(in crate::rest) fn not_found(section: Table) -> Problem {
    let title = format!("There is no such {}, or none that this account sees.", noun(section));
    Problem::new(StatusCode::NOT_FOUND, &format!("no_such_{}", section.name()), title)
}

/// Why nothing was changed.
pub(in crate::rest) fn refused(section: Table, refusal: SaveRefusal, tag: &dyn Fn(&Row) -> String) -> Problem {
    let conflict = |kind: &str, title: String| Problem::new(StatusCode::CONFLICT, kind, title);
    let noun = noun(section);
    match refusal {
        SaveRefusal::Missing(missing_permission) => lacks(missing_permission),
        SaveRefusal::NotFound => not_found(section),
        SaveRefusal::Exists => conflict("already_exists", format!("There is such a {noun} already.")),
        SaveRefusal::Stale { row, .. } => {
            let title = format!("Somebody else has changed this {noun} meanwhile. Nothing was changed.");
            let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", title);
            let current = serde_json::to_value(shown(&row)).unwrap_or_default();
            problem.detail("As it is now, it is in `current`.").with("current", current).etag(&tag(&row))
        }
        SaveRefusal::NoSuchMember => {
            Problem::new(StatusCode::NOT_FOUND, "no_such_member", "The alias does not have this login.")
        }
        SaveRefusal::Invalid(invalid) => many(invalid.iter().map(|key| (fault(key), key.key.to_owned())).collect()),
        SaveRefusal::InUse => conflict("in_use", format!("Something else names this {noun}. Nothing was deleted.")),
        SaveRefusal::HasPhones(phones) => {
            let problem = conflict("in_use", "The dialer has phones. Nothing was deleted.".to_owned());
            problem.with("phones", phones)
        }
        SaveRefusal::HasAgents(agents) => {
            let problem = conflict("in_use", "Agents are on the dialer. Nothing was deleted.".to_owned());
            problem.with("agents", agents)
        }
        SaveRefusal::AgentChanged => conflict("in_use", "Another agent is on the phone.".to_owned()),
    }
}

/// What the account lacks.
pub(in crate::rest) fn lacks(missing_permission: MissingPermission) -> Problem {
    let title = match missing_permission {
        MissingPermission::AdminAccess => return may_not_administer(),
        MissingPermission::DeletePhones => {
            "This account may not delete phones and aliases: it takes ast_delete_phones."
        }
        MissingPermission::ModifyUsers => {
            "This account may not do this: it takes level 8, vdc_agent_api_access and modify_users."
        }
        MissingPermission::DeleteUsers => "This account may not delete users: it takes delete_users.",
        MissingPermission::HighestLevel => {
            "This account may not do this: it takes level 9, vdc_agent_api_access and modify_users."
        }
        MissingPermission::AboveOwnLevel => {
            "This user is of a level that this account may not change: it takes a higher one, or modify_same_user_level."
        }
    };
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

fn fault(invalid: &InvalidKey) -> String {
    match &invalid.fault {
        KeyFault::Value(what) => what.to_string(),
        KeyFault::Phone(fault) => phones::fault(fault),
        KeyFault::Alias(problem) => aliases::problem(problem),
        KeyFault::LevelTooHigh => "This account may not give this level.".to_owned(),
        KeyFault::RightLacking => "This account lacks this right itself, so it may not give it.".to_owned(),
        KeyFault::LocksOneselfOut => "With this, the account would lock itself out.".to_owned(),
        KeyFault::Renamed => "A row keeps its name. Make a new one and delete this one.".to_owned(),
        KeyFault::Taken => "There is a row of this name already.".to_owned(),
        KeyFault::Itself => "A dialer cannot be its own twin.".to_owned(),
    }
}

/// Everything that is wrong with what was sent.
pub(in crate::rest) fn mistakes(mistakes: Vec<Invalid>) -> Problem {
    let is_unknown = mistakes.iter().any(|what| matches!(what, Invalid::UnknownKey { .. }));
    let wrong = mistakes.into_iter().map(|what| (what.to_string(), what.key().unwrap_or_default().to_owned()));
    let problem = many(wrong.collect());
    if is_unknown { problem.kind("unknown_field") } else { problem }
}

/// Fields that are wrong: the first one in `field` and `detail`, all of them in `errors`.
fn many(wrong: Vec<(String, String)>) -> Problem {
    let errors: Vec<Value> = wrong.iter().map(|(detail, field)| json!({ "field": field, "detail": detail })).collect();
    let (detail, field) = wrong.into_iter().next().unwrap_or_default();
    let title = if errors.len() > 1 { "Several fields are wrong." } else { "A field is wrong." };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", title);
    problem.field(field).detail(detail).with("errors", errors)
}

pub(in crate::rest) fn no_row() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_object", "A JSON object is needed here.")
}

pub(in crate::rest) fn null(name: &str) -> Problem {
    invalid_field(name, format!("{name} cannot be null. Leave it out to keep what it is."))
}

pub(in crate::rest) fn no_order(section: Table) -> Problem {
    let words: Vec<&str> = Order::words(section).collect();
    invalid_field("sort", format!("sort is one of: {}; with - in front, the last ones come first.", words.join(", ")))
}

pub(in crate::rest) fn no_repeat_key() -> Problem {
    invalid_field("Idempotency-Key", "Idempotency-Key must be 1 to 255 letters, digits or signs without blanks.")
}

pub(in crate::rest) fn idempotency_key_reused() -> Problem {
    let title = "Another request was sent with this Idempotency-Key. Nothing was changed.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", title).field("Idempotency-Key")
}

pub(in crate::rest) fn repeats_are_atomic() -> Problem {
    invalid_field("Idempotency-Key", "A batch can be repeated only where atomic is true.")
}

pub(in crate::rest) fn value_too_long() -> Problem {
    let title = "A value is longer than the database's column. Nothing was changed.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "value_too_long", title)
}

pub(in crate::rest) fn no_changes(at_most: usize) -> Problem {
    invalid_field("changes", format!("changes must be a list of 1 to {at_most} changes."))
}

pub(in crate::rest) fn no_table(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be an object."))
}

pub(in crate::rest) fn no_kind(kinds: impl IntoIterator<Item = &'static str>) -> Problem {
    let kinds: Vec<&str> = kinds.into_iter().collect();
    invalid_field("kind", format!("kind is one of: {}.", kinds.join(", ")))
}

pub(in crate::rest) fn no_op() -> Problem {
    invalid_field("op", "op is one of: create, patch, delete; for aliases also put_member, delete_member.")
}

pub(in crate::rest) fn too_many_passwords(at_most: usize) -> Problem {
    invalid_field("changes", format!("A batch sets at most {at_most} passwords."))
}

/// A batch of which nothing was carried out, with every change that cannot be.
pub(in crate::rest) fn batch_refused(refused: &impl Serialize) -> Problem {
    let title = "Some of the changes cannot be carried out, so none was.";
    let errors = serde_json::to_value(refused).unwrap_or_default();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "batch_refused", title).with("errors", errors)
}

pub(in crate::rest) fn import_refused(errors: &impl Serialize) -> Problem {
    let title = "Some lines of the sheet are wrong, so nothing was written.";
    let errors = serde_json::to_value(errors).unwrap_or_default();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "import_refused", title).with("errors", errors)
}

pub(in crate::rest) fn too_many_rows(at_most: usize) -> Problem {
    let title = format!("A sheet has at most {at_most} rows where all or none are to be written.");
    let advice = "Send it with keep_going=true, which writes some at a time, or in parts.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_rows", title).detail(advice)
}
