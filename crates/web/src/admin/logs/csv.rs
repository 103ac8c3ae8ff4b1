//! Rows as a file (RFC 4180).

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fleet::audit_log::{ApiLogRow, AuditLogRow};

pub(super) fn calls(rows: &[ApiLogRow]) -> Response {
    let head = ["api_id", "api_date", "user", "function", "result", "result_reason", "source"];
    let row = |row: &ApiLogRow| {
        line(&[&row.api_id.to_string(), &row.at, &row.user, &row.function, &row.result, &row.reason, &row.source])
    };
    file("api-log.csv", line(&head) + &rows.iter().map(row).collect::<String>())
}

pub(super) fn changes(rows: &[AuditLogRow]) -> Response {
    let head = [
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
    let row = |row: &AuditLogRow| {
        let number = row.admin_log_id.to_string();
        let AuditLogRow { at, user, from, section, event, record_id, code, notes, .. } = row;
        line(&[&number, at, user, from, section, event, record_id, code, notes])
    };
    file("admin-log.csv", line(&head) + &rows.iter().map(row).collect::<String>())
}

fn file(name: &str, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename={name}")),
    ];
    (headers, text).into_response()
}

fn line(cells: &[&str]) -> String {
    cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A cell. A spreadsheet must not take what somebody else typed for a formula.
fn cell(text: &str) -> String {
    let formula = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if formula.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{formula}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        assert_eq!(line(&["a", "b,c", "say \"x\"", "=1+1", ""]), "a,\"b,c\",\"say \"\"x\"\"\",\"'=1+1\",\r\n");
    }
}
