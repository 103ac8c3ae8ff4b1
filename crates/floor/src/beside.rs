//! What stands beside the dialers and is looked at with them, once a second: their weights, how many lines each is to have,
//! and what is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use fleet::panel::Plan;
use fleet::panel::plans::{self, Act};
use fleet::seating::{ManagerRow, Supervisor};
use fleet::{FleetTx, TxError, name};
use store::ReadError;

use crate::floor::Floor;
use crate::view::{Change, Lines};

/// What was found at the last look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Beside {
    weights: BTreeMap<String, u32>,
    /// By [`name::key`] of the dialer's address.
    expected: BTreeMap<String, u32>,
    plans: Vec<Plan>,
    /// What was last told of each dialer's lines.
    told: BTreeMap<String, Lines>,
}

impl Beside {
    fn read(tx: &mut dyn FleetTx) -> Result<Self, TxError> {
        let weights = tx.weights()?.into_iter().collect();
        let expected = tx.expected_lines()?.into_iter().collect();
        Ok(Self { weights, expected, plans: tx.open_plans()?, told: BTreeMap::new() })
    }

    fn plans_of(&self, server_ip: &str) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(move |plan| plan.server_ip == server_ip)
    }

    /// The dialers of which anything but the lines is not as it was.
    fn differs(&self, other: &Self) -> BTreeSet<String> {
        let plans = |beside: &Self| beside.plans.iter().map(|plan| plan.server_ip.clone()).collect::<Vec<_>>();
        let named = self.weights.keys().chain(other.weights.keys()).cloned();
        let named: BTreeSet<String> = named.chain(plans(self)).chain(plans(other)).collect();
        let differs = |server_ip: &String| {
            self.weights.get(server_ip) != other.weights.get(server_ip)
                || !self.plans_of(server_ip).eq(other.plans_of(server_ip))
        };
        named.into_iter().filter(differs).collect()
    }
}

impl Floor {
    /// The dialers, and what stands beside them, after what is planned for now was done.
    pub(crate) async fn look(&self) -> Result<(Vec<ManagerRow>, Beside), ReadError> {
        let look = || self.store.read(|tx| Ok((tx.now(), tx.managers()?, Beside::read(tx)?)));
        let (now, rows, beside) = look().await?;
        if beside.plans.first().is_none_or(|next| next.due > now) {
            return Ok((rows, beside));
        }
        match self.store.write(plans::carry_out_due).await {
            Ok(done) => done.iter().for_each(|plan| self.tell_planned(plan)),
            // It is due at the next look as well.
            Err(error) => tracing::error!(%error, "what is planned is not done yet"),
        }
        let (_, rows, beside) = look().await?;
        Ok((rows, beside))
    }

    fn tell_planned(&self, plan: &Plan) {
        let act = match plan.act {
            Act::Drain => "drain",
            Act::Take => "take",
        };
        tracing::info!(dialer = plan.server_ip, act, user = plan.user, "done as planned");
        let from = std::net::Ipv4Addr::UNSPECIFIED.into();
        self.tell_done(&plan.server_ip, act, &Supervisor { user: plan.user.clone(), from }, true);
    }

    /// Takes in what was found beside the dialers, and tells what is not as it was.
    pub(crate) fn lay(self: &Arc<Self>, found: Beside) {
        let changed = {
            let mut beside = self.beside();
            let changed = found.differs(&beside);
            let told = std::mem::take(&mut beside.told);
            *beside = Beside { told, ..found };
            changed
        };
        for view in changed.iter().filter_map(|server_ip| self.dialer(server_ip)) {
            self.board.events.tell(self.store.now(), Change::Beside(view));
        }
        for dialer in self.roster.views() {
            let lines = self.lines(&dialer.server_ip);
            let is_new = self.beside().told.insert(dialer.server_ip, lines.clone()).as_ref() != Some(&lines);
            if is_new {
                self.board.events.tell(self.store.now(), Change::Lines(lines));
            }
        }
    }

    /// How many of a dialer's lines are there.
    #[must_use]
    pub fn lines(&self, server_ip: &str) -> Lines {
        let registered = self.lines_registered(server_ip);
        let expected = self.beside().expected.get(&name::key(server_ip)).copied().unwrap_or(0);
        Lines { server_ip: server_ip.to_owned(), registered, expected }
    }

    /// A dialer's weight; 0 where it has none.
    #[must_use]
    pub fn weight(&self, server_ip: &str) -> u32 {
        self.beside().weights.get(server_ip).copied().unwrap_or(0)
    }

    /// What is planned for a dialer, the next first.
    #[must_use]
    pub fn plans(&self, server_ip: &str) -> Vec<Plan> {
        self.beside().plans_of(server_ip).cloned().collect()
    }

    fn beside(&self) -> MutexGuard<'_, Beside> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
