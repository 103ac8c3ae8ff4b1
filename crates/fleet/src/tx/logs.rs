//! Database operations on the API log and the audit log.

use crate::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage};
use crate::tx::{AdminEntry, ApiEntry, Log};
use crate::{Timestamp, TxError};

/// Operations on the API log and the audit log.
#[expect(clippy::missing_errors_doc, reason = "described at `FleetTx`")]
pub trait LogsTx {
    /// Writes a row of the audit log.
    fn log_admin(&mut self, entry: &AdminEntry<'_>) -> Result<(), TxError>;

    /// Writes a row of the API log.
    fn log_api(&mut self, entry: &ApiEntry<'_>) -> Result<(), TxError>;

    /// A page of the API log.
    fn api_log(&mut self, wanted: &ApiLogQuery) -> Result<LogPage<ApiLogRow>, TxError>;

    /// The row of the API log with this id.
    fn api_line(&mut self, api_id: i64) -> Result<Option<ApiLogRow>, TxError>;

    /// A page of the audit log.
    fn admin_log(&mut self, wanted: &AuditLogQuery) -> Result<LogPage<AuditLogRow>, TxError>;

    /// The row of the audit log with this id.
    fn admin_line(&mut self, admin_log_id: i64) -> Result<Option<AuditLogRow>, TxError>;

    /// Deletes rows of a log from before a time, oldest first, at most this many. Returns their number; a smaller number than
    /// `at_most` means that none are left. Deletes nothing from logs that VICIdial writes too.
    fn forget(&mut self, log: Log, before: Timestamp, at_most: u32) -> Result<usize, TxError>;
}
