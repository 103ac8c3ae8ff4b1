//! What cannot wait for its turn: a node's sign of life, which also tells whether the server answers at all.
//!
//! A server that is frozen, or behind a network that swallows everything, keeps its connections open and answers nothing. Whoever
//! waits for it would wait for as long as the longest statement may take, and with all connections waiting nobody else would be
//! served. So what cannot wait is asked with little patience, and when that is over, all who have waited longer are let go.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::Desk;
use super::link::Link;

/// Since when the server has been asked that did not answer.
pub(super) type Silence = watch::Sender<Option<Instant>>;

/// A turn, which a command that is let go gives back at once, although its thread still waits for the server.
pub(super) struct Turn(Mutex<Option<OwnedSemaphorePermit>>);

impl Turn {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Mutex::new(Some(permit)))
    }

    pub(super) fn give_back(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Desk {
    /// What could not wait, and was asked then, was not answered. A server that greets a new connection is only slow.
    pub(super) fn has_been_silent(&self, asked: Instant, link: &Link) {
        if self.urgent.is_greeted(link.host) {
            return;
        }
        for pool in [&self.writing, &self.sharing, &self.reading] {
            pool.is_silent(link.host);
        }
        // Whoever has not been sent yet can still be carried out elsewhere.
        self.lanes.are_given_up();
        self.silence.send_replace(Some(asked));
    }

    /// Waits until the server is found silent which was asked no earlier than this.
    pub(super) async fn is_silent_since(&self, asked: Instant) {
        let mut silence = self.silence.subscribe();
        let is_found = silence.wait_for(|since| since.is_some_and(|since| since >= asked)).await.is_ok();
        if !is_found {
            std::future::pending::<()>().await;
        }
    }
}
