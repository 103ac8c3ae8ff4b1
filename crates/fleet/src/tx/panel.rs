//! What pages of lists, admin sessions and accounts ask of a database.

use std::net::IpAddr;

use crate::admin_session::AdminSessionRow;
use crate::lists::{AliasSummary, NamePage, PhonePage, PhoneSummary, UserSummary};
use crate::sessions::history::{PastSession, PastSessions, PastSessionsFilter, PastSessionsQuery, Per, SessionCounts};
use crate::users::permissions::{Access, Account};
use crate::{Timestamp, TxError};

/// What the panel asks of a database. None of these looks at any rule.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait PanelTx {
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

    /// Phones in order, found by an index however many there are.
    fn list_phones(&mut self, wanted: &PhonePage) -> Result<Vec<PhoneSummary>, TxError>;

    /// Aliases in the order of their names.
    fn list_aliases(&mut self, wanted: &NamePage) -> Result<Vec<AliasSummary>, TxError>;

    /// Users in the order of their names.
    fn list_users(&mut self, wanted: &NamePage) -> Result<Vec<UserSummary>, TxError>;

    /// Logins of some time, the latest first.
    fn list_logins(&mut self, wanted: &PastSessionsQuery) -> Result<PastSessions, TxError>;

    /// The login of this number.
    fn login(&mut self, session_id: i64) -> Result<Option<PastSession>, TxError>;

    /// How many logins there were in each hour or day, on each dialer; of the latest so many that are looked at.
    fn count_logins(&mut self, filter: &PastSessionsFilter, per: Per, looks_at: u32) -> Result<SessionCounts, TxError>;

    /// The account of this name.
    fn account(&mut self, user: &str) -> Result<Option<Account>, TxError>;

    /// Changes what the account of this number may do.
    fn set_access(&mut self, user_id: i64, access: &Access) -> Result<(), TxError>;
}
