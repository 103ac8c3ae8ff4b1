//! Log rows as CSV files.

use axum::response::Response;
use fleet::audit_log::{ApiLogRow, AuditLogRow};

use crate::admin::page;
use crate::http::csv::{self, CsvError};

const CALL_COLUMNS: [&str; 7] = ["api_id", "api_date", "user", "function", "result", "result_reason", "source"];

const CHANGE_COLUMNS: [&str; 9] = [
    "admin_log_id",
    "event_date",
    "user",
    "ip_address",
    "event_section",
    "event_type",
    "record_id",
    "event_code",
    "event_notes",
];

/// API calls as a file.
pub(super) fn calls(rows: &[ApiLogRow]) -> Response {
    let cells = |row: &ApiLogRow| {
        let ApiLogRow { api_id, at, user, function, result, reason, source, .. } = row;
        [&api_id.to_string(), at, user, function, result, reason, source].map(String::clone)
    };
    let head = std::iter::once(CALL_COLUMNS.map(str::to_owned));
    file("api-log.csv", csv::rows(head.chain(rows.iter().map(cells))))
}

/// Configuration changes as a file.
pub(super) fn changes(rows: &[AuditLogRow]) -> Response {
    let cells = |row: &AuditLogRow| {
        let AuditLogRow { admin_log_id, at, user, from, section, event, record_id, code, notes } = row;
        [&admin_log_id.to_string(), at, user, from, section, event, record_id, code, notes].map(String::clone)
    };
    let head = std::iter::once(CHANGE_COLUMNS.map(str::to_owned));
    file("admin-log.csv", csv::rows(head.chain(rows.iter().map(cells))))
}

fn file(name: &str, text: Result<Vec<u8>, CsvError>) -> Response {
    match text {
        Ok(text) => csv::attachment(name, text),
        Err(error) => page::not_written(&error),
    }
}
