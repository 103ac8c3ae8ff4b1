//! System clock and system randomness. No other module may access them.

use std::sync::atomic::{AtomicI64, Ordering};

use fleet::{Clock, Rng, Timestamp};

/// The system's clock, which follows that of the database.
pub struct SystemClock;

/// By how much the database's clock is ahead of this machine's. A process has one database.
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// A smaller difference counts as none: it may be the time that the answer took.
const TOLERANCE_MS: i64 = 1000;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(machine_ms().saturating_add(AHEAD_MS.load(Ordering::Relaxed)))
    }

    fn follow(&self, database: Timestamp) {
        let ahead = database.unix_ms().saturating_sub(machine_ms());
        if ahead.abs_diff(AHEAD_MS.load(Ordering::Relaxed)) > TOLERANCE_MS.unsigned_abs() {
            tracing::warn!(
                ahead_ms = ahead,
                "the database's clock differs from this machine's; Hotdesk goes by the database's"
            );
            AHEAD_MS.store(ahead, Ordering::Relaxed);
        }
    }
}

/// This machine's time, in milliseconds since 1970.
fn machine_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    i64::try_from(since).unwrap_or(i64::MAX)
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
