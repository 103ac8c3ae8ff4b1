//! [`LogsTx`] on any engine.

use fleet::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage, LogWindow, NextPage};
use fleet::name::key;
use fleet::tx::{AdminEntry, ApiEntry, Log, LogsTx};
use fleet::{Timestamp, TxError};

use super::{SqlTx, address};
use crate::database::{Database, Read, params};
use crate::row::{Reader, insert, row};

row! { pub(super) audit_log_row: AuditLogRow from "vicidial_admin_log" {
    admin_log_id, at = "/*FROM LOCAL*/(event_date)", user, from = "ip_address", section = "event_section", event = "event_type", record_id,
    code = "event_code", notes = "event_notes"
} }
pub(super) use audit_log_row as audit_log_rows;

row! { api_log_row: ApiLogRow from "vicidial_api_log" {
    api_id, at = "/*FROM LOCAL*/(api_date)", user, function, result, reason = "result_reason", source, request = "data"
} }

row! { api_log_position: struct LogPosition from "vicidial_api_log" { id: i64 = "api_id", at: String = "/*FROM LOCAL*/(api_date)" } }

row! { audit_log_position: LogPosition from "vicidial_admin_log" { id = "admin_log_id", at = "/*FROM LOCAL*/(event_date)" } }

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

/// The statements that find a row of a log.
struct Finders {
    /// The first number.
    first: &'static str,
    /// The last number before another one.
    last_before: &'static str,
    /// The first row from a number on, which `read` reads.
    next: &'static str,
    read: fn(&mut Reader<'_>) -> Read<LogPosition>,
}

const API: Finders = Finders {
    first: "SELECT min(api_id) FROM vicidial_api_log",
    last_before: "SELECT max(api_id) FROM vicidial_api_log WHERE api_id < ?1",
    next: concat!(api_log_position!(), "WHERE api_id >= ?1 ORDER BY api_id LIMIT 1"),
    read: api_log_position,
};

const ADMIN: Finders = Finders {
    first: "SELECT min(admin_log_id) FROM vicidial_admin_log",
    last_before: "SELECT max(admin_log_id) FROM vicidial_admin_log WHERE admin_log_id < ?1",
    next: concat!(audit_log_position!(), "WHERE admin_log_id >= ?1 ORDER BY admin_log_id LIMIT 1"),
    read: audit_log_position,
};

/// The rows that a query examines.
struct Examined {
    from: i64,
    to: i64,
    /// No older rows are left to examine.
    is_last: bool,
}

impl<D: Database> SqlTx<D> {
    fn last_before(&self, finders: &Finders, id: i64) -> Result<Option<i64>, TxError> {
        Ok(self.value(finders.last_before, [id])?.flatten())
    }

    /// The first row from a number on.
    fn next(&self, finders: &Finders, id: i64) -> Result<Option<LogPosition>, TxError> {
        self.one(finders.next, [id], finders.read)
    }

    /// The number from which on rows have this time or a later one. Rows are in the order of time; after a clock was set back,
    /// a few rows can be on the wrong side.
    fn first_since(&self, finders: &Finders, stamp: &str, ends: (i64, i64)) -> Result<i64, TxError> {
        let (mut low, mut high) = (ends.0, ends.1 + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.next(finders, middle)? {
                Some(LogPosition { id, at }) if *at < *stamp => low = id + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The rows to examine for this window; `None` if it has no rows.
    fn examined(&self, finders: &Finders, window: &LogWindow) -> Result<Option<Examined>, TxError> {
        let first: Option<i64> = self.value(finders.first, params![])?.flatten();
        let (Some(first), Some(last)) = (first, self.last_before(finders, i64::MAX)?) else { return Ok(None) };
        let since = |stamp: &str, default: i64| {
            if stamp.is_empty() { Ok(default) } else { self.first_since(finders, stamp, (first, last)) }
        };
        let oldest = since(&window.from, first)?;
        let end = since(&window.until, last + 1)?.min(window.before.unwrap_or(i64::MAX));
        let newest = self.last_before(finders, end)?;
        let Some(to) = newest.filter(|newest| *newest >= oldest) else { return Ok(None) };
        let from = to.saturating_sub(i64::from(window.look_at) - 1).max(oldest);
        Ok(Some(Examined { from, to, is_last: from == oldest }))
    }

    /// A page of the found rows, of which there is one more if another page follows.
    fn log_page<T>(
        &self,
        finders: &Finders,
        examined: &Examined,
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
        let onward = if examined.is_last {
            NextPage::End
        } else {
            let next = self.next(finders, examined.from)?;
            NextPage::NotYet(examined.from, next.map(|next| next.at).unwrap_or_default())
        };
        Ok(LogPage { rows, onward })
    }
}

fn nothing<T>() -> LogPage<T> {
    LogPage { rows: Vec::new(), onward: NextPage::End }
}

impl<D: Database> LogsTx for SqlTx<D> {
    fn log_admin(&mut self, entry: &AdminEntry<'_>) -> Result<(), TxError> {
        let own = |column, value: &str| self.database.cut("vicidial_admin_log", column, value).into_owned();
        self.run(insert!("vicidial_admin_log" {
            event_date: self.stamp => "/*TO LOCAL*/(?)",
            user: own("user", cut(entry.user, USER_WIDTH)),
            ip_address: own("ip_address", &address(entry.from)),
            event_section: entry.section,
            event_type: entry.event,
            record_id: own("record_id", cut(entry.record_id, RECORD_WIDTH)),
            event_code: own("event_code", &entry.code),
            event_notes: own("event_notes", &entry.notes),
        } "/*BATCHABLE*/"))
    }

    fn log_api(&mut self, entry: &ApiEntry<'_>) -> Result<(), TxError> {
        let own = |column, value: &str| self.database.cut("vicidial_api_log", column, value).into_owned();
        self.run(insert!("vicidial_api_log" {
            user: own("user", cut(entry.user, USER_WIDTH)),
            api_date: self.stamp => "/*TO LOCAL*/(?)",
            function: own("function", cut(entry.function, FUNCTION_WIDTH)),
            result: entry.result,
            result_reason: own("result_reason", cut(entry.reason, REASON_WIDTH)),
            source: own("source", cut(entry.source, SOURCE_WIDTH)),
            data: own("data", entry.request),
        } "/*BATCHABLE*/"))
    }

    fn api_log(&mut self, wanted: &ApiLogQuery) -> Result<LogPage<ApiLogRow>, TxError> {
        let Some(examined) = self.examined(&API, &wanted.window)? else { return Ok(nothing()) };
        let rows = self.all(
            concat!(
                api_log_row!(),
                "WHERE api_id BETWEEN ?1 AND ?2 AND (?3 = '' OR lower(rtrim(user)) = ?3)
                   AND (?4 = '' OR lower(rtrim(function)) = ?4)
                   AND (?5 = '' OR lower(rtrim(result)) = ?5) AND (?6 = '' OR lower(rtrim(source)) = ?6)
                 ORDER BY api_id DESC LIMIT ?7"
            ),
            params![
                examined.from,
                examined.to,
                key(&wanted.user),
                key(&wanted.function),
                key(&wanted.result),
                key(&wanted.source),
                wanted.window.at_most.saturating_add(1),
            ],
            api_log_row,
        )?;
        self.log_page(&API, &examined, &wanted.window, rows, |row| row.api_id)
    }

    fn api_line(&mut self, api_id: i64) -> Result<Option<ApiLogRow>, TxError> {
        self.one(concat!(api_log_row!(), "WHERE api_id = ?1"), [api_id], api_log_row)
    }

    fn admin_log(&mut self, wanted: &AuditLogQuery) -> Result<LogPage<AuditLogRow>, TxError> {
        let Some(examined) = self.examined(&ADMIN, &wanted.window)? else { return Ok(nothing()) };
        let rows = self.all(
            concat!(
                audit_log_row!(),
                "WHERE admin_log_id BETWEEN ?1 AND ?2 AND (?3 = '' OR lower(rtrim(user)) = ?3)
                   AND (?4 = '' OR lower(rtrim(event_section)) = ?4)
                   AND (?5 = '' OR instr(lower(record_id), ?5) > 0)
                 ORDER BY admin_log_id DESC LIMIT ?6"
            ),
            params![
                examined.from,
                examined.to,
                key(&wanted.user),
                key(&wanted.section),
                key(&wanted.record),
                wanted.window.at_most.saturating_add(1),
            ],
            audit_log_row,
        )?;
        self.log_page(&ADMIN, &examined, &wanted.window, rows, |row| row.admin_log_id)
    }

    fn admin_line(&mut self, admin_log_id: i64) -> Result<Option<AuditLogRow>, TxError> {
        self.one(concat!(audit_log_row!(), "WHERE admin_log_id = ?1"), [admin_log_id], audit_log_row)
    }

    fn forget(&mut self, log: Log, before: Timestamp, at_most: u32) -> Result<usize, TxError> {
        if matches!(log, Log::Api | Log::Admin) && self.database.is_shared_with_vicidial() {
            // Nothing in these rows says which program wrote them, so VICIdial's rows would be deleted too.
            return Ok(0);
        }
        let delete = match log {
            Log::Api => {
                "DELETE FROM vicidial_api_log
                 WHERE api_id IN (SELECT api_id FROM (SELECT api_id FROM vicidial_api_log ORDER BY api_id LIMIT ?2) oldest)
                   AND (api_date IS NULL OR api_date < /*TO LOCAL*/(?1))"
            }
            // The last row stays. An empty log would number from 1 again, but the numbers are the positions of subscribers.
            Log::Admin => {
                "DELETE FROM vicidial_admin_log
                 WHERE admin_log_id IN
                       (SELECT admin_log_id FROM (SELECT admin_log_id FROM vicidial_admin_log ORDER BY admin_log_id LIMIT ?2) oldest)
                   AND event_date < /*TO LOCAL*/(?1)
                   AND admin_log_id < (SELECT admin_log_id FROM (SELECT max(admin_log_id) AS admin_log_id FROM vicidial_admin_log) last)"
            }
            // By the time of its end, not by its number: a session that never ends must not keep the later ones.
            Log::Session => {
                "DELETE FROM hotdesk_session
                 WHERE session_id IN
                       (SELECT session_id FROM (SELECT session_id FROM hotdesk_session WHERE ended < ?1 ORDER BY ended LIMIT ?2) oldest)"
            }
            // By its time too: a key that is reused gets a new row.
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
