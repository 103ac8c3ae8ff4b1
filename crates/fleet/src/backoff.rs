//! Backoff between attempts: pauses grow with every failure and are spread by jitter.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::Rng;

/// The pauses between the attempts of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    schedule: Schedule,
    /// Shortest and longest pause after jitter, in per cent of the scheduled pause.
    spread: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schedule {
    Doubling { first: Duration, longest: Duration },
    Table(&'static [Duration]),
}

impl Backoff {
    /// Pauses that double from the first to the longest.
    #[must_use]
    pub const fn doubling(first: Duration, longest: Duration) -> Self {
        Self { schedule: Schedule::Doubling { first, longest }, spread: (100, 100) }
    }

    /// A fixed sequence of pauses; the last one repeats.
    #[must_use]
    pub const fn table(pauses: &'static [Duration]) -> Self {
        Self { schedule: Schedule::Table(pauses), spread: (100, 100) }
    }

    /// Adds jitter: each pause lies between these percentages of the scheduled one.
    #[must_use]
    pub const fn spread(self, shortest: u32, longest: u32) -> Self {
        Self { spread: (shortest, longest), ..self }
    }

    /// The pause after this many consecutive failures, at least 1. `jitter` selects a point in the spread: 0 the shortest pause,
    /// [`u16::MAX`] the longest.
    #[must_use]
    pub fn pause(&self, failures: u32, jitter: u16) -> Duration {
        let step = failures.saturating_sub(1);
        let scheduled = match self.schedule {
            Schedule::Doubling { first, longest } => {
                first.saturating_mul(1_u32.checked_shl(step).unwrap_or(u32::MAX)).min(longest)
            }
            Schedule::Table(pauses) => {
                let step = usize::try_from(step).unwrap_or(usize::MAX);
                pauses.get(step).or(pauses.last()).copied().unwrap_or_default()
            }
        };
        let (shortest, longest) = (f64::from(self.spread.0), f64::from(self.spread.1));
        let percent = shortest + (longest - shortest) * f64::from(jitter) / f64::from(u16::MAX);
        scheduled.mul_f64(percent / 100.0)
    }
}

/// Source of evenly distributed jitter. Each node's sequence starts at a random number, so nodes that fail together do not retry
/// together.
#[derive(Debug)]
pub struct Jitter(AtomicU32);

impl Jitter {
    /// Starts the sequence at a random number.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        let mut seed = [0; 4];
        rng.fill(&mut seed);
        Self(AtomicU32::new(u32::from_be_bytes(seed)))
    }

    /// The next number, for [`Backoff::pause`].
    pub fn next(&self) -> u16 {
        // 2^32 divided by the golden ratio distributes any number of draws evenly.
        let [high, low, ..] = self.0.fetch_add(0x9E37_79B9, Ordering::Relaxed).to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Rng for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn pauses(backoff: Backoff, jitter: u16) -> Vec<u128> {
        (1..=6).map(|failures| backoff.pause(failures, jitter).as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread() {
        let backoff = Backoff::doubling(Duration::from_millis(100), Duration::from_secs(1));
        assert_eq!(pauses(backoff, 0), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(pauses(backoff.spread(50, 100), u16::MAX), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(pauses(backoff.spread(50, 100), 0), [50, 100, 200, 400, 500, 500]);
        assert_eq!(backoff.pause(u32::MAX, 0), Duration::from_secs(1));
    }

    #[test]
    fn the_last_pause_of_a_table_repeats() {
        const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
        let backoff = Backoff::table(&PAUSES).spread(80, 120);
        assert_eq!(pauses(backoff, 0), [800, 4000, 4000, 4000, 4000, 4000]);
        assert_eq!(pauses(backoff, u16::MAX), [1200, 6000, 6000, 6000, 6000, 6000]);
    }

    #[test]
    fn jitter_starts_at_the_nodes_random_number_and_spreads_evenly() {
        let draw = |seed| {
            let jitter = Jitter::new(&Always(seed));
            std::array::from_fn::<u16, 8, _>(|_| jitter.next())
        };
        assert_eq!((draw(0)[0], draw(0xff)[0]), (0, u16::MAX));
        let mut drawn = draw(7);
        drawn.sort_unstable();
        let widest = drawn.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(widest < u16::MAX / 4, "{drawn:?}");
    }
}
