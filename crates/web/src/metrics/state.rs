//! Collector of the system's state. At each scrape it reads the figures that the store, the floor and the
//! webhooks keep in memory.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use floor::Floor;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use store::Store;
use store::stats::BATCH_BOUNDS;
use webhooks::Dispatcher;

use crate::auth::password_verifier::PasswordVerifier;

/// States of an open session.
const SESSION_STATES: [&str; 3] = ["reserved", "ringing", "live"];

/// Health of a dialer.
const HEALTH: [&str; 5] = ["healthy", "suspect", "down", "no_account", "unwatched"];

/// Sources of the state.
pub(crate) struct SystemState {
    pub(crate) store: Arc<Store>,
    pub(crate) floor: Arc<Floor>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) password_verifier: Arc<PasswordVerifier>,
}

impl Debug for SystemState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemState").finish_non_exhaustive()
    }
}

impl Collector for SystemState {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut text = Writer(encoder);
        self.write_store(&mut text)?;
        self.write_floor(&mut text)?;
        self.write_nodes(&mut text)?;
        self.write_webhooks(&mut text)
    }
}

impl SystemState {
    fn write_store(&self, text: &mut Writer<'_>) -> fmt::Result {
        let figures = self.store.stats().snapshot();
        let bounds = BATCH_BOUNDS.into_iter().map(in_float).zip(figures.batches);
        let buckets: Vec<(f64, u64)> = bounds.chain([(f64::INFINITY, 0)]).collect();
        let commits = figures.batches.iter().sum();
        text.descriptor("commit_commands", "Commands per commit.", MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(in_float(figures.commands), commits, &buckets, None)?;
        let help = "Commands that were executed again: on their own after their batch failed, or after a conflict.";
        text.counter("commands_repeated", help, &figures.repeated)?;
        let help = "Passwords that were verified by computing their digest.";
        text.counter("password_digests", help, &self.password_verifier.digests_compared())?;
        text.gauge("queue_depth", "Commands that are waiting for the writer.", &self.store.waiting())
    }

    fn write_floor(&self, text: &mut Writer<'_>) -> fmt::Result {
        let (snapshot, _) = self.floor.snapshot();
        let in_state = |state| snapshot.sessions.iter().filter(|session| session.state == state).count();
        let sessions = SESSION_STATES.map(|state| (state, in_state(state)));
        text.gauges("sessions", "Open sessions.", "state", sessions)?;
        let of_health = |health| snapshot.dialers.iter().filter(|dialer| dialer.health == health).count();
        text.gauges("dialers", "Dialers.", "health", HEALTH.map(|health| (health, of_health(health))))?;
        let help = "Whether re-homing is frozen because too many dialers went down at once.";
        text.gauge("frozen", help, &u32::from(snapshot.alarm.frozen))?;
        let tally = self.floor.outcome_counts();
        let became = tally.iter().map(|(became, times)| (became.as_str(), *times));
        let help = "State changes of sessions: live, or the reason of the end.";
        text.counters("sessions_became", help, "what", became)
    }

    /// Writes the state of the cluster; nothing if the database allows only one node.
    fn write_nodes(&self, text: &mut Writer<'_>) -> fmt::Result {
        let nodes = self.floor.cluster().nodes();
        let Some(this) = nodes.iter().find(|node| node.is_this) else { return Ok(()) };
        text.gauge("nodes", "Live nodes on this database.", &nodes.len())?;
        text.gauge("leases", "Dialers that this node leads.", &this.leads.len())?;
        let help = "Leases that this node has taken over from failed nodes.";
        text.counter("takeovers", help, &self.floor.cluster().takeovers())
    }

    fn write_webhooks(&self, text: &mut Writer<'_>) -> fmt::Result {
        let figures = self.dispatcher.metrics();
        text.gauges("webhooks", "Webhooks by their state.", "state", figures.states)?;
        let help = "Active webhooks whose last attempt failed; their messages are waiting.";
        text.gauge("webhooks_failing", help, &figures.failing)?;
        let help = "Attempts to deliver a message to a webhook, by result.";
        let attempts = [("delivered", figures.delivered), ("failed", figures.failed)];
        text.counters("webhook_messages", help, "result", attempts)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum of this size need not be exact")]
const fn in_float(number: u64) -> f64 {
    number as f64
}

/// Writer of complete metrics.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn descriptor<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn gauge(&mut self, name: &str, help: &str, value: &impl EncodeGaugeValue) -> fmt::Result {
        self.descriptor(name, help, MetricType::Gauge)?.encode_gauge(value)
    }

    /// Writes a gauge with one label.
    fn gauges<'v>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'v str, impl EncodeGaugeValue)>,
    ) -> fmt::Result {
        let mut metric = self.descriptor(name, help, MetricType::Gauge)?;
        values.into_iter().try_for_each(|(of, value)| metric.encode_family(&[(label, of)])?.encode_gauge(&value))
    }

    fn counter(&mut self, name: &str, help: &str, value: &impl EncodeCounterValue) -> fmt::Result {
        self.descriptor(name, help, MetricType::Counter)?.encode_counter::<NoLabelSet, _, u64>(value, None)
    }

    /// Writes a counter with one label.
    fn counters<'v>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'v str, impl EncodeCounterValue)>,
    ) -> fmt::Result {
        let mut metric = self.descriptor(name, help, MetricType::Counter)?;
        values.into_iter().try_for_each(|(of, value)| {
            metric.encode_family(&[(label, of)])?.encode_counter::<NoLabelSet, _, u64>(&value, None)
        })
    }
}
