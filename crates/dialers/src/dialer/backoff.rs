//! How long to wait before connecting again.

use std::sync::Arc;
use std::time::Duration;

use fleet::Rng;

/// Waits that get longer, each with half of it up to chance.
pub(super) struct Backoff {
    first: Duration,
    last: Duration,
    next: Duration,
    rng: Arc<dyn Rng>,
}

impl Backoff {
    pub(super) fn new(first: Duration, last: Duration, rng: Arc<dyn Rng>) -> Self {
        Self { first, last, next: first, rng }
    }

    /// The next wait: between a half and the whole of what is due.
    pub(super) fn next(&mut self) -> Duration {
        let due = self.next.min(self.last);
        self.next = due.saturating_mul(2);
        let mut chance = [0; 2];
        self.rng.fill(&mut chance);
        due / 2 + due * u32::from(u16::from_le_bytes(chance)) / 2 / u32::from(u16::MAX)
    }

    /// Begins with the shortest wait again.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
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

    fn waits(chance: u8) -> Vec<u128> {
        let (first, last) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, last, Arc::new(Always(chance)));
        (0..6).map(|_| backoff.next().as_millis()).collect()
    }

    #[test]
    fn waits_double_up_to_the_longest_and_half_of_each_is_chance() {
        assert_eq!(waits(0xff), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(waits(0), [50, 100, 200, 400, 500, 500]);
    }

    #[test]
    fn after_a_reset_the_first_wait_is_due() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8), Arc::new(Always(0xff)));
        backoff.next();
        backoff.next();
        backoff.reset();
        assert_eq!(backoff.next(), Duration::from_secs(1));
    }
}
