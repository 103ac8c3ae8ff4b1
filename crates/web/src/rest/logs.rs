//! `/api/v1/logs/…`: log of Non-Agent API calls, and audit log.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use fleet::audit_log::{
    ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage, LogWindow, NextPage, without_secrets,
};
use fleet::authorization::Scope;
use serde::Serialize;
use serde_json::json as value;
use utoipa::ToSchema;

use super::caller::Looker;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{NUMBER, Object, date_time, list, named, object, text, word};
use super::list_query::{ListQuery, Parameter};
use super::messages;
use crate::App;
use crate::http::problem::Problem;

/// Rows that are searched for one page.
const LOOKED_AT: u32 = 20_000;

/// Results of Non-Agent API calls.
const RESULTS: [&str; 3] = ["SUCCESS", "ERROR", "NOTICE"];

const USER: Parameter = Parameter::new("user", || text("Filter: the user name of the account."), "6666");

/// Filters of the list of calls.
const OF_CALLS: [Parameter; 4] = [
    USER,
    Parameter::new("function", || text("Filter: the called function."), "add_phone"),
    Parameter::new("result", || word("Filter: the result of the call.", RESULTS), "SUCCESS"),
    Parameter::new("source", || text("Filter: the calling program."), "crm"),
];

/// Filters of the list of changes.
const OF_CHANGES: [Parameter; 3] = [
    USER,
    Parameter::new("event_section", || text("Filter: the section."), "SERVERS"),
    Parameter::new("record_id", || text("Filter: part of the changed row's key."), "10.0.9"),
];

/// A Non-Agent API call, with the column names of `vicidial_api_log`.
#[derive(Serialize, ToSchema)]
struct CallView {
    /// Id of the log entry.
    #[schema(minimum = 0)]
    api_id: i64,
    /// Time of the log entry.
    #[schema(format = DateTime)]
    api_date: String,
    /// User name of the caller.
    user: String,
    /// Called function.
    function: String,
    /// SUCCESS, ERROR or NOTICE.
    result: String,
    /// Explanation of the result.
    result_reason: String,
    /// Calling program.
    source: String,
}

impl From<ApiLogRow> for CallView {
    fn from(line: ApiLogRow) -> Self {
        let ApiLogRow { api_id, at, user, function, result, reason, source, request: _ } = line;
        Self {
            api_id,
            api_date: Timestamp::stamp_to_rfc3339(&at),
            user,
            function,
            result,
            result_reason: without_secrets(&reason),
            source,
        }
    }
}

/// A change, with the column names of `vicidial_admin_log`.
#[derive(Serialize, ToSchema)]
struct ChangeView {
    /// Id of the log entry.
    #[schema(minimum = 0)]
    admin_log_id: i64,
    /// Time of the log entry.
    #[schema(format = DateTime)]
    event_date: String,
    /// User name of the actor.
    user: String,
    /// Address of the client.
    ip_address: String,
    /// PHONES, PHONEALIASES, SERVERS, USERS, …
    event_section: String,
    /// ADD, MODIFY, DELETE or OTHER.
    event_type: String,
    /// Key of the changed row.
    record_id: String,
    /// Description of the kind of change.
    event_code: String,
    /// Details of the change.
    event_notes: String,
}

impl From<AuditLogRow> for ChangeView {
    fn from(line: AuditLogRow) -> Self {
        Self {
            admin_log_id: line.admin_log_id,
            event_date: Timestamp::stamp_to_rfc3339(&line.at),
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

/// Last fields of a page.
#[derive(Serialize)]
struct End {
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Time back to which rows were searched, if older rows remain.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_back_to: Option<String>,
}

impl From<NextPage> for End {
    fn from(onward: NextPage) -> Self {
        match onward {
            NextPage::End => Self { next: None, looked_back_to: None },
            NextPage::Rows(row) => Self { next: Some(row.to_string()), looked_back_to: None },
            NextPage::NotYet(row, at) => {
                Self { next: Some(row.to_string()), looked_back_to: Some(Timestamp::stamp_to_rfc3339(&at)) }
            }
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
    let stamp = |moment: Option<Timestamp>| moment.map(Timestamp::stamp).unwrap_or_default();
    let (before, at_most) = (query.number()?, query.limit()?);
    Ok(LogWindow { from: stamp(from), until: stamp(until), before, at_most, look_at: LOOKED_AT })
}

/// `GET …/calls`: Non-Agent API calls.
pub(super) async fn calls(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::of_days(query, &OF_CALLS)?;
    let [user, function, result, source] = OF_CALLS.map(|filter| filter.name).map(|name| query.text(name).to_owned());
    if !result.is_empty() && !RESULTS.contains(&result.as_str()) {
        return Err(messages::no_result(&RESULTS));
    }
    let wanted = ApiLogQuery { user, function, result, source, window: window(&query)? };
    let LogPage { rows, onward } = app.store.read(move |tx| tx.api_log(&wanted)).await?;
    let calls = Calls { calls: rows.into_iter().map(CallView::from).collect(), end: onward.into() };
    Ok(query.page("/api/v1/logs/calls", calls.end.next.as_deref(), &calls))
}

/// `GET …/changes`: the audit log.
pub(super) async fn changes(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::of_days(query, &OF_CHANGES)?;
    let [user, section, record] = OF_CHANGES.map(|filter| filter.name).map(|name| query.text(name).to_owned());
    let wanted = AuditLogQuery { user, section, record, window: window(&query)? };
    let LogPage { rows, onward } = app.store.read(move |tx| tx.admin_log(&wanted)).await?;
    let changes = Changes { changes: rows.into_iter().map(ChangeView::from).collect(), end: onward.into() };
    Ok(query.page("/api/v1/logs/changes", changes.end.next.as_deref(), &changes))
}

/// Describes these operations in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    describe_calls(spec);
    describe_changes(spec);
}

/// Describes the common parts of both lists.
fn listed(path: &'static str, id: &str, filters: &[Parameter]) -> Operation {
    Operation::get(path, id).scope(Scope::Read).parameters(filters).of_days().paged(NUMBER, "41")
}

fn ends(list: Object) -> Object {
    list.may_have("next", text("Cursor of the next page; missing on the last page."))
        .may_have("looked_back_to", date_time("Time back to which rows were searched, if older rows remain."))
}

fn describe_calls(spec: &mut Spec) {
    spec.shape("Call", object::<CallView>());
    let example = value!({"calls": [{
        "api_id": 41, "api_date": "2026-11-21T05:31:00.000Z", "user": "6666", "function": "add_phone", "result": "SUCCESS",
        "result_reason": "add_phone PHONE HAS BEEN ADDED", "source": "crm"
    }], "next": "41"});
    let operation = listed("/logs/calls", "listCalls", &OF_CALLS)
        .says("List Non-Agent API calls", "Newest first.")
        .refuses([messages::no_result(&RESULTS)]);
    let all = ends(Object::answered("").has("calls", list("", named("Call"))));
    spec.operation(operation.answers(StatusCode::OK, "A page of log entries.", all, example));
}

fn describe_changes(spec: &mut Spec) {
    spec.shape("Change", object::<ChangeView>());
    let example = value!({"changes": [{
        "admin_log_id": 12, "event_date": "2026-11-21T05:31:00.000Z", "user": "6666", "ip_address": "192.0.2.7",
        "event_section": "SERVERS", "event_type": "MODIFY", "record_id": "10.0.9.9", "event_code": "ADMIN MODIFY SERVER",
        "event_notes": "draining: Y"
    }]});
    let operation =
        listed("/logs/changes", "listChanges", &OF_CHANGES).says("List changes", "Lists the audit log, newest first.");
    let all = ends(Object::answered("").has("changes", list("", named("Change"))));
    spec.operation(operation.answers(StatusCode::OK, "A page of log entries.", all, example));
}
