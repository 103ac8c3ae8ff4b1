//! Executing a plan: one transaction, in which every changed row also gets a row of the audit log.

use super::fleet::Fleet;
use super::plan::FleetPlan;
use crate::actor::Actor;
use crate::save::request_rebuilds;
use crate::schema::Table;
use crate::{FleetTx, TxError};

impl Fleet {
    /// All rows that there are.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let mut fleet = Self::default();
        for section in Table::ALL {
            fleet.set(section, tx.rows(section)?);
        }
        Ok(fleet)
    }
}

/// Executes a plan, unless the rows are not those any more that it was made from: then nothing is written and the answer is `false`.
/// `progress` is called with the number of changes that are written, after each.
///
/// # Errors
/// [`TxError`] when the database fails; nothing must be kept then.
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
        // The plan has looked at every rule, for all rows at once.
        diff.write_logged(tx, actor)?;
        progress(written);
    }
    request_rebuilds(tx, &plan.changes)?;
    Ok(true)
}
