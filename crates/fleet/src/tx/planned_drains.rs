//! Database operations on planned drains.

use crate::actor::Actor;
use crate::dialers::planned_drains::{Act, Plan};
use crate::{Timestamp, TxError};

/// Operations on planned drains.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait PlannedDrainsTx {
    /// Stores a plan.
    fn add_plan(&mut self, server_ip: &str, act: Act, due: Timestamp, by: &Actor) -> Result<(), TxError>;

    /// All open plans, ordered by due time.
    fn open_plans(&mut self) -> Result<Vec<Plan>, TxError>;

    /// A dialer's plans: first the open ones, then the others, latest first.
    fn plans_of(&mut self, server_ip: &str, at_most: u32) -> Result<Vec<Plan>, TxError>;

    /// The plan with this id.
    fn plan(&mut self, plan_id: i64) -> Result<Option<Plan>, TxError>;

    /// Closes a plan. Returns whether it was open.
    fn close_plan(&mut self, plan_id: i64, outcome: &str) -> Result<bool, TxError>;
}
