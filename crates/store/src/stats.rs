//! Counts of the store, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the histogram of batch sizes.
pub const BATCH_BOUNDS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Counts since the database was opened.
#[derive(Debug, Default)]
pub struct Stats {
    batches: [AtomicU64; BATCH_BOUNDS.len()],
    commands: AtomicU64,
    repeated: AtomicU64,
}

/// [`Stats`] at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatsSnapshot {
    /// Commits by the number of their commands, up to the bound at the same index of [`BATCH_BOUNDS`].
    pub batches: [u64; BATCH_BOUNDS.len()],
    /// Executed commands.
    pub commands: u64,
    /// Repeated commands: their batch failed, or another transaction interfered.
    pub repeated: u64,
}

impl Stats {
    pub(crate) fn count_batch(&self, size: usize) {
        let size = size as u64;
        let place = BATCH_BOUNDS.iter().position(|bound| size <= *bound).unwrap_or(BATCH_BOUNDS.len() - 1);
        self.batches[place].fetch_add(1, Ordering::Relaxed);
        self.commands.fetch_add(size, Ordering::Relaxed);
    }

    pub(crate) fn count_repeated(&self, commands: usize) {
        self.repeated.fetch_add(commands as u64, Ordering::Relaxed);
    }

    /// The current counts.
    #[must_use]
    pub fn snapshot(&self) -> StatsSnapshot {
        StatsSnapshot {
            batches: std::array::from_fn(|place| self.batches[place].load(Ordering::Relaxed)),
            commands: self.commands.load(Ordering::Relaxed),
            repeated: self.repeated.load(Ordering::Relaxed),
        }
    }
}
