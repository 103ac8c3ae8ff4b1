//! System clock and system randomness. No other module may access them.

use fleet::{Clock, Rng, Timestamp};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the only use of the system clock")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Timestamp::from_unix_ms(i64::try_from(since).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness.
pub struct SystemEntropy;

impl Rng for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the only use of the system's randomness")]
        let filled = getrandom::fill(bytes);
        if filled.is_err() {
            // Exiting is safer than using bytes that can be guessed.
            eprintln!("hotdesk: the operating system returns no random bytes");
            std::process::abort();
        }
    }
}
