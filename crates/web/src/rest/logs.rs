//! `/api/v1/logs/…`: the calls of the Non-Agent API and the changes, the newest first.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::audit_log::without_secrets;
use fleet::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage, LogWindow, NextPage};
use fleet::authorization::Scope;
use serde::Serialize;
use serde_json::json as value;

use super::caller::Looker;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{NUMBER, Object, count, list, named, stamp, text, word};
use super::list_query::ListQuery;
use super::messages;
use crate::App;
use crate::http::problem::Problem;

/// Rows that are looked at for a page.
const LOOKED_AT: u32 = 20_000;

/// How a call of the Non-Agent API can end.
const RESULTS: [&str; 3] = ["SUCCESS", "ERROR", "NOTICE"];

/// A call, in the words of `vicidial_api_log`.
#[derive(Serialize)]
struct CallView {
    api_id: i64,
    api_date: String,
    user: String,
    function: String,
    result: String,
    result_reason: String,
    source: String,
}

impl From<ApiLogRow> for CallView {
    fn from(line: ApiLogRow) -> Self {
        let ApiLogRow { api_id, at, user, function, result, reason, source, request: _ } = line;
        Self { api_id, api_date: at, user, function, result, result_reason: without_secrets(&reason), source }
    }
}

/// A change, in the words of `vicidial_admin_log`.
#[derive(Serialize)]
struct ChangeView {
    admin_log_id: i64,
    event_date: String,
    user: String,
    ip_address: String,
    event_section: String,
    event_type: String,
    record_id: String,
    event_code: String,
    event_notes: String,
}

impl From<AuditLogRow> for ChangeView {
    fn from(line: AuditLogRow) -> Self {
        Self {
            admin_log_id: line.admin_log_id,
            event_date: line.at,
            user: line.user,
            ip_address: line.from,
            event_section: line.section,
            event_type: line.event,
            record_id: line.record_id,
            event_code: line.code,
            event_notes: without_secrets(&line.notes),
        }
    }
}

/// Where a page ends.
#[derive(Serialize)]
struct End {
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Where older rows were not looked at yet: since when they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_back_to: Option<String>,
}

impl From<NextPage> for End {
    fn from(onward: NextPage) -> Self {
        match onward {
            NextPage::End => Self { next: None, looked_back_to: None },
            NextPage::Rows(row) => Self { next: Some(row.to_string()), looked_back_to: None },
            NextPage::NotYet(row, at) => Self { next: Some(row.to_string()), looked_back_to: Some(at) },
        }
    }
}

#[derive(Serialize)]
struct Calls {
    calls: Vec<CallView>,
    #[serde(flatten)]
    end: End,
}

#[derive(Serialize)]
struct Changes {
    changes: Vec<ChangeView>,
    #[serde(flatten)]
    end: End,
}

fn window(query: &ListQuery) -> Result<LogWindow, Problem> {
    let (from, until) = query.days()?;
    let until = until.map(|until| until.plus_seconds(crate::http::days::DAY));
    let stamp = |moment: Option<fleet::Timestamp>| moment.map(fleet::Timestamp::stamp).unwrap_or_default();
    let (before, at_most) = (query.number()?, query.limit()?);
    Ok(LogWindow { from: stamp(from), until: stamp(until), before, at_most, look_at: LOOKED_AT })
}

/// `GET …/calls`: calls of the Non-Agent API.
pub(super) async fn calls(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::read(query, &["user", "function", "result", "source", "from", "until"])?;
    let [user, function, result, source] =
        ["user", "function", "result", "source"].map(|name| query.text(name).to_owned());
    if !result.is_empty() && !RESULTS.contains(&result.as_str()) {
        return Err(messages::no_result(&RESULTS));
    }
    let wanted = ApiLogQuery { user, function, result, source, window: window(&query)? };
    let LogPage { rows, onward } = app.store.read(move |tx| tx.api_log(&wanted)).await?;
    let calls = Calls { calls: rows.into_iter().map(CallView::from).collect(), end: onward.into() };
    Ok(query.page("/api/v1/logs/calls", calls.end.next.as_deref(), &calls))
}

/// `GET …/changes`: who changed what.
pub(super) async fn changes(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::read(query, &["user", "event_section", "record_id", "from", "until"])?;
    let [user, section, record] = ["user", "event_section", "record_id"].map(|name| query.text(name).to_owned());
    let wanted = AuditLogQuery { user, section, record, window: window(&query)? };
    let LogPage { rows, onward } = app.store.read(move |tx| tx.admin_log(&wanted)).await?;
    let changes = Changes { changes: rows.into_iter().map(ChangeView::from).collect(), end: onward.into() };
    Ok(query.page("/api/v1/logs/changes", changes.end.next.as_deref(), &changes))
}

/// What the document says of the logs.
pub(super) fn describe(spec: &mut Spec) {
    describe_calls(spec);
    describe_changes(spec);
}

/// What lists of both logs have in common.
fn listed(path: &'static str, id: &str) -> Operation {
    let operation = Operation::get(path, id).scope(Scope::Read).query("user", text("By this account."), "6666");
    operation.of_days().paged(NUMBER, "41").refuses([messages::unknown_field("colour", &[])])
}

fn ends(list: Object) -> Object {
    list.may_have("next", text("The cursor of the next page."))
        .may_have("looked_back_to", stamp("Where older rows were not looked at yet: since when they were,"))
}

fn describe_calls(spec: &mut Spec) {
    let call = Object::answered("A call of the Non-Agent API, in the words of vicidial_api_log.")
        .has("api_id", count("Its number."))
        .has("api_date", stamp("When,"))
        .has("user", text("Who called."))
        .has("function", text("What was called."))
        .has("result", text("SUCCESS, ERROR or NOTICE."))
        .has("result_reason", text("Why, in words."))
        .has("source", text("What program called."));
    spec.shape("Call", call);
    let example = value!({"calls": [{
        "api_id": 41, "api_date": "2026-11-21 05:31:00", "user": "6666", "function": "add_phone", "result": "SUCCESS",
        "result_reason": "add_phone PHONE HAS BEEN ADDED", "source": "crm"
    }], "next": "41"});
    let operation = listed("/logs/calls", "list_calls")
        .says("Calls of the Non-Agent API", "The newest first.")
        .query("function", text("Of this function."), "add_phone")
        .query("result", word("With this result.", RESULTS), "SUCCESS")
        .query("source", text("From this program."), "crm");
    let operation = operation.refuses([messages::no_result(&RESULTS)]);
    let all = ends(Object::answered("").has("calls", list("", named("Call"))));
    spec.operation(operation.answers(StatusCode::OK, "A page of them.", all, example));
}

fn describe_changes(spec: &mut Spec) {
    let change = Object::answered("A change, in the words of vicidial_admin_log.")
        .has("admin_log_id", count("Its number."))
        .has("event_date", stamp("When,"))
        .has("user", text("Who made it."))
        .has("ip_address", text("From where."))
        .has("event_section", text("PHONES, PHONEALIASES, SERVERS, USERS, …"))
        .has("event_type", text("ADD, MODIFY, DELETE or OTHER."))
        .has("record_id", text("What was changed."))
        .has("event_code", text("In words."))
        .has("event_notes", text("Details."));
    spec.shape("Change", change);
    let example = value!({"changes": [{
        "admin_log_id": 12, "event_date": "2026-11-21 05:31:00", "user": "6666", "ip_address": "192.0.2.7",
        "event_section": "SERVERS", "event_type": "MODIFY", "record_id": "10.0.9.9", "event_code": "ADMIN MODIFY SERVER",
        "event_notes": "draining: Y"
    }]});
    let operation = listed("/logs/changes", "list_changes")
        .says("Who changed what", "The newest first.")
        .query("event_section", text("In this section."), "SERVERS")
        .query("record_id", text("With this in the name of what was changed."), "10.0.9");
    let all = ends(Object::answered("").has("changes", list("", named("Change"))));
    spec.operation(operation.answers(StatusCode::OK, "A page of them.", all, example));
}
