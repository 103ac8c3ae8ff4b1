//! [`PlannedDrainsTx`] on any engine.

use fleet::actor::Actor;
use fleet::dialers::planned_drains::{Act, Plan};
use fleet::tx::PlannedDrainsTx;
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, params};
use crate::row::{from_text, insert, row, update};

from_text! { Act: Self::read; }

row! { plan: Plan from "hotdesk_plan" { plan_id, server_ip, act, due, user, from_ip, made, done, outcome } }

impl<D: Database> PlannedDrainsTx for SqlTx<D> {
    fn add_plan(&mut self, server_ip: &str, act: Act, due: Timestamp, by: &Actor) -> Result<(), TxError> {
        self.run(insert!("hotdesk_plan" {
            server_ip: server_ip,
            act: act.word(),
            due: due.stamp(),
            user: by.user,
            from_ip: by.from.to_string(),
            made: self.stamp,
        }))
    }

    fn open_plans(&mut self) -> Result<Vec<Plan>, TxError> {
        self.all(concat!(plan!(), "WHERE done IS NULL ORDER BY due, plan_id"), params![], plan)
    }

    fn plans_of(&mut self, server_ip: &str, at_most: u32) -> Result<Vec<Plan>, TxError> {
        // Open plans come first, so that they are on the first page and can be cancelled.
        self.all(
            concat!(plan!(), "WHERE server_ip = ?1 ORDER BY done IS NOT NULL, plan_id DESC LIMIT ?2"),
            params![server_ip, at_most],
            plan,
        )
    }

    fn plan(&mut self, plan_id: i64) -> Result<Option<Plan>, TxError> {
        self.one(concat!(plan!(), "WHERE plan_id = ?1"), [plan_id], plan)
    }

    fn close_plan(&mut self, plan_id: i64, outcome: &str) -> Result<bool, TxError> {
        let (close, values) = update!("hotdesk_plan" { done: self.stamp, outcome: outcome }
            "WHERE plan_id = ? AND done IS NULL", plan_id);
        Ok(self.change(close, values)? == 1)
    }
}
