//! [`PlannedDrainsTx`] on any engine.

use fleet::actor::Actor;
use fleet::dialers::planned_drains::{Act, Plan};
use fleet::tx::PlannedDrainsTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, Read, ResultRow, columns, params, text};

columns! { plan_columns, PLAN: PlanColumns { plan_id, server_ip, act, due, user, from_ip, made, done, outcome } }

/// Finds plans.
macro_rules! plans {
    ($rest:literal) => {
        concat!("SELECT ", plan_columns!(), " FROM hotdesk_plan WHERE ", $rest)
    };
}

fn plan(row: &ResultRow<'_>) -> Read<Plan> {
    Ok(Plan {
        plan_id: row.get(PLAN.plan_id)?,
        server_ip: text(row, PLAN.server_ip)?,
        act: Act::read(&text(row, PLAN.act)?).unwrap_or(Act::Drain),
        due: Timestamp::from_stamp(&text(row, PLAN.due)?).unwrap_or_default(),
        user: text(row, PLAN.user)?,
        from_ip: text(row, PLAN.from_ip)?,
        made: text(row, PLAN.made)?,
        done: text(row, PLAN.done)?,
        outcome: text(row, PLAN.outcome)?,
    })
}

impl<D: Database> PlannedDrainsTx for SqlTx<D> {
    fn add_plan(&mut self, server_ip: &str, act: Act, due: Timestamp, by: &Actor) -> Result<(), TxError> {
        self.change(
            "INSERT INTO hotdesk_plan (server_ip, act, due, user, from_ip, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![server_ip, act.word(), due.stamp(), by.user, by.from.to_string(), self.stamp],
        )
        .map(drop)
    }

    fn open_plans(&mut self) -> Result<Vec<Plan>, TxError> {
        self.all(plans!("done IS NULL ORDER BY due, plan_id"), params![], plan)
    }

    fn plans_of(&mut self, server_ip: &str, at_most: u32) -> Result<Vec<Plan>, TxError> {
        // What is open comes first: behind many that are over, nobody could give it up.
        self.all(
            plans!("server_ip = ?1 ORDER BY done IS NOT NULL, plan_id DESC LIMIT ?2"),
            params![server_ip, at_most],
            plan,
        )
    }

    fn plan(&mut self, plan_id: i64) -> Result<Option<Plan>, TxError> {
        self.one(plans!("plan_id = ?1"), [plan_id], plan)
    }

    fn close_plan(&mut self, plan_id: i64, outcome: &str) -> Result<bool, TxError> {
        let changed = self.change(
            "UPDATE hotdesk_plan SET done = ?2, outcome = ?3 WHERE plan_id = ?1 AND done IS NULL",
            params![plan_id, self.stamp, outcome],
        )?;
        Ok(changed == 1)
    }
}
