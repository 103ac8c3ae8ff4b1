//! Database operations on stored replies for idempotency keys.

use crate::TxError;
use crate::idempotency::StoredReply;

/// Operations on stored replies for idempotency keys.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait IdempotencyTx {
    /// The stored reply for this account and key, if any. Locks the pair until the transaction ends.
    fn repeat(&mut self, user: &str, key: &str) -> Result<Option<StoredReply>, TxError>;

    /// Stores a reply, replacing an expired one.
    fn keep_repeat(&mut self, repeat: &StoredReply) -> Result<(), TxError>;
}
