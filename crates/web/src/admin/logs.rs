//! `/admin/logs`: API calls and configuration changes, newest first, and the details of each.

mod csv;
mod days;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogWindow, NextPage};
use fleet::audit_log::{is_secret, without_secrets};
use fleet::{FleetTx, TxError};

use super::lists;
use super::messages::{self, Tone};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};
use days::Days;

/// Rows per page.
const ROWS: u32 = 50;

/// Rows per file.
const ROWS_OF_A_FILE: u32 = 5_000;

/// Maximum number of rows searched for a page or a file.
const LOOKED_AT: u32 = 20_000;

const CALLS: &str = "/admin/logs";
const CHANGES: &str = "/admin/logs/admin";

/// Search parameters.
struct LogSearch {
    fields: Fields,
    days: Days,
    is_file: bool,
}

impl LogSearch {
    fn read(query: Option<String>) -> Self {
        let fields = Fields::of_query(query);
        let days = Days::read(fields.get("from"), fields.get("until"));
        let is_file = fields.get("as") == "csv";
        Self { fields, days, is_file }
    }

    fn get(&self, name: &str) -> String {
        self.fields.get(name).trim().to_owned()
    }

    fn window(&self) -> LogWindow {
        LogWindow {
            from: self.days.begin.clone(),
            until: self.days.end.clone(),
            before: self.fields.get("before").parse().ok(),
            at_most: if self.is_file { ROWS_OF_A_FILE } else { ROWS },
            look_at: LOOKED_AT,
        }
    }

    /// Address of the same search with one more parameter.
    fn address(&self, path: &str, names: &[&str], more: (&str, &str)) -> String {
        let typed = names.iter().chain(&["from", "until"]).map(|name| (*name, self.fields.get(name).trim()));
        lists::address(path, &typed.chain([more]).collect::<Vec<_>>())
    }

    /// Links to other pages of the search.
    fn ways(&self, path: &str, names: &[&str], onward: &NextPage) -> PagerLinks {
        let before = |row: &i64| Some(self.address(path, names, ("before", &row.to_string())));
        PagerLinks {
            next: if let NextPage::Rows(row) = onward { before(row) } else { None },
            go_on: if let NextPage::NotYet(row, _) = onward { before(row) } else { None },
            looked_back_to: if let NextPage::NotYet(_, at) = onward { at.clone() } else { String::new() },
            first: self.fields.is_ticked("before").then(|| self.address(path, names, ("", ""))),
            file: self.address(path, names, ("as", "csv")),
            looked_at: LOOKED_AT,
            is_filtered: names.iter().chain(&["from", "until", "before"]).any(|name| !self.get(name).is_empty()),
        }
    }
}

/// Links to other pages of the search.
struct PagerLinks {
    next: Option<String>,
    first: Option<String>,
    /// Address that continues the search with older rows.
    go_on: Option<String>,
    looked_back_to: String,
    looked_at: u32,
    file: String,
    /// Whether the search has any filter.
    is_filtered: bool,
}

#[derive(Template)]
#[template(path = "admin/calls.html")]
struct CallsPage {
    frame: Frame,
    search: LogSearch,
    wanted: ApiLogQuery,
    results: Vec<(&'static str, bool)>,
    rows: Vec<ApiLogRow>,
    ways: PagerLinks,
}

/// `GET`: API calls.
pub(super) async fn calls(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    const NAMES: [&str; 4] = ["user", "function", "result", "source"];
    let search = LogSearch::read(query);
    let [user, function, result, source] = NAMES.map(|name| search.get(name));
    let wanted = ApiLogQuery { user, function, result, source, window: search.window() };
    let asked = wanted.clone();
    let mut found = match app.store.read(move |tx| tx.api_log(&asked)).await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    for row in &mut found.rows {
        row.reason = without_secrets(&row.reason);
    }
    if search.is_file {
        return csv::calls(&found.rows);
    }
    let results = ["SUCCESS", "ERROR", "NOTICE"].map(|word| (word, word.eq_ignore_ascii_case(&wanted.result)));
    let ways = search.ways(CALLS, &NAMES, &found.onward);
    let frame = Frame::of(&admin_session, Here::Logs);
    html::page(StatusCode::OK, &CallsPage { frame, search, wanted, results: results.into(), rows: found.rows, ways })
}

fn tone(result: &str) -> Tone {
    match result {
        "SUCCESS" => Tone::Good,
        "ERROR" => Tone::Bad,
        _ => Tone::Quiet,
    }
}

#[derive(Template)]
#[template(path = "admin/changes.html")]
struct ChangesPage {
    frame: Frame,
    search: LogSearch,
    wanted: AuditLogQuery,
    rows: Vec<AuditLogRow>,
    ways: PagerLinks,
}

/// `GET`: configuration changes.
pub(super) async fn changes(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    const NAMES: [&str; 3] = ["user", "section", "record"];
    let search = LogSearch::read(query);
    let [user, section, record] = NAMES.map(|name| search.get(name));
    let wanted = AuditLogQuery { user, section, record, window: search.window() };
    let asked = wanted.clone();
    let mut found = match app.store.read(move |tx| tx.admin_log(&asked)).await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    for row in &mut found.rows {
        row.notes = without_secrets(&row.notes);
    }
    if search.is_file {
        return csv::changes(&found.rows);
    }
    let ways = search.ways(CHANGES, &NAMES, &found.onward);
    let frame = Frame::of(&admin_session, Here::Logs);
    html::page(StatusCode::OK, &ChangesPage { frame, search, wanted, rows: found.rows, ways })
}

/// All details of a row.
#[derive(Template)]
#[template(path = "admin/logged.html")]
struct LoggedPage {
    frame: Frame,
    heading: &'static str,
    back: &'static str,
    back_to: &'static str,
    /// Names and values.
    facts: Vec<(&'static str, String)>,
    /// Heading of the lines.
    of: &'static str,
    /// Names and values; the name may be empty.
    lines: Vec<(String, String)>,
    /// Text if there are no lines.
    none: &'static str,
}

/// `GET`: an API call.
pub(super) async fn call(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    Path(api_id): Path<String>,
) -> Response {
    row(&app, &admin_session, &api_id, |tx, number| tx.api_line(number), call_details).await
}

/// `GET`: a change.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    Path(admin_log_id): Path<String>,
) -> Response {
    row(&app, &admin_session, &admin_log_id, |tx, number| tx.admin_line(number), change_details).await
}

async fn row<T: Send + 'static>(
    app: &App,
    admin_session: &AdminSession,
    number: &str,
    find: fn(&mut dyn FleetTx, i64) -> Result<Option<T>, TxError>,
    tell: fn(Frame, T) -> LoggedPage,
) -> Response {
    let nothing = || page::message(admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_ROW);
    let Ok(number) = number.parse::<i64>() else { return nothing() };
    match app.store.read(move |tx| find(tx, number)).await {
        Ok(Some(line)) => html::page(StatusCode::OK, &tell(Frame::of(admin_session, Here::Logs), line)),
        Ok(None) => nothing(),
        Err(error) => page::failed(&error.into()),
    }
}

fn call_details(frame: Frame, line: ApiLogRow) -> LoggedPage {
    let facts = vec![
        ("When (UTC)", line.at),
        ("User", line.user),
        ("Function", line.function),
        ("Result", line.result),
        ("Reason", without_secrets(&line.reason)),
        ("Source", line.source),
        ("ID", line.api_id.to_string()),
    ];
    LoggedPage {
        frame,
        heading: "API call",
        back: CALLS,
        back_to: "API log",
        facts,
        of: "Parameters",
        lines: sent(&line.request),
        none: messages::NOTHING_SENT,
    }
}

/// Parameters of a call. Hotdesk logs no secrets, but another program may have written the row.
fn sent(request: &str) -> Vec<(String, String)> {
    if !request.contains('=') {
        let text = without_secrets(request);
        return if text.is_empty() { Vec::new() } else { vec![(String::new(), text)] };
    }
    let hidden = |(name, value): (&str, &str)| {
        let value = if is_secret(name) || name == "pp" { "***".to_owned() } else { without_secrets(value) };
        (name.to_owned(), value)
    };
    Fields::read(request.as_bytes()).iter().map(hidden).collect()
}

fn change_details(frame: Frame, line: AuditLogRow) -> LoggedPage {
    let facts = vec![
        ("When (UTC)", line.at),
        ("User", line.user),
        ("From", line.from),
        ("Section", line.section),
        ("Event", line.event),
        ("Record", line.record_id),
        ("Change", line.code),
        ("ID", line.admin_log_id.to_string()),
    ];
    let notes = without_secrets(&line.notes);
    let notes = notes.split("; ").filter(|note| !note.is_empty());
    LoggedPage {
        frame,
        heading: "Change",
        back: CHANGES,
        back_to: "Admin log",
        facts,
        of: "Details",
        lines: notes.map(|note| (String::new(), note.to_owned())).collect(),
        none: messages::NO_DETAILS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_listed_and_secrets_are_hidden_even_in_rows_of_other_programs() {
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            sent("extension=cc%20100&phone_pass=hunter2&pp=hunter2&x=pass%3Dhunter2"),
            [line("extension", "cc 100"), line("phone_pass", "***"), line("pp", "***"), line("x", "pass=***")]
        );
        assert_eq!(sent("100|10.0.9.8"), [line("", "100|10.0.9.8")]);
        assert_eq!(sent(""), []);
    }
}
