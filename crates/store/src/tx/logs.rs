//! The logs. They are found by their number alone, which grows with time.

use fleet::tx::{AdminEntry, ApiEntry, Log, LogTx};
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, params};

/// Widths of VICIdial's log columns.
const USER_WIDTH: usize = 20;
const FUNCTION_WIDTH: usize = 20;
const SOURCE_WIDTH: usize = 20;
const RECORD_WIDTH: usize = 50;
const REASON_WIDTH: usize = 255;

/// A value cut to a log column's width, in bytes, between characters.
fn cut(value: &str, width: usize) -> &str {
    &value[..value.floor_char_boundary(width)]
}

impl<D: Database> LogTx for SqlTx<D> {
    fn log_admin(&mut self, entry: &AdminEntry<'_>) -> Result<(), TxError> {
        self.change(
            "INSERT INTO vicidial_admin_log
                    (event_date, user, ip_address, event_section, event_type, record_id, event_code, event_notes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) /*BATCHABLE*/",
            params![
                self.stamp,
                cut(entry.user, USER_WIDTH),
                entry.from.to_string(),
                entry.section,
                entry.event,
                cut(entry.record_id, RECORD_WIDTH),
                entry.code,
                entry.notes
            ],
        )
        .map(drop)
    }

    fn log_api(&mut self, entry: &ApiEntry<'_>) -> Result<(), TxError> {
        self.change(
            "INSERT INTO vicidial_api_log (user, api_date, function, result, result_reason, source, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) /*BATCHABLE*/",
            params![
                cut(entry.user, USER_WIDTH),
                self.stamp,
                cut(entry.function, FUNCTION_WIDTH),
                entry.result,
                cut(entry.reason, REASON_WIDTH),
                cut(entry.source, SOURCE_WIDTH),
                entry.request
            ],
        )
        .map(drop)
    }

    fn forget(&mut self, log: Log, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        let delete = match log {
            Log::Api => {
                "DELETE FROM vicidial_api_log
                 WHERE api_id IN (SELECT api_id FROM (SELECT api_id FROM vicidial_api_log ORDER BY api_id LIMIT ?2) oldest)
                   AND ifnull(api_date, '') < ?1"
            }
            // The last row stays: a log without any would number from 1 again, and subscribers know how far they are by it.
            Log::Admin => {
                "DELETE FROM vicidial_admin_log
                 WHERE admin_log_id IN
                       (SELECT admin_log_id FROM (SELECT admin_log_id FROM vicidial_admin_log ORDER BY admin_log_id LIMIT ?2) oldest)
                   AND event_date < ?1
                   AND admin_log_id < (SELECT admin_log_id FROM (SELECT max(admin_log_id) AS admin_log_id FROM vicidial_admin_log) last)"
            }
            // By the time of its end and not by its number: one that does not end must not keep the others.
            Log::Session => {
                "DELETE FROM hotdesk_session
                 WHERE session_id IN
                       (SELECT session_id FROM (SELECT session_id FROM hotdesk_session WHERE ended < ?1 ORDER BY ended LIMIT ?2) oldest)"
            }
            // By its time too: a key that is used again is a new row.
            Log::Repeat => {
                "DELETE FROM hotdesk_repeat
                 WHERE began < ?1 AND (user, repeat_key) IN
                       (SELECT user, repeat_key FROM
                           (SELECT user, repeat_key FROM hotdesk_repeat WHERE began < ?1 ORDER BY began LIMIT ?2) oldest)"
            }
            Log::Line => {
                "DELETE FROM hotdesk_line_change
                 WHERE change_id IN
                       (SELECT change_id FROM (SELECT change_id FROM hotdesk_line_change ORDER BY change_id LIMIT ?2) oldest)
                   AND at < ?1"
            }
        };
        self.change(delete, params![before.stamp(), at_most])
    }
}
