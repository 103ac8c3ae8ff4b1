//! What the rules ask of a database about agent sessions of the past.

use crate::TxError;
use crate::sessions::history::{PastSession, PastSessions, PastSessionsFilter, PastSessionsQuery, Per, SessionCounts};

/// Agent sessions of the past.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait SessionHistoryTx {
    /// Logins of some time, the latest first.
    fn list_logins(&mut self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError>;

    /// The login of this number.
    fn login(&mut self, session_id: i64) -> Result<Option<PastSession>, TxError>;

    /// How many logins there were in each hour or day, on each dialer; of the latest so many that are looked at.
    fn count_logins(&mut self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError>;
}
