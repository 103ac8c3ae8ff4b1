//! Changes that can be repeated: who sends a change once more with the same key gets the answer of the first time, and nothing
//! is changed again.

use crate::TxError;

/// For how many seconds an answer is kept.
pub const KEPT: i64 = 24 * 60 * 60;

/// A change that was carried out, and what was answered. Neither has a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReply {
    /// The account.
    pub user: String,
    /// The client's key.
    pub key: String,
    /// The digest of the request, behind a key that no client has: passwords are in requests.
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// What the row was like afterwards, if the answer says so.
    pub etag: String,
    /// Where the new row is, if the answer says so.
    pub location: String,
    /// The answer's text.
    pub body: String,
}

/// What is asked of a database about them.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait IdempotencyTx {
    /// What was answered to this account's change with this key, if it is kept. Until this transaction ends, nobody else
    /// gets past this point with both.
    fn repeat(&mut self, user: &str, key: &str) -> Result<Option<StoredReply>, TxError>;

    /// Keeps an answer, from now on, in the place of one that is kept no more.
    fn keep_repeat(&mut self, repeat: &StoredReply) -> Result<(), TxError>;
}
