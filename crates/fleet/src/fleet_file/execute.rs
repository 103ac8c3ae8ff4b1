//! Executing a plan: one transaction that writes every changed row and its row of the audit log.

use super::fleet::Fleet;
use super::plan::FleetPlan;
use crate::actor::Actor;
use crate::save::request_rebuilds;
use crate::schema::Table;
use crate::{FleetTx, TxError};

impl Fleet {
    /// Reads all rows of the database.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let mut fleet = Self::on(tx.is_shared_with_vicidial());
        for table in Table::ALL {
            fleet.set(table, tx.rows(table)?);
        }
        Ok(fleet)
    }
}

/// Executes a plan, unless the rows have changed since it was made: then it writes nothing and returns `false`. After each change
/// it calls `progress` with the number of changes written so far.
///
/// # Errors
/// [`TxError`] when the database fails; then the caller must roll back.
pub fn execute(
    tx: &mut dyn FleetTx,
    plan: &FleetPlan,
    actor: &Actor,
    progress: &dyn Fn(usize),
) -> Result<bool, TxError> {
    if Fleet::read(tx)? != plan.before {
        return Ok(false);
    }
    for (diff, written) in plan.changes.iter().zip(1..) {
        // The plan has already checked every rule for all rows together.
        diff.write_logged(tx, actor)?;
        progress(written);
    }
    request_rebuilds(tx, &plan.changes)?;
    Ok(true)
}
