//! What the rules ask of a database about replies to repeatable changes.

use crate::TxError;
use crate::idempotency::StoredReply;

/// Replies to repeatable changes.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait IdempotencyTx {
    /// What was answered to this account's change with this key, if it is kept. Until this transaction ends, nobody else
    /// gets past this point with both.
    fn repeat(&mut self, user: &str, key: &str) -> Result<Option<StoredReply>, TxError>;

    /// Keeps an answer, from now on, in the place of one that is kept no more.
    fn keep_repeat(&mut self, repeat: &StoredReply) -> Result<(), TxError>;
}
