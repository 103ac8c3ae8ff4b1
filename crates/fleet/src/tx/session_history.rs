//! Database operations on the history of agent logins.

use crate::TxError;
use crate::sessions::history::{PastSession, PastSessions, PastSessionsFilter, PastSessionsQuery, Per, SessionCounts};

/// Operations on the history of agent logins.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait SessionHistoryTx {
    /// A page of logins, latest first.
    fn list_logins(&mut self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError>;

    /// The login with this session id.
    fn login(&mut self, session_id: i64) -> Result<Option<PastSession>, TxError>;

    /// Number of logins per hour or day and dialer, among the latest `looks_at` matching rows.
    fn count_logins(&mut self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError>;
}
