//! Database operations on admin sessions.

use std::net::IpAddr;

use crate::admin_session::AdminSessionRow;
use crate::{Timestamp, TxError};

/// Operations on admin sessions, which are identified by the digests of their keys.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait AdminSessionsTx {
    /// Stores a new admin session that starts now.
    fn begin_admin_session(&mut self, key_digest: &str, user: &str, from: IpAddr) -> Result<(), TxError>;

    /// The admin session with this digest.
    fn admin_session(&mut self, key_digest: &str) -> Result<Option<AdminSessionRow>, TxError>;

    /// Records that an admin session was used now.
    fn touch_admin_session(&mut self, key_digest: &str) -> Result<(), TxError>;

    /// All admin sessions with the digests of their keys, most recently used first, including expired ones.
    fn admin_sessions(&mut self) -> Result<Vec<(String, AdminSessionRow)>, TxError>;

    /// Ends an admin session, if it exists.
    fn end_admin_session(&mut self, key_digest: &str) -> Result<(), TxError>;

    /// Ends all admin sessions of a user except the one with this digest. Returns their number.
    fn end_admin_sessions_of(&mut self, user: &str, but: &str) -> Result<usize, TxError>;

    /// Deletes admin sessions that began, or were last used, before these times. Returns their number.
    fn delete_expired_admin_sessions(&mut self, began: Timestamp, used: Timestamp) -> Result<usize, TxError>;
}
