//! What the rules ask of a database about webhooks, their events and their attempts.

use crate::audit_log::AuditLogRow;
use crate::webhooks::{Attempt, Position, StoredEvent, Topic, Webhook};
use crate::{Timestamp, TxError};

/// Webhooks, their events and their attempts.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait WebhooksTx {
    /// Every subscriber.
    fn webhooks(&mut self) -> Result<Vec<Webhook>, TxError>;

    /// The subscriber of this number.
    fn webhook(&mut self, webhook_id: i64) -> Result<Option<Webhook>, TxError>;

    /// Adds a subscriber; returns its number.
    fn add_webhook(&mut self, webhook: &Webhook) -> Result<i64, TxError>;

    /// Replaces everything but the number of a subscriber, and when and by whom it was made.
    fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), TxError>;

    /// Deletes a subscriber with its attempts.
    fn delete_webhook(&mut self, webhook_id: i64) -> Result<(), TxError>;

    /// The last numbers of both logs.
    fn last_position(&mut self) -> Result<Position, TxError>;

    /// Rows of the admin log behind this one, in their order. With `waits`, for those that others are writing, a moment at
    /// most: then it fails rather than pass one by.
    fn changes_behind(&mut self, admin_log_id: i64, at_most: u32, waits: bool) -> Result<Vec<AuditLogRow>, TxError>;

    /// What the floor told after this, in its order, in the same way.
    fn events_behind(&mut self, event_id: i64, at_most: u32, waits: bool) -> Result<Vec<StoredEvent>, TxError>;

    /// Whether a subscriber wants to be told of this.
    fn topic_wanted(&mut self, topic: Topic) -> Result<bool, TxError>;

    /// Keeps what the floor tells.
    fn keep_event(&mut self, kind: &str, data: &str) -> Result<(), TxError>;

    /// A dialer's health is known as this from now on. What it was known as before.
    fn note_health(&mut self, server_ip: &str, health: &str) -> Result<Option<String>, TxError>;

    /// Keeps an attempt; of each subscriber's the last hundred are kept.
    fn keep_attempt(&mut self, webhook_id: i64, attempt: &Attempt) -> Result<(), TxError>;

    /// A subscriber's last attempts, the latest first.
    fn attempts(&mut self, webhook_id: i64, at_most: u32) -> Result<Vec<Attempt>, TxError>;

    /// Deletes what the floor told that every subscriber has, or that is from before this time; at most so many. Returns how
    /// many that were.
    fn forget_events(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
