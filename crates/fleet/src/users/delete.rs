//! Deleting an account.

use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::authorization::grants;
use crate::records::User;
use crate::save::{Editor, SaveError, SaveRefusal};
use crate::schema::{Row, Table};
use crate::users::save::level_of;
use crate::{FleetTx, TxError};

/// Deletes an account for an authorized editor.
pub(crate) fn delete_row(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    grants::check_level(&editor.user, level_of(row))?;
    grants::check_deletes_other(&editor.user, row.text("user"))?;
    let user = tx.user(row.text("user"))?.ok_or(SaveRefusal::NotFound)?;
    Ok(delete(tx, editor.actor, &user, &user.user)?)
}

/// Deletes an account with its ranks and admin sessions, so that a later user of the same name does not inherit them, and logs
/// that under the name `named`. Checks no rule.
pub(crate) fn delete(tx: &mut dyn FleetTx, actor: &Actor, user: &User, named: &str) -> Result<(), TxError> {
    tx.delete_account(user)?;
    tx.end_admin_sessions_of(&user.user, "")?;
    actor.log(tx, AuditAction::Row(RowEvent::Delete, Table::User), named, format!("user: {named}"))
}
