//! Deleting an alias. Its phones stay.

use crate::actor::{Actor, Source};
use crate::aliases::save::{AliasDraft, alias_of, row_named};
use crate::audit_log::{AuditAction, RowEvent};
use crate::records::Alias;
use crate::save::{Editor, SaveError, SaveRefusal};
use crate::schema::{Row, Table};
use crate::sessions::NoLiveStatus;
use crate::{FleetTx, TxError};

/// Command to delete an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteAlias {
    /// The alias.
    pub alias_id: String,
    /// The [`AliasDraft::version`] that the actor saw.
    pub version: String,
    /// The actor.
    pub actor: Actor,
}

impl DeleteAlias {
    /// Deletes the alias, unless it has changed since the actor saw it.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was deleted.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<(), SaveError> {
        let authority = (RowEvent::Delete, Table::Alias);
        let editor = Editor::authorized(tx, &self.actor, authority, &NoLiveStatus)?;
        let row = editor.find(tx, &row_named(&self.alias_id))?;
        if AliasDraft::of(&alias_of(&row)).version() != self.version {
            return Err(SaveRefusal::Stale { row: Box::new(row), keys: Vec::new() }.into());
        }
        delete_row(tx, &editor, &row)
    }
}

/// Deletes an alias for an authorized editor.
pub(crate) fn delete_row(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    let alias = alias_of(row);
    Ok(delete(tx, editor.actor, &alias, &alias.alias_id)?)
}

/// Deletes an alias, and logs that under the name `named`. Checks no rule.
pub(crate) fn delete(tx: &mut dyn FleetTx, actor: &Actor, alias: &Alias, named: &str) -> Result<(), TxError> {
    tx.delete_alias(&alias.alias_id)?;
    let notes = match actor.source {
        // VICIdial writes no notes here.
        Source::NonAgentApi => String::new(),
        _ => format!("phones: {}", alias.logins_list),
    };
    actor.log(tx, AuditAction::Row(RowEvent::Delete, Table::Alias), named, notes)
}
