//! Waiting for what another process does.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than anything takes that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until this holds, and tells how long it took. Fails when it takes longer than [`PATIENCE`].
///
/// It blocks its thread: in an async test, use the multi-threaded runtime.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        pause();
    }
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "another process gives no sign: it can only be asked again")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
