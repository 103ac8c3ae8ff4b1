//! Problem details of requests that read or change rows.

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

/// Noun for a row of a table, without an article.
pub(in crate::rest) fn noun(section: Table) -> &'static str {
    match section {
        Table::Dialer => "dialer",
        Table::UserGroup => "user group",
        Table::IpList => "IP list",
        other => other.name(),
    }
}

pub(in crate::rest) fn not_found(section: Table) -> Problem {
    let title = format!("No such {}, or this account may not view it.", noun(section));
    Problem::new(StatusCode::NOT_FOUND, &format!("no_such_{}", section.name()), title)
}

/// Problem for a refused change.
pub(in crate::rest) fn refused(section: Table, refusal: SaveRefusal, tag: &dyn Fn(&Row) -> String) -> Problem {
    let conflict = |kind: &str, title: String| Problem::new(StatusCode::CONFLICT, kind, title);
    let noun = noun(section);
    match refusal {
        SaveRefusal::Missing(missing_permission) => lacks(missing_permission),
        SaveRefusal::NotFound => not_found(section),
        SaveRefusal::Exists => conflict("already_exists", format!("This {noun} already exists.")),
        SaveRefusal::Stale { row, .. } => {
            let title = format!("This {noun} has been changed since that version. Nothing was changed.");
            let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", title);
            let current = serde_json::to_value(shown(&row)).unwrap_or_default();
            problem.detail("`current` has the current values.").with("current", current).etag(&tag(&row))
        }
        SaveRefusal::NoSuchMember => {
            Problem::new(StatusCode::NOT_FOUND, "no_such_member", "The alias does not have this login.")
        }
        SaveRefusal::Invalid(invalid) => many(invalid.iter().map(|key| (fault(key), key.key.to_owned())).collect()),
        SaveRefusal::InUse => conflict("in_use", format!("This {noun} is in use. Nothing was deleted.")),
        SaveRefusal::HasPhones(phones) => {
            let problem = conflict("in_use", "The dialer has phones. Nothing was deleted.".to_owned());
            problem.with("phones", phones)
        }
        SaveRefusal::HasAgents(agents) => {
            let problem = conflict("in_use", "Agents are on the dialer. Nothing was deleted.".to_owned());
            problem.with("agents", agents)
        }
        SaveRefusal::AgentChanged => {
            conflict("in_use", "Another agent is using the phone now. Nothing was changed.".to_owned())
        }
    }
}

/// Problem for a missing permission.
pub(in crate::rest) fn lacks(missing_permission: MissingPermission) -> Problem {
    let title = match missing_permission {
        MissingPermission::AdminAccess => return may_not_administer(),
        MissingPermission::DeletePhones => {
            "This account may not delete phones and aliases: ast_delete_phones is required."
        }
        MissingPermission::ModifyUsers => {
            "This account lacks a permission: level 8, vdc_agent_api_access and modify_users are required."
        }
        MissingPermission::DeleteUsers => "This account may not delete users: delete_users is required.",
        MissingPermission::HighestLevel => {
            "This account lacks a permission: level 9, vdc_agent_api_access and modify_users are required."
        }
        MissingPermission::AboveOwnLevel => {
            "This account may not change users of this level: a higher level, or modify_same_user_level, is required."
        }
    };
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

fn fault(invalid: &InvalidKey) -> String {
    match &invalid.fault {
        KeyFault::Value(what) => what.to_string(),
        KeyFault::Phone(fault) => phones::fault(fault),
        KeyFault::Alias(problem) => aliases::problem(problem),
        KeyFault::LevelTooHigh => "This account may not assign this level.".to_owned(),
        KeyFault::RightLacking => "This account does not have this right, so it may not grant it.".to_owned(),
        KeyFault::LocksOwnAccountOut => "This change would lock the account out.".to_owned(),
        KeyFault::Renamed => "The key cannot be changed. Create a new row and delete this one.".to_owned(),
        KeyFault::Taken => "A row with this key already exists.".to_owned(),
        KeyFault::Itself => "A dialer cannot be its own twin. Name another dialer.".to_owned(),
    }
}

/// Problem for the invalid fields of a request.
pub(in crate::rest) fn mistakes(mistakes: Vec<Invalid>) -> Problem {
    let is_unknown = mistakes.iter().any(|what| matches!(what, Invalid::UnknownKey { .. }));
    let wrong = mistakes.into_iter().map(|what| (what.to_string(), what.key().unwrap_or_default().to_owned()));
    let problem = many(wrong.collect());
    if is_unknown { problem.kind("unknown_field") } else { problem }
}

/// Invalid fields: the first one in `field` and `detail`, all of them in `errors`.
fn many(wrong: Vec<(String, String)>) -> Problem {
    let errors: Vec<Value> = wrong.iter().map(|(detail, field)| json!({ "field": field, "detail": detail })).collect();
    let (detail, field) = wrong.into_iter().next().unwrap_or_default();
    let title = if errors.len() > 1 { "Several fields are invalid." } else { "A field is invalid." };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", title);
    problem.field(field).detail(detail).with("errors", errors)
}

pub(in crate::rest) fn no_row() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_object", "The value must be a JSON object.")
}

pub(in crate::rest) fn null(name: &str) -> Problem {
    invalid_field(name, format!("{name} must not be null. Leave it out to keep the current value."))
}

pub(in crate::rest) fn no_order(section: Table) -> Problem {
    let words: Vec<&str> = Order::words(section).collect();
    invalid_field("sort", format!("sort must be one of: {}; a leading - sorts in descending order.", words.join(", ")))
}

pub(in crate::rest) fn no_repeat_key() -> Problem {
    invalid_field("Idempotency-Key", "Idempotency-Key must be 1 to 255 printable ASCII characters without blanks.")
}

pub(in crate::rest) fn idempotency_key_reused() -> Problem {
    let title = "This Idempotency-Key was already used for a different request. Nothing was changed.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", title).field("Idempotency-Key")
}

pub(in crate::rest) fn repeats_are_atomic() -> Problem {
    invalid_field("Idempotency-Key", "A batch with an Idempotency-Key must have atomic true.")
}

/// A request to execute all changes or none on VICIdial's own tables, whose engine cannot roll back. The advice is how to send it.
pub(in crate::rest) fn atomic_unsupported(advice: &str) -> Problem {
    let title = "VICIdial's own tables cannot roll changes back, so all or none is not possible. Nothing was changed.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "atomic_unsupported", title).detail(advice)
}

pub(in crate::rest) fn value_too_long() -> Problem {
    let title = "A value is too long, or has characters that cannot be stored. Nothing was changed.";
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
    invalid_field("kind", format!("kind must be one of: {}.", kinds.join(", ")))
}

pub(in crate::rest) fn no_op() -> Problem {
    invalid_field("op", "op must be one of: create, patch, delete; for aliases also put_member, delete_member.")
}

pub(in crate::rest) fn too_many_passwords(at_most: usize) -> Problem {
    invalid_field("changes", format!("A batch may set at most {at_most} passwords."))
}

/// A refused atomic batch, with every invalid change.
pub(in crate::rest) fn batch_refused(refused: &impl Serialize) -> Problem {
    let title = "Some changes are invalid. No change was made.";
    let errors = serde_json::to_value(refused).unwrap_or_default();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "batch_refused", title).with("errors", errors)
}

pub(in crate::rest) fn import_refused(errors: &impl Serialize) -> Problem {
    let title = "Some lines of the CSV are invalid. Nothing was written.";
    let errors = serde_json::to_value(errors).unwrap_or_default();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "import_refused", title).with("errors", errors)
}

pub(in crate::rest) fn too_many_rows(at_most: usize) -> Problem {
    let title = format!("Without keep_going, the CSV may have at most {at_most} rows.");
    let advice = "Send it with keep_going=true, which writes in portions, or split the file.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_rows", title).detail(advice)
}
