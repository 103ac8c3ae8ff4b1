//! Executing one change of one row of any table: finds the row, checks authorization and precondition, and applies the rules of
//! its table.

use crate::actor::Actor;
use crate::aliases::problems::logins;
use crate::aliases::save::AliasDraft;
use crate::audit_log::RowEvent;
use crate::password::NewPassword;
use crate::rows::{basic, tag};
use crate::save::{Editor, InvalidKey, KeyFault, SaveError, SaveRefusal, refuse};
use crate::schema::{Row, Table};
use crate::sessions::LiveStatus;
use crate::{FleetTx, aliases, dialers, name, phones, users};

/// The kind of change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowAction {
    /// Adds a row with these values.
    Create(Row),
    /// Sets these values.
    Patch(Row),
    /// Deletes the row.
    Delete,
    /// Adds this login to an alias.
    AddMember(String),
    /// Removes this login from an alias.
    RemoveMember(String),
}

/// Precondition of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    /// No condition.
    #[default]
    None,
    /// The row must exist.
    Exists,
    /// The row's [`tag`] must be one of these.
    Is(Vec<String>),
}

impl RowAction {
    /// The values that the change sets.
    pub fn values_mut(&mut self) -> Option<&mut Row> {
        match self {
            Self::Create(values) | Self::Patch(values) => Some(values),
            Self::Delete | Self::AddMember(_) | Self::RemoveMember(_) => None,
        }
    }

    /// The event for the audit log.
    fn event(&self) -> RowEvent {
        match self {
            Self::Create(_) => RowEvent::Add,
            Self::Delete => RowEvent::Delete,
            Self::Patch(_) | Self::AddMember(_) | Self::RemoveMember(_) => RowEvent::Modify,
        }
    }
}

/// A change of one row.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// The key of the row.
    pub row: Row,
    /// The kind of change.
    pub act: RowAction,
    /// The new password of a user, hashed, instead of a plain one among the values.
    pub password: Option<NewPassword>,
    /// The precondition.
    pub condition: Condition,
}

/// Context for executing changes.
#[derive(Clone, Copy)]
pub struct ChangeContext<'a> {
    /// The actor.
    pub actor: &'a Actor,
    /// The key of tags.
    pub tag_key: &'a str,
    /// The current state of the dialers.
    pub live_status: &'a dyn LiveStatus,
}

/// Executes a change. Returns the row after the change, or before it if the change deletes the row.
///
/// # Errors
/// [`SaveError`]; then nothing was written.
pub fn execute(tx: &mut dyn FleetTx, change: &RowChange, context: ChangeContext<'_>) -> Result<Row, SaveError> {
    let authority = (change.act.event(), change.row.table());
    let editor = Editor::authorized(tx, context.actor, authority, context.live_status)?;
    let before = tx.row(&change.row)?;
    if let RowAction::Create(values) = &change.act {
        if before.is_some() {
            return Err(SaveRefusal::Exists.into());
        }
        save(tx, &editor, change, None, values)?;
        return Ok(tx.row(&change.row)?.ok_or(SaveRefusal::NotFound)?);
    }
    let before = before.filter(|row| editor.visibility.see(row)).ok_or(SaveRefusal::NotFound)?;
    check_condition(change, &before, context.tag_key)?;
    match &change.act {
        RowAction::Delete => {
            delete(tx, &editor, &before)?;
            return Ok(before);
        }
        RowAction::Create(values) | RowAction::Patch(values) => save(tx, &editor, change, Some(&before), values)?,
        RowAction::AddMember(login) => aliases::save::set_member(tx, &editor, &before, login, true)?,
        RowAction::RemoveMember(login) => aliases::save::set_member(tx, &editor, &before, login, false)?,
    }
    Ok(tx.row(&change.row)?.ok_or(SaveRefusal::NotFound)?)
}

fn check_condition(change: &RowChange, row: &Row, tag_key: &str) -> Result<(), SaveRefusal> {
    match &change.condition {
        Condition::Is(tags) if !tags.contains(&tag(row, tag_key)) => {
            Err(SaveRefusal::Stale { row: Box::new(row.clone()), keys: Vec::new() })
        }
        _ => Ok(()),
    }
}

/// Adds or changes a row by the rules of its table.
fn save(
    tx: &mut dyn FleetTx,
    editor: &Editor<'_>,
    change: &RowChange,
    before: Option<&Row>,
    values: &Row,
) -> Result<(), SaveError> {
    let renames = |row: &Row| values.names().any(|(key, value)| !name::same(value, row.text(key.name)));
    if before.is_some_and(renames) {
        let names = values.names().map(|(key, _)| InvalidKey::new(key.name, KeyFault::Renamed));
        refuse(names.collect())?;
    }
    let password = change.password.as_ref();
    match (change.row.table(), before) {
        (Table::Phone, None) => phones::save::add(tx, editor, &values.over(&change.row)),
        (Table::Phone, Some(row)) => phones::save::change(tx, editor, row, values, false),
        (Table::Alias, None) => {
            let whole = values.over(&change.row);
            aliases::save::add(tx, editor, &draft_of(&whole), values.get("user_group"))
        }
        (Table::Alias, Some(row)) => {
            let whole = values.over(row);
            aliases::save::change(tx, editor, row, &draft_of(&whole), values.get("user_group"))
        }
        (Table::User, None) => users::save::add(tx, editor, &change.row, values, password),
        (Table::User, Some(row)) => users::save::change(tx, editor, row, values, password),
        (_, before) => basic::save(tx, editor, &change.row, before, values),
    }
}

/// The alias draft with these values.
fn draft_of(values: &Row) -> AliasDraft {
    AliasDraft {
        alias_id: values.text("alias_id").to_owned(),
        alias_name: values.text("alias_name").to_owned(),
        logins: logins(values.text("phone_logins")).map(str::to_owned).collect(),
        active: values.get("active") != Some("N"),
    }
}

/// Deletes a row by the rules of its table.
fn delete(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    match row.table() {
        Table::Phone => phones::delete::delete_row(tx, editor, row),
        Table::Alias => aliases::delete::delete_row(tx, editor, row),
        Table::User => users::delete::delete_row(tx, editor, row),
        Table::Dialer => dialers::delete::delete_row(tx, editor, row),
        _ => basic::delete_row(tx, editor, row),
    }
}
