//! Idempotency keys: a request that is repeated with the same key gets the stored reply, and nothing is changed again.

/// How long a reply is stored, in seconds.
pub const KEPT: i64 = 24 * 60 * 60;

/// A stored reply to an executed change. It contains no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReply {
    /// The account.
    pub user: String,
    /// The client's key.
    pub key: String,
    /// Keyed digest of the request. No client knows that key, because requests can contain passwords.
    pub request: String,
    /// The reply's status.
    pub status: u16,
    /// The reply's `ETag`, if it has one.
    pub etag: String,
    /// The reply's `Location`, if it has one.
    pub location: String,
    /// The reply's body.
    pub body: String,
}
