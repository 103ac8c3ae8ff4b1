//! What the rules ask of a database about the API log and the audit log.

use crate::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage};
use crate::tx::{AdminEntry, ApiEntry, Log};
use crate::{Timestamp, TxError};

/// The API log and the audit log.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait LogsTx {
    /// Writes a row of the admin log.
    fn log_admin(&mut self, entry: &AdminEntry<'_>) -> Result<(), TxError>;

    /// Writes a row of the API log.
    fn log_api(&mut self, entry: &ApiEntry<'_>) -> Result<(), TxError>;

    /// Calls of the API.
    fn api_log(&mut self, wanted: &ApiLogQuery) -> Result<LogPage<ApiLogRow>, TxError>;

    /// The call of this number.
    fn api_line(&mut self, api_id: i64) -> Result<Option<ApiLogRow>, TxError>;

    /// Changes.
    fn admin_log(&mut self, wanted: &AuditLogQuery) -> Result<LogPage<AuditLogRow>, TxError>;

    /// The change of this number.
    fn admin_line(&mut self, admin_log_id: i64) -> Result<Option<AuditLogRow>, TxError>;

    /// Deletes the oldest rows of a log if they are from before a time, at most so many. Returns how many that were; if fewer,
    /// there are no more.
    fn forget(&mut self, log: Log, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
