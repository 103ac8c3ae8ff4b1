//! Waiting for conditions in other processes.

use std::time::Duration;

use tokio::time::Instant;

/// Time limit of every wait; longer than anything here takes.
pub const WAIT_LIMIT: Duration = Duration::from_secs(20);

/// Waits until this condition holds. Returns how long it took. Panics after [`WAIT_LIMIT`].
///
/// It blocks its thread: in an async test, use the multi-threaded runtime.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < WAIT_LIMIT, "{what}: not within {WAIT_LIMIT:?}");
        pause();
    }
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
