//! What the floor keeps of the past and plans: its minutes, and what is to be done with a dialer at a time.

use fleet::actor::Actor;
use fleet::dialers::planned_drains::{Act, Plan, PlanTx};
use fleet::floor_minutes::{Counted, Minute, MinuteTx};
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, Read, ResultRow, params, text};

/// How `hotdesk_minute` writes a minute.
fn minute(at: Timestamp) -> String {
    let mut stamp = at.stamp();
    stamp.truncate("2026-11-21 05:31".len());
    stamp
}

impl<D: Database> MinuteTx for SqlTx<D> {
    fn keep_minute(&mut self, kept: &Minute) -> Result<(), TxError> {
        let began = minute(kept.began);
        let keep = "REPLACE INTO hotdesk_minute (minute, server_ip, seats, logins) VALUES (?1, ?2, ?3, ?4)";
        self.change(keep, params![began, "", 0_u32, kept.untaken])?;
        for (server_ip, counted) in &kept.dialers {
            self.change(keep, params![began, server_ip, counted.seats, counted.logins])?;
        }
        Ok(())
    }

    fn minutes_since(&mut self, from: Timestamp) -> Result<Vec<Minute>, TxError> {
        let rows = self.all(
            "SELECT minute, server_ip, seats, logins FROM hotdesk_minute WHERE minute >= ?1 ORDER BY minute, server_ip",
            [minute(from)],
            |row| Ok((text(row, 0)?, text(row, 1)?, row.get(2)?, row.get(3)?)),
        )?;
        let mut minutes: Vec<Minute> = Vec::new();
        for (at, server_ip, seats, logins) in rows {
            let Some(began) = Timestamp::from_stamp(&format!("{at}:00")) else { continue };
            if minutes.last().is_none_or(|last| last.began != began) {
                minutes.push(Minute { began, ..Minute::default() });
            }
            let Some(last) = minutes.last_mut() else { continue };
            if server_ip.is_empty() {
                last.untaken = logins;
            } else {
                last.dialers.insert(server_ip, Counted { seats, logins });
            }
        }
        Ok(minutes)
    }

    fn logins_between(&mut self, from: Timestamp, before: Timestamp) -> Result<Vec<(String, u32)>, TxError> {
        self.all(
            "SELECT server_ip, count(*) FROM hotdesk_session WHERE began >= ?1 AND began < ?2 GROUP BY server_ip",
            [from.stamp(), before.stamp()],
            |row| Ok((text(row, 0)?, row.get(1)?)),
        )
    }

    fn forget_minutes(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        self.change(
            "DELETE FROM hotdesk_minute WHERE minute < ?1
             AND minute <= (SELECT max(minute) FROM (SELECT minute FROM hotdesk_minute ORDER BY minute LIMIT ?2) oldest)",
            params![minute(before), at_most],
        )
    }
}

/// The columns of a plan, in the order in which [`plan`] reads them.
macro_rules! plans {
    ($rest:literal) => {
        concat!(
            "SELECT plan_id, server_ip, act, due, user, from_ip, made, done, outcome FROM hotdesk_plan WHERE ",
            $rest
        )
    };
}

fn plan(row: &ResultRow<'_>) -> Read<Plan> {
    Ok(Plan {
        plan_id: row.get(0)?,
        server_ip: text(row, 1)?,
        act: Act::read(&text(row, 2)?).unwrap_or(Act::Drain),
        due: Timestamp::from_stamp(&text(row, 3)?).unwrap_or_default(),
        user: text(row, 4)?,
        from_ip: text(row, 5)?,
        made: text(row, 6)?,
        done: text(row, 7)?,
        outcome: text(row, 8)?,
    })
}

impl<D: Database> PlanTx for SqlTx<D> {
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
