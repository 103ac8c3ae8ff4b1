//! Counters of webhook deliveries, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

use fleet::webhooks::State;

/// Counters since the start, and the subscribers' states as last read.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    delivered: AtomicU64,
    failed: AtomicU64,
    states: [AtomicU64; 4],
    failing: AtomicU64,
}

/// The counters at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Delivered messages.
    pub delivered: u64,
    /// Failed attempts.
    pub failed: u64,
    /// Subscribers by their state.
    pub states: [(&'static str, u64); 4],
    /// Active subscribers whose last attempt failed.
    pub failing: u64,
}

impl Counters {
    pub(crate) fn count(&self, has_arrived: bool) {
        let counter = if has_arrived { &self.delivered } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn update_states(&self, webhooks: &[fleet::webhooks::Webhook]) {
        for (state, noted) in State::ALL.iter().zip(&self.states) {
            let found = webhooks.iter().filter(|webhook| webhook.state == *state).count();
            noted.store(found as u64, Ordering::Relaxed);
        }
        let is_failing = |webhook: &&fleet::webhooks::Webhook| webhook.state == State::Active && webhook.failures > 0;
        self.failing.store(webhooks.iter().filter(is_failing).count() as u64, Ordering::Relaxed);
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut states = State::ALL.map(|state| (state.word(), 0));
        for (state, noted) in states.iter_mut().zip(&self.states) {
            state.1 = read(noted);
        }
        Metrics { delivered: read(&self.delivered), failed: read(&self.failed), states, failing: read(&self.failing) }
    }
}
