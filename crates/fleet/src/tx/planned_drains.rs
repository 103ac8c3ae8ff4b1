//! What the rules ask of a database about planned drains.

use crate::actor::Actor;
use crate::dialers::planned_drains::{Act, Plan};
use crate::{Timestamp, TxError};

/// Planned drains.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait PlannedDrainsTx {
    /// Keeps a plan.
    fn add_plan(&mut self, server_ip: &str, act: Act, due: Timestamp, by: &Actor) -> Result<(), TxError>;

    /// Every plan that is open, the next first.
    fn open_plans(&mut self) -> Result<Vec<Plan>, TxError>;

    /// A dialer's plans: the open ones, and then the others, the latest first.
    fn plans_of(&mut self, server_ip: &str, at_most: u32) -> Result<Vec<Plan>, TxError>;

    /// The plan of this number.
    fn plan(&mut self, plan_id: i64) -> Result<Option<Plan>, TxError>;

    /// A plan is open no more. Whether it was.
    fn close_plan(&mut self, plan_id: i64, outcome: &str) -> Result<bool, TxError>;
}
