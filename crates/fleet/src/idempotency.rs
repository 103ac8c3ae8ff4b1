//! Changes that can be repeated: who sends a change once more with the same key gets the answer of the first time, and nothing
//! is changed again.

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
