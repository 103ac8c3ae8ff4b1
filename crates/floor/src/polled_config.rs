//! Configuration of the dialers that is polled once a second: weights, expected lines and planned drains.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fleet::actor::{Actor, Source};
use fleet::dialers::planned_drains;
use fleet::dialers::planned_drains::{Act, Plan};
use fleet::sessions::ManagerRow;
use fleet::{FleetTx, TxError};
use parking_lot::MutexGuard;
use store::ReadError;

use crate::expected_lines::{ExpectedLines, LineCount};
use crate::floor::Floor;
use crate::view::{Change, LineCounts};

/// The configuration as last polled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PolledConfig {
    weights: BTreeMap<String, u32>,
    expected: ExpectedLines,
    plans: Vec<Plan>,
    /// Each dialer's line counts, as last published.
    line_counts: BTreeMap<String, LineCount>,
}

impl PolledConfig {
    fn read(tx: &mut dyn FleetTx, before: &ExpectedLines) -> Result<Self, TxError> {
        let weights = tx.weights()?.into_iter().collect();
        Ok(Self { weights, expected: before.read(tx)?, plans: tx.open_plans()?, line_counts: BTreeMap::new() })
    }

    fn plans_of(&self, server_ip: &str) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(move |plan| plan.server_ip == server_ip)
    }

    /// The dialers whose weight or planned drains differ from `other`.
    fn changed_dialers(&self, other: &Self) -> BTreeSet<String> {
        let plans = |polled: &Self| polled.plans.iter().map(|plan| plan.server_ip.clone()).collect::<Vec<_>>();
        let named = self.weights.keys().chain(other.weights.keys()).cloned();
        let named: BTreeSet<String> = named.chain(plans(self)).chain(plans(other)).collect();
        let has_changed = |server_ip: &String| {
            self.weights.get(server_ip) != other.weights.get(server_ip)
                || !self.plans_of(server_ip).eq(other.plans_of(server_ip))
        };
        named.into_iter().filter(has_changed).collect()
    }
}

impl Floor {
    /// Executes the planned drains that are due, then reads the dialers and their configuration.
    pub(crate) async fn poll(self: &Arc<Self>) -> Result<(Vec<ManagerRow>, PolledConfig), ReadError> {
        let read = || {
            let before = self.polled_config().expected.clone();
            self.store.read(move |tx| Ok((tx.now(), tx.managers()?, PolledConfig::read(tx, &before)?)))
        };
        let (now, rows, polled) = read().await?;
        if polled.plans.first().is_none_or(|next| next.due > now) {
            return Ok((rows, polled));
        }
        match self.store.write(planned_drains::execute_due).await {
            Ok(done) => done.iter().for_each(|plan| self.announce_executed_plan(plan)),
            // The plan stays due until the next poll.
            Err(error) => tracing::error!(%error, "due drain plans were not executed; trying again"),
        }
        let (_, rows, polled) = read().await?;
        Ok((rows, polled))
    }

    fn announce_executed_plan(self: &Arc<Self>, plan: &Plan) {
        let act = match plan.act {
            Act::Drain => "drain",
            Act::Take => "take",
        };
        tracing::info!(dialer = plan.server_ip, act, user = plan.user, "planned action executed");
        let actor = Actor { user: plan.user.clone(), ..Actor::command(Source::System) };
        self.publish_dialer_action(&plan.server_ip, act, &actor, true);
    }

    /// Stores the polled configuration and publishes its changes.
    pub(crate) fn apply_polled_config(self: &Arc<Self>, found: PolledConfig) {
        let changed = {
            let mut polled = self.polled_config();
            let changed = found.changed_dialers(&polled);
            let line_counts = std::mem::take(&mut polled.line_counts);
            *polled = PolledConfig { line_counts, ..found };
            changed
        };
        for view in changed.iter().filter_map(|server_ip| self.dialer(server_ip)) {
            self.session_cache.events.publish(self.store.now(), Change::DialerConfig(view));
        }
        for dialer in self.dialer_registry.dialer_views() {
            if let Some(lines) = self.count_lines(&dialer.server_ip) {
                self.session_cache.events.publish(self.store.now(), Change::LineCounts(lines));
            }
        }
    }

    /// Counts a dialer's lines; `None` if the counts are already published.
    fn count_lines(&self, server_ip: &str) -> Option<LineCounts> {
        let (expected, before) = {
            let polled = self.polled_config();
            (polled.expected.clone(), polled.line_counts.get(server_ip).cloned())
        };
        let counted = expected.count(server_ip, self.dialer_registry.watched(server_ip).as_ref(), before.as_ref());
        let lines = counted.lines.clone();
        self.polled_config().line_counts.insert(server_ip.to_owned(), counted);
        before.is_none_or(|before| before.lines != lines).then_some(lines)
    }

    /// How many of a dialer's expected lines are registered, as of the last poll.
    #[must_use]
    pub fn lines(&self, server_ip: &str) -> LineCounts {
        let counted = self.polled_config().line_counts.get(server_ip).map(|counted| counted.lines.clone());
        counted.unwrap_or_else(|| LineCounts { server_ip: server_ip.to_owned(), registered: None, expected: 0 })
    }

    /// A dialer's weight; 0 if none is set.
    #[must_use]
    pub fn weight(&self, server_ip: &str) -> u32 {
        self.polled_config().weights.get(server_ip).copied().unwrap_or(0)
    }

    /// The planned drains of a dialer, the next first.
    #[must_use]
    pub fn plans(&self, server_ip: &str) -> Vec<Plan> {
        self.polled_config().plans_of(server_ip).cloned().collect()
    }

    fn polled_config(&self) -> MutexGuard<'_, PolledConfig> {
        self.polled_config.lock()
    }
}
