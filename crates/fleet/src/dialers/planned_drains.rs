//! Planned drains: times at which a dialer starts draining or takes agents again.

use std::net::{IpAddr, Ipv4Addr};

use crate::actor::{Actor, Source};
use crate::audit_log::AuditAction;
use crate::authorization::administrator;
use crate::{FleetTx, Timestamp, TxError, name};

/// Maximum number of open plans per dialer.
pub const OPEN_AT_MOST: usize = 20;

/// Outcome of a plan that was cancelled.
const CANCELLED: &str = "cancelled";

/// Outcome of a plan whose dialer no longer exists.
const NO_SUCH_DIALER: &str = "no_such_dialer";

/// The planned action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The dialer starts draining.
    Drain,
    /// The dialer takes agents again.
    Take,
}

impl Act {
    /// Value of the column `hotdesk_plan.act`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Take => "take",
        }
    }

    /// Parses [`Self::word`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Drain, Self::Take].into_iter().find(|act| act.word() == word)
    }
}

/// A planned action (table `hotdesk_plan`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The plan's id.
    pub plan_id: i64,
    /// The dialer.
    pub server_ip: String,
    /// The action.
    pub act: Act,
    /// The time at which it is due.
    pub due: Timestamp,
    /// The account that planned it.
    pub user: String,
    /// The client's address.
    pub from_ip: String,
    /// When it was planned, in the table's format.
    pub made: String,
    /// When it was executed or cancelled, in the table's format; empty while it is open.
    pub done: String,
    /// `done`, `cancelled` or `no_such_dialer`; empty while it is open.
    pub outcome: String,
}

/// A drain with its start and an optional end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drain {
    /// The dialer.
    pub server_ip: String,
    /// The start.
    pub from: Timestamp,
    /// The end; `None` for an open end.
    pub until: Option<Timestamp>,
    /// The actor.
    pub by: Actor,
}

/// Result of planning a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// The actor is not authorized to change dialers any more.
    MayNot,
    /// The drain is planned.
    Done,
    /// There is no such dialer.
    NoSuchDialer,
    /// The start is in the past.
    IsOver,
    /// The end is not after the start.
    EndsTooSoon,
    /// The dialer has the maximum number of plans.
    TooMany,
}

impl Drain {
    /// Plans the drain, and logs that.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn plan(&self, tx: &mut dyn FleetTx) -> Result<Planned, TxError> {
        if administrator(tx, &self.by.user)?.is_none() {
            return Ok(Planned::MayNot);
        }
        let Some(dialer) = tx.dialer(&self.server_ip)? else { return Ok(Planned::NoSuchDialer) };
        // Forms have a resolution of minutes, so the current minute means now.
        if self.from < tx.now().minute() {
            return Ok(Planned::IsOver);
        }
        if self.until.is_some_and(|until| until <= self.from) {
            return Ok(Planned::EndsTooSoon);
        }
        let ip = dialer.server_ip.as_str();
        if tx.open_plans()?.iter().filter(|plan| plan.server_ip == ip).count() + 2 > OPEN_AT_MOST {
            return Ok(Planned::TooMany);
        }
        let mut notes = format!("drain at {}", self.from.stamp());
        tx.add_plan(ip, Act::Drain, self.from, &self.by)?;
        if let Some(until) = self.until {
            tx.add_plan(ip, Act::Take, until, &self.by)?;
            notes = format!("{notes}, take agents again at {}", until.stamp());
        }
        self.by.log(tx, AuditAction::PlanDrain, ip, notes)?;
        Ok(Planned::Done)
    }
}

/// Result of cancelling a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// The actor is not authorized to change dialers any more.
    MayNot,
    /// The plan was not open any more.
    NotOpen,
    /// The plan for the dialer at this address was cancelled.
    Done(String),
}

/// Cancels a plan, and with a drain its planned end, and logs that.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn cancel(tx: &mut dyn FleetTx, plan_id: i64, by: &Actor) -> Result<Cancelled, TxError> {
    if administrator(tx, &by.user)?.is_none() {
        return Ok(Cancelled::MayNot);
    }
    let Some(plan) = tx.plan(plan_id)? else { return Ok(Cancelled::NotOpen) };
    if !tx.close_plan(plan_id, CANCELLED)? {
        return Ok(Cancelled::NotOpen);
    }
    let mut notes = format!("cancelled: {} at {}", plan.act.word(), plan.due.stamp());
    let end = if plan.act == Act::Drain { end_of(tx, &plan)? } else { None };
    if let Some(end) = end
        && tx.close_plan(end.plan_id, CANCELLED)?
    {
        notes = format!("{notes}, {} at {}", end.act.word(), end.due.stamp());
    }
    by.log(tx, AuditAction::PlanDrain, &plan.server_ip, notes)?;
    Ok(Cancelled::Done(plan.server_ip))
}

/// The end that was planned together with this drain.
fn end_of(tx: &mut dyn FleetTx, drain: &Plan) -> Result<Option<Plan>, TxError> {
    let is_end = |plan: &Plan| {
        plan.plan_id > drain.plan_id
            && plan.act == Act::Take
            && plan.server_ip == drain.server_ip
            && (&plan.user, &plan.made) == (&drain.user, &drain.made)
    };
    Ok(tx.open_plans()?.into_iter().filter(is_end).min_by_key(|plan| plan.plan_id))
}

/// Closes all open plans of a dialer that is being deleted, so that they cannot apply to a later dialer at the same address.
///
/// # Errors
/// [`TxError`] when the database fails.
pub(crate) fn give_up(tx: &mut dyn FleetTx, server_ip: &str) -> Result<(), TxError> {
    for plan in tx.open_plans()?.into_iter().filter(|plan| name::same(&plan.server_ip, server_ip)) {
        tx.close_plan(plan.plan_id, NO_SUCH_DIALER)?;
    }
    Ok(())
}

/// Executes all plans that are due, in order. The audit log names the account that planned each. Returns the executed plans.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn execute_due(tx: &mut dyn FleetTx) -> Result<Vec<Plan>, TxError> {
    let now = tx.now();
    let mut done = Vec::new();
    for plan in tx.open_plans()?.into_iter().take_while(|plan| plan.due <= now) {
        if tx.dialer(&plan.server_ip)?.is_none() {
            tx.close_plan(plan.plan_id, NO_SUCH_DIALER)?;
            continue;
        }
        if !tx.close_plan(plan.plan_id, "done")? {
            continue;
        }
        let draining = plan.act == Act::Drain;
        tx.set_draining(&plan.server_ip, draining)?;
        let from = plan.from_ip.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let by = Actor { user: plan.user.clone(), from, source: Source::System };
        by.log_planned_drain(tx, &plan.server_ip, draining, &plan.made)?;
        done.push(plan);
    }
    Ok(done)
}
