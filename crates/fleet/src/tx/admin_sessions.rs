//! What the rules ask of a database about admin sessions, by the digests of their keys.

use std::net::IpAddr;

use crate::admin_session::AdminSessionRow;
use crate::{Timestamp, TxError};

/// Admin sessions, by the digests of their keys.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait AdminSessionsTx {
    /// Keeps a visit that begins now, by the digest of its key.
    fn begin_admin_session(&mut self, key_digest: &str, user: &str, from: IpAddr) -> Result<(), TxError>;

    /// The visit with this digest.
    fn admin_session(&mut self, key_digest: &str) -> Result<Option<AdminSessionRow>, TxError>;

    /// A visit is in use now.
    fn touch_admin_session(&mut self, key_digest: &str) -> Result<(), TxError>;

    /// Every visit by the digest of its key, the one that was used last first; those that are over, too.
    fn admin_sessions(&mut self) -> Result<Vec<(String, AdminSessionRow)>, TxError>;

    /// Ends a visit, if there is one.
    fn end_admin_session(&mut self, key_digest: &str) -> Result<(), TxError>;

    /// Ends every visit of a user but the one with this digest; returns how many.
    fn end_admin_sessions_of(&mut self, user: &str, but: &str) -> Result<usize, TxError>;

    /// Deletes visits that began, or were last used, before these times.
    fn delete_expired_admin_sessions(&mut self, began: Timestamp, used: Timestamp) -> Result<usize, TxError>;
}
