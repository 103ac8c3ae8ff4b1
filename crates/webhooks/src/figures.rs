//! What is counted, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

use fleet::webhooks::State;

/// What is counted since the start, and how subscribers were when there was last a look.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    delivered: AtomicU64,
    failed: AtomicU64,
    states: [AtomicU64; 4],
    failing: AtomicU64,
}

/// The figures at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Messages that arrived.
    pub delivered: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Subscribers by their state.
    pub states: [(&'static str, u64); 4],
    /// Active subscribers whose last attempt failed.
    pub failing: u64,
}

impl Counts {
    pub(crate) fn count(&self, has_arrived: bool) {
        let counter = if has_arrived { &self.delivered } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn note(&self, webhooks: &[fleet::webhooks::Webhook]) {
        for (state, noted) in State::ALL.iter().zip(&self.states) {
            let found = webhooks.iter().filter(|webhook| webhook.state == *state).count();
            noted.store(found as u64, Ordering::Relaxed);
        }
        let is_failing = |webhook: &&fleet::webhooks::Webhook| webhook.state == State::Active && webhook.failures > 0;
        self.failing.store(webhooks.iter().filter(is_failing).count() as u64, Ordering::Relaxed);
    }

    pub(crate) fn figures(&self) -> Figures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut states = State::ALL.map(|state| (state.word(), 0));
        for (state, noted) in states.iter_mut().zip(&self.states) {
            state.1 = read(noted);
        }
        Figures { delivered: read(&self.delivered), failed: read(&self.failed), states, failing: read(&self.failing) }
    }
}
