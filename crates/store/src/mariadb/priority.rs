//! Priority commands: a node's heartbeat, which also shows whether the server answers at all.
//!
//! A frozen server, or one behind a network that drops all packets, keeps its connections open and answers nothing. Commands would
//! wait as long as the longest statement may take, and with all connections waiting nothing else would run. So priority commands have
//! a short timeout, and when it passes, all commands that have waited longer are abandoned.

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::Executor;
use super::link::Link;

/// When the last priority command without an answer was sent.
pub(super) type UnresponsiveSince = watch::Sender<Option<Instant>>;

/// A permit that an abandoned command releases at once, although its thread still waits for the server.
pub(super) struct Permit(Mutex<Option<OwnedSemaphorePermit>>);

impl Permit {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Mutex::new(Some(permit)))
    }

    pub(super) fn release_early(&self) {
        drop(self.0.lock().take());
    }
}

impl Executor {
    /// Reports that a priority command sent at `asked` got no answer. A server that greets a new connection is only slow.
    pub(super) fn report_unresponsive(&self, asked: Instant, link: &Link) {
        if self.priority.is_greeted(link.host) {
            return;
        }
        for pool in [&self.writing, &self.batching, &self.reading] {
            pool.mark_unresponsive(link.host);
        }
        // Commands that were not sent yet can still run elsewhere.
        self.batch_queue.abandon();
        self.unresponsive.send_replace(Some(asked));
    }

    /// Waits until a priority command that was sent at this time or later is found to get no answer.
    pub(super) async fn wait_until_unresponsive_since(&self, asked: Instant) {
        let mut unresponsive = self.unresponsive.subscribe();
        let is_found = unresponsive.wait_for(|since| since.is_some_and(|since| since >= asked)).await.is_ok();
        if !is_found {
            std::future::pending::<()>().await;
        }
    }
}
