//! Deleting a dialer.

use crate::FleetTx;
use crate::actor::Actor;
use crate::audit_log::RowEvent;
use crate::dialers::planned_drains;
use crate::dialers::save::Dialer;
use crate::save::{Editor, RowDiff, SaveError, SaveRefusal};
use crate::schema::{Row, Table};
use crate::sessions::NoLiveStatus;

/// Deletes a dialer without phones and agents, together with its weight and its planned drains, and logs that.
///
/// # Errors
/// [`SaveError`]; then nothing was deleted.
pub fn delete(tx: &mut dyn FleetTx, server_ip: &str, actor: &Actor) -> Result<(), SaveError> {
    let authority = (RowEvent::Delete, Table::Dialer);
    let editor = Editor::authorized(tx, actor, authority, &NoLiveStatus)?;
    let mut named = Row::new(Table::Dialer);
    named.set("server_ip", server_ip.to_owned());
    let row = editor.find(tx, &named)?;
    delete_row(tx, &editor, &row)
}

/// Deletes a dialer for an authorized editor.
pub(crate) fn delete_row(tx: &mut dyn FleetTx, editor: &Editor<'_>, row: &Row) -> Result<(), SaveError> {
    let dialer = tx.dialer(row.text("server_ip"))?.ok_or(SaveRefusal::NotFound)?;
    let phones = tx.count_phones(&dialer.server_ip)?;
    if phones > 0 {
        return Err(SaveRefusal::HasPhones(phones).into());
    }
    if dialer.seats > 0 {
        return Err(SaveRefusal::HasAgents(dialer.seats).into());
    }
    if Dialer::find(tx, &dialer.server_ip)?.is_some_and(|dialer| !dialer.value("weight").is_empty()) {
        let mut weight = Row::new(Table::Weight);
        weight.set("server_ip", dialer.server_ip.clone());
        tx.remove_row(&weight)?;
    }
    planned_drains::give_up(tx, &dialer.server_ip)?;
    Ok(RowDiff::delete(row).write_logged(tx, editor.actor)?)
}
