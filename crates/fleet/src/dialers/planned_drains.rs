//! What is to be done with a dialer at a time: it is drained, or takes agents again.

use std::net::{IpAddr, Ipv4Addr};

use crate::actor::{Actor, Source};
use crate::audit_log::AuditAction;
use crate::authorization::administrator;
use crate::{FleetTx, Timestamp, TxError, name};

/// How many plans a dialer can have at a time.
pub const OPEN_AT_MOST: usize = 20;

/// How a plan ends that somebody gives up.
const CANCELLED: &str = "cancelled";

/// How a plan ends whose dialer is gone.
const NO_SUCH_DIALER: &str = "no_such_dialer";

/// What is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Nobody new from then on.
    Drain,
    /// Agents again from then on.
    Take,
}

impl Act {
    /// As `hotdesk_plan.act` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Take => "take",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Drain, Self::Take].into_iter().find(|act| act.word() == word)
    }
}

/// A plan (table `hotdesk_plan`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its number.
    pub plan_id: i64,
    /// The dialer.
    pub server_ip: String,
    /// What is to be done.
    pub act: Act,
    /// When.
    pub due: Timestamp,
    /// Who planned it.
    pub user: String,
    /// From where.
    pub from_ip: String,
    /// When it was planned, as the table has it.
    pub made: String,
    /// When it was done or given up, as the table has it; empty while it is open.
    pub done: String,
    /// `done`, `cancelled` or `no_such_dialer`; empty while it is open.
    pub outcome: String,
}

/// A drain from a time, and perhaps until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drain {
    /// The dialer.
    pub server_ip: String,
    /// From when.
    pub from: Timestamp,
    /// Until when; `None` for until somebody says so.
    pub until: Option<Timestamp>,
    /// Who plans it.
    pub by: Actor,
}

/// How planning ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Who does it may not change dialers any more.
    MayNot,
    /// It is planned.
    Done,
    /// There is no such dialer.
    NoSuchDialer,
    /// The beginning is not to come any more.
    IsOver,
    /// The end is not behind the beginning.
    EndsTooSoon,
    /// The dialer has as many plans as it can have.
    TooMany,
}

impl Drain {
    /// Plans it, with its row of the admin log.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn plan(&self, tx: &mut dyn FleetTx) -> Result<Planned, TxError> {
        if administrator(tx, &self.by.user)?.is_none() {
            return Ok(Planned::MayNot);
        }
        let Some(dialer) = tx.dialer(&self.server_ip)? else { return Ok(Planned::NoSuchDialer) };
        // The form has minutes: the present one is meant as now.
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

/// How giving a plan up ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// Who does it may not change dialers any more.
    MayNot,
    /// It was not open any more.
    NotOpen,
    /// It is given up: for the dialer at this address.
    Done(String),
}

/// Gives a plan up, and with a drain the end that was planned for it, with a row of the admin log.
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

/// The end that was planned together with a drain.
fn end_of(tx: &mut dyn FleetTx, drain: &Plan) -> Result<Option<Plan>, TxError> {
    let is_end = |plan: &Plan| {
        plan.plan_id > drain.plan_id
            && plan.act == Act::Take
            && plan.server_ip == drain.server_ip
            && (&plan.user, &plan.made) == (&drain.user, &drain.made)
    };
    Ok(tx.open_plans()?.into_iter().filter(is_end).min_by_key(|plan| plan.plan_id))
}

/// Gives up what is open for a dialer that goes: another one at its address has nothing to do with it.
///
/// # Errors
/// [`TxError`] when the database fails.
pub(crate) fn give_up(tx: &mut dyn FleetTx, server_ip: &str) -> Result<(), TxError> {
    for plan in tx.open_plans()?.into_iter().filter(|plan| name::same(&plan.server_ip, server_ip)) {
        tx.close_plan(plan.plan_id, NO_SUCH_DIALER)?;
    }
    Ok(())
}

/// Carries out every plan that is due, in their order, each with its row of the admin log, which names who planned it.
/// Returns those that were carried out.
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
        by.drained_as_planned(tx, &plan.server_ip, draining, &plan.made)?;
        done.push(plan);
    }
    Ok(done)
}
