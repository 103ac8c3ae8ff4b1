//! Deleting a phone.

use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::phones::save::{key_of, notes_head, phone_of, row_named};
use crate::records::{Phone, PhoneKey};
use crate::save::{Editor, SaveError, SaveRefusal};
use crate::schema::{Row, Table};
use crate::sessions::{NoLiveStatus, channel};
use crate::{FleetTx, TxError};

/// Command to delete a phone. Aliases that contain its login stay as they are.
#[derive(Debug, Clone)]
pub struct DeletePhone {
    /// The phone.
    pub phone: PhoneKey,
    /// The agent whom the actor saw on the phone; empty for none.
    pub agent: String,
    /// The actor.
    pub actor: Actor,
}

impl DeletePhone {
    /// Deletes the phone, unless a different agent is on it by now.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was deleted.
    pub fn execute(&self, tx: &mut dyn FleetTx) -> Result<(), SaveError> {
        let authority = (RowEvent::Delete, Table::Phone);
        let editor = Editor::authorized(tx, &self.actor, authority, &NoLiveStatus)?;
        let phone = phone_of(&editor.find(tx, &row_named(&self.phone))?);
        if agent_on(tx, &phone)?.unwrap_or_default() != self.agent {
            return Err(SaveRefusal::AgentChanged.into());
        }
        let key = phone.key();
        Ok(delete(tx, &self.actor, &key, &key)?)
    }
}

/// Deletes a phone for an authorized editor.
pub(crate) fn delete_row(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    let key = key_of(row);
    Ok(delete(tx, editor.actor, &key, &key)?)
}

/// Deletes a phone, and logs that under the name `named`. Checks no rule.
pub(crate) fn delete(tx: &mut dyn FleetTx, actor: &Actor, key: &PhoneKey, named: &PhoneKey) -> Result<(), TxError> {
    tx.delete_phone(key)?;
    tx.ask_rebuild(&key.server_ip)?;
    actor.log(tx, AuditAction::Row(RowEvent::Delete, Table::Phone), &named.extension, notes_head(named))
}

/// The agent who is on a phone, if any.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn agent_on(tx: &mut dyn FleetTx, phone: &Phone) -> Result<Option<String>, TxError> {
    // The names of a Zap phone's channel before and since Asterisk 1.4.22; other channels have one name.
    let (older, newer) = (channel(phone, "1.4"), channel(phone, ""));
    match tx.agent_on(&phone.server_ip, &newer, "")? {
        None if older != newer => tx.agent_on(&phone.server_ip, &older, ""),
        agent => Ok(agent),
    }
}
