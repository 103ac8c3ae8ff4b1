//! [`LogsTx`] on any engine.

use fleet::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage, LogWindow, NextPage};
use fleet::name::key;
use fleet::tx::{AdminEntry, ApiEntry, Log, LogsTx};
use fleet::{Timestamp, TxError};

use super::SqlTx;
use crate::database::{Database, Read, ResultRow, columns, params, text};

columns! { change_columns, CHANGE: ChangeColumns {
    admin_log_id, event_date, user, ip_address, event_section, event_type, record_id, event_code, event_notes
} }
pub(super) use change_columns as audit_log_columns;

columns! { call_columns, CALL: CallColumns { api_id, api_date, user, function, result, result_reason, source, data } }

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

/// The statements that find a place in a log.
struct Numbers {
    /// The first and the last number.
    ends: &'static str,
    /// The first row from a number on, with its time.
    next: &'static str,
    /// The last row before a number.
    last_before: &'static str,
}

/// The statements for a log with this name, this number and this time.
macro_rules! numbers {
    ($table:literal, $id:literal, $at:literal) => {
        Numbers {
            ends: concat!(
                "SELECT (SELECT ",
                $id,
                " FROM ",
                $table,
                " ORDER BY ",
                $id,
                " LIMIT 1),
                        (SELECT ",
                $id,
                " FROM ",
                $table,
                " ORDER BY ",
                $id,
                " DESC LIMIT 1)"
            ),
            next: concat!(
                "SELECT ",
                $id,
                ", ",
                $at,
                " FROM ",
                $table,
                " WHERE ",
                $id,
                " >= ?1 ORDER BY ",
                $id,
                " LIMIT 1"
            ),
            last_before: concat!(
                "SELECT ",
                $id,
                " FROM ",
                $table,
                " WHERE ",
                $id,
                " < ?1 ORDER BY ",
                $id,
                " DESC LIMIT 1"
            ),
        }
    };
}

const API: Numbers = numbers!("vicidial_api_log", "api_id", "api_date");
const ADMIN: Numbers = numbers!("vicidial_admin_log", "admin_log_id", "event_date");

/// Finds calls.
macro_rules! calls {
    ($rest:literal) => {
        concat!("SELECT ", call_columns!(), " FROM vicidial_api_log ", $rest)
    };
}

fn api_line(row: &ResultRow<'_>) -> Read<ApiLogRow> {
    Ok(ApiLogRow {
        api_id: row.get(CALL.api_id)?,
        at: text(row, CALL.api_date)?,
        user: text(row, CALL.user)?,
        function: text(row, CALL.function)?,
        result: text(row, CALL.result)?,
        reason: text(row, CALL.result_reason)?,
        source: text(row, CALL.source)?,
        request: text(row, CALL.data)?,
    })
}

/// Finds changes.
macro_rules! changes {
    ($rest:literal) => {
        concat!("SELECT ", audit_log_columns!(), " FROM vicidial_admin_log ", $rest)
    };
}

pub(super) use changes;

pub(super) fn admin_line(row: &ResultRow<'_>) -> Read<AuditLogRow> {
    Ok(AuditLogRow {
        admin_log_id: row.get(CHANGE.admin_log_id)?,
        at: text(row, CHANGE.event_date)?,
        user: text(row, CHANGE.user)?,
        from: text(row, CHANGE.ip_address)?,
        section: text(row, CHANGE.event_section)?,
        event: text(row, CHANGE.event_type)?,
        record_id: text(row, CHANGE.record_id)?,
        code: text(row, CHANGE.event_code)?,
        notes: text(row, CHANGE.event_notes)?,
    })
}

/// Rows that are looked at, and what is known of those before them.
struct Look {
    from: i64,
    to: i64,
    is_all: bool,
}

impl<D: Database> SqlTx<D> {
    /// The number from which on rows are of this time or later. Rows are written in the order of time; where a clock was set
    /// back, a few rows count to the wrong side.
    fn first_since(&self, numbers: &Numbers, stamp: &str, ends: (i64, i64)) -> Result<i64, TxError> {
        let (mut low, mut high) = (ends.0, ends.1 + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.one(numbers.next, [middle], |row| Ok((row.get::<i64>(0)?, text(row, 1)?)))?;
            match found {
                Some((id, at)) if *at < *stamp => low = id + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Which rows are looked at.
    fn look(&self, numbers: &Numbers, window: &LogWindow) -> Result<Option<Look>, TxError> {
        let ends =
            self.one(numbers.ends, params![], |row| Ok((row.get::<Option<i64>>(0)?, row.get::<Option<i64>>(1)?)))?;
        let Some((Some(first), Some(last))) = ends else { return Ok(None) };
        let since = |stamp: &str, empty: i64| {
            if stamp.is_empty() { Ok(empty) } else { self.first_since(numbers, stamp, (first, last)) }
        };
        let oldest = since(&window.from, first)?;
        let behind = since(&window.until, last + 1)?.min(window.before.unwrap_or(i64::MAX));
        let newest = self.one(numbers.last_before, [behind], |row| row.get::<i64>(0))?;
        let Some(to) = newest.filter(|newest| *newest >= oldest) else { return Ok(None) };
        let from = to.saturating_sub(i64::from(window.look_at) - 1).max(oldest);
        Ok(Some(Look { from, to, is_all: from == oldest }))
    }

    /// The rows of a page, out of one more than it has.
    fn stretch<T>(
        &self,
        numbers: &Numbers,
        look: &Look,
        window: &LogWindow,
        mut rows: Vec<T>,
        number: impl Fn(&T) -> i64,
    ) -> Result<LogPage<T>, TxError> {
        let size = usize::try_from(window.at_most).unwrap_or(usize::MAX);
        if rows.len() > size {
            rows.truncate(size);
            let onward = rows.last().map_or(NextPage::End, |last| NextPage::Rows(number(last)));
            return Ok(LogPage { rows, onward });
        }
        let onward = if look.is_all {
            NextPage::End
        } else {
            let at = self.one(numbers.next, [look.from], |row| text(row, 1))?;
            NextPage::NotYet(look.from, at.unwrap_or_default())
        };
        Ok(LogPage { rows, onward })
    }
}

fn nothing<T>() -> LogPage<T> {
    LogPage { rows: Vec::new(), onward: NextPage::End }
}

impl<D: Database> LogsTx for SqlTx<D> {
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

    fn api_log(&mut self, wanted: &ApiLogQuery) -> Result<LogPage<ApiLogRow>, TxError> {
        let Some(look) = self.look(&API, &wanted.window)? else { return Ok(nothing()) };
        let rows = self.all(
            calls!(
                "WHERE api_id BETWEEN ?1 AND ?2 AND (?3 = '' OR lower(rtrim(user)) = ?3)
                   AND (?4 = '' OR lower(rtrim(function)) = ?4)
                   AND (?5 = '' OR lower(rtrim(result)) = ?5) AND (?6 = '' OR lower(rtrim(source)) = ?6)
                 ORDER BY api_id DESC LIMIT ?7"
            ),
            params![
                look.from,
                look.to,
                key(&wanted.user),
                key(&wanted.function),
                key(&wanted.result),
                key(&wanted.source),
                wanted.window.at_most.saturating_add(1),
            ],
            api_line,
        )?;
        self.stretch(&API, &look, &wanted.window, rows, |line| line.api_id)
    }

    fn api_line(&mut self, api_id: i64) -> Result<Option<ApiLogRow>, TxError> {
        self.one(calls!("WHERE api_id = ?1"), [api_id], api_line)
    }

    fn admin_log(&mut self, wanted: &AuditLogQuery) -> Result<LogPage<AuditLogRow>, TxError> {
        let Some(look) = self.look(&ADMIN, &wanted.window)? else { return Ok(nothing()) };
        let rows = self.all(
            changes!(
                "WHERE admin_log_id BETWEEN ?1 AND ?2 AND (?3 = '' OR lower(rtrim(user)) = ?3)
                   AND (?4 = '' OR lower(rtrim(event_section)) = ?4)
                   AND (?5 = '' OR instr(lower(record_id), ?5) > 0)
                 ORDER BY admin_log_id DESC LIMIT ?6"
            ),
            params![
                look.from,
                look.to,
                key(&wanted.user),
                key(&wanted.section),
                key(&wanted.record),
                wanted.window.at_most.saturating_add(1),
            ],
            admin_line,
        )?;
        self.stretch(&ADMIN, &look, &wanted.window, rows, |line| line.admin_log_id)
    }

    fn admin_line(&mut self, admin_log_id: i64) -> Result<Option<AuditLogRow>, TxError> {
        self.one(changes!("WHERE admin_log_id = ?1"), [admin_log_id], admin_line)
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
