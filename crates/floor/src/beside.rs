//! What stands beside the dialers and is looked at with them, once a second: their weights, how many lines each is to have,
//! and what is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use fleet::actor::Actor;
use fleet::dialers::planned_drains;
use fleet::dialers::planned_drains::Act;
use fleet::dialers::planned_drains::Plan;
use fleet::sessions::ManagerRow;
use fleet::{FleetTx, TxError};
use store::ReadError;

use crate::expected::{Counted, Expected};
use crate::floor::Floor;
use crate::view::{Change, Lines};

/// What was found at the last look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Beside {
    weights: BTreeMap<String, u32>,
    expected: Expected,
    plans: Vec<Plan>,
    /// Each dialer's lines, as they were last told.
    counted: BTreeMap<String, Counted>,
}

impl Beside {
    fn read(tx: &mut dyn FleetTx, before: &Expected) -> Result<Self, TxError> {
        let weights = tx.weights()?.into_iter().collect();
        Ok(Self { weights, expected: before.read(tx)?, plans: tx.open_plans()?, counted: BTreeMap::new() })
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
    pub(crate) async fn look(self: &Arc<Self>) -> Result<(Vec<ManagerRow>, Beside), ReadError> {
        let look = || {
            let before = self.beside().expected.clone();
            self.store.read(move |tx| Ok((tx.now(), tx.managers()?, Beside::read(tx, &before)?)))
        };
        let (now, rows, beside) = look().await?;
        if beside.plans.first().is_none_or(|next| next.due > now) {
            return Ok((rows, beside));
        }
        match self.store.write(planned_drains::execute_due).await {
            Ok(done) => done.iter().for_each(|plan| self.tell_planned(plan)),
            // It is due at the next look as well.
            Err(error) => tracing::error!(%error, "what is planned is not done yet"),
        }
        let (_, rows, beside) = look().await?;
        Ok((rows, beside))
    }

    fn tell_planned(self: &Arc<Self>, plan: &Plan) {
        let act = match plan.act {
            Act::Drain => "drain",
            Act::Take => "take",
        };
        tracing::info!(dialer = plan.server_ip, act, user = plan.user, "done as planned");
        let from = std::net::Ipv4Addr::UNSPECIFIED.into();
        self.tell_done(&plan.server_ip, act, &Actor { user: plan.user.clone(), from }, true);
    }

    /// Takes in what was found beside the dialers, and tells what is not as it was.
    pub(crate) fn lay(self: &Arc<Self>, found: Beside) {
        let changed = {
            let mut beside = self.beside();
            let changed = found.differs(&beside);
            let counted = std::mem::take(&mut beside.counted);
            *beside = Beside { counted, ..found };
            changed
        };
        for view in changed.iter().filter_map(|server_ip| self.dialer(server_ip)) {
            self.board.events.tell(self.store.now(), Change::Beside(view));
        }
        for dialer in self.roster.views() {
            if let Some(lines) = self.count_lines(&dialer.server_ip) {
                self.board.events.tell(self.store.now(), Change::Lines(lines));
            }
        }
    }

    /// Counts a dialer's lines; `None` if they are as they were last told.
    fn count_lines(&self, server_ip: &str) -> Option<Lines> {
        let (expected, before) = {
            let beside = self.beside();
            (beside.expected.clone(), beside.counted.get(server_ip).cloned())
        };
        let counted = expected.count(server_ip, self.roster.watched(server_ip).as_ref(), before.as_ref());
        let lines = counted.lines.clone();
        self.beside().counted.insert(server_ip.to_owned(), counted);
        before.is_none_or(|before| before.lines != lines).then_some(lines)
    }

    /// How many of the lines that a dialer is to have are registered, as of a second ago.
    #[must_use]
    pub fn lines(&self, server_ip: &str) -> Lines {
        let counted = self.beside().counted.get(server_ip).map(|counted| counted.lines.clone());
        counted.unwrap_or_else(|| Lines { server_ip: server_ip.to_owned(), registered: None, expected: 0 })
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
