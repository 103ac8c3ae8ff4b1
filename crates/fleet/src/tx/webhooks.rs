//! Database operations on webhooks, their events and their delivery attempts.

use crate::audit_log::AuditLogRow;
use crate::webhooks::{Attempt, Position, StoredEvent, Topic, Webhook};
use crate::{Timestamp, TxError};

/// Operations on webhooks, their events and their delivery attempts.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait WebhooksTx {
    /// All webhooks.
    fn webhooks(&mut self) -> Result<Vec<Webhook>, TxError>;

    /// The webhook with this id.
    fn webhook(&mut self, webhook_id: i64) -> Result<Option<Webhook>, TxError>;

    /// Adds a webhook. Returns its id.
    fn add_webhook(&mut self, webhook: &Webhook) -> Result<i64, TxError>;

    /// Replaces all columns of a webhook except its id, creation time and author.
    fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), TxError>;

    /// Deletes a webhook with its delivery attempts.
    fn delete_webhook(&mut self, webhook_id: i64) -> Result<(), TxError>;

    /// The last row numbers of both logs.
    fn last_position(&mut self) -> Result<Position, TxError>;

    /// Rows of the audit log after this one, in order. With `waits`, it waits for a moment for rows that are being written, and
    /// then fails rather than skip one.
    fn changes_after(&mut self, admin_log_id: i64, at_most: u32, waits: bool) -> Result<Vec<AuditLogRow>, TxError>;

    /// Events of the floor after this one, in order; `waits` has the same effect.
    fn events_after(&mut self, event_id: i64, at_most: u32, waits: bool) -> Result<Vec<StoredEvent>, TxError>;

    /// Whether any webhook subscribes to this topic.
    fn topic_wanted(&mut self, topic: Topic) -> Result<bool, TxError>;

    /// Stores an event of the floor.
    fn store_event(&mut self, kind: &str, data: &str) -> Result<(), TxError>;

    /// Stores a dialer's health. Returns the previous one.
    fn note_health(&mut self, server_ip: &str, health: &str) -> Result<Option<String>, TxError>;

    /// Stores a delivery attempt. The last hundred of each webhook are kept.
    fn store_attempt(&mut self, webhook_id: i64, attempt: &Attempt) -> Result<(), TxError>;

    /// A webhook's last delivery attempts, latest first.
    fn attempts(&mut self, webhook_id: i64, at_most: u32) -> Result<Vec<Attempt>, TxError>;

    /// Deletes events of the floor that all webhooks have received or that are older than this time, at most this many. Returns
    /// their number.
    fn delete_events(&mut self, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
