//! The real clock and the real randomness: the one place that may ask for them.

use fleet::{Clock, Rng, Timestamp};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Timestamp::from_unix_ms(i64::try_from(since).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness.
pub struct SystemEntropy;

impl Rng for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is where randomness comes from")]
        let filled = getrandom::fill(bytes);
        if filled.is_err() {
            // Going on with bytes that can be guessed would be worse than ending.
            eprintln!("hotdesk: the operating system gives no random bytes");
            std::process::abort();
        }
    }
}
