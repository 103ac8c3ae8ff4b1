//! `/api/v1/logs/…`: the calls of the Non-Agent API and the changes, the newest first.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use fleet::audit_log::without_secrets;
use fleet::audit_log::{ApiLogQuery, ApiLogRow, AuditLogQuery, AuditLogRow, LogPage, LogWindow, NextPage};
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

/// Rows that are looked at for a page.
const LOOKED_AT: u32 = 20_000;

/// How a call of the Non-Agent API can end.
const RESULTS: [&str; 3] = ["SUCCESS", "ERROR", "NOTICE"];

const USER: Parameter = Parameter::new("user", || text("By this account."), "6666");

/// What a list of calls can be narrowed to.
const OF_CALLS: [Parameter; 4] = [
    USER,
    Parameter::new("function", || text("Of this function."), "add_phone"),
    Parameter::new("result", || word("With this result.", RESULTS), "SUCCESS"),
    Parameter::new("source", || text("From this program."), "crm"),
];

/// What a list of changes can be narrowed to.
const OF_CHANGES: [Parameter; 3] = [
    USER,
    Parameter::new("event_section", || text("In this section."), "SERVERS"),
    Parameter::new("record_id", || text("With this in the name of what was changed."), "10.0.9"),
];

/// A call of the Non-Agent API, with the names of `vicidial_api_log`.
#[derive(Serialize, ToSchema)]
struct CallView {
    /// Its number.
    #[schema(minimum = 0)]
    api_id: i64,
    /// When.
    #[schema(format = DateTime)]
    api_date: String,
    /// The caller's account.
    user: String,
    /// The function.
    function: String,
    /// SUCCESS, ERROR or NOTICE.
    result: String,
    /// Why, for people.
    result_reason: String,
    /// The calling program.
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

/// A change, with the names of `vicidial_admin_log`.
#[derive(Serialize, ToSchema)]
struct ChangeView {
    /// Its number.
    #[schema(minimum = 0)]
    admin_log_id: i64,
    /// When.
    #[schema(format = DateTime)]
    event_date: String,
    /// Who made it.
    user: String,
    /// The address that it came from.
    ip_address: String,
    /// PHONES, PHONEALIASES, SERVERS, USERS, …
    event_section: String,
    /// ADD, MODIFY, DELETE or OTHER.
    event_type: String,
    /// What was changed.
    record_id: String,
    /// The kind of change, for people.
    event_code: String,
    /// Details.
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

/// `GET …/calls`: calls of the Non-Agent API.
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

/// `GET …/changes`: who changed what.
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

/// What the document says of the logs.
pub(super) fn describe(spec: &mut Spec) {
    describe_calls(spec);
    describe_changes(spec);
}

/// What lists of both logs have in common.
fn listed(path: &'static str, id: &str, filters: &[Parameter]) -> Operation {
    Operation::get(path, id).scope(Scope::Read).parameters(filters).of_days().paged(NUMBER, "41")
}

fn ends(list: Object) -> Object {
    list.may_have("next", text("The cursor of the next page."))
        .may_have("looked_back_to", date_time("The time back to which rows were searched, where older rows remain."))
}

fn describe_calls(spec: &mut Spec) {
    spec.shape("Call", object::<CallView>());
    let example = value!({"calls": [{
        "api_id": 41, "api_date": "2026-11-21T05:31:00.000Z", "user": "6666", "function": "add_phone", "result": "SUCCESS",
        "result_reason": "add_phone PHONE HAS BEEN ADDED", "source": "crm"
    }], "next": "41"});
    let operation = listed("/logs/calls", "listCalls", &OF_CALLS)
        .says("List calls of the Non-Agent API", "The newest first.")
        .refuses([messages::no_result(&RESULTS)]);
    let all = ends(Object::answered("").has("calls", list("", named("Call"))));
    spec.operation(operation.answers(StatusCode::OK, "A page of them.", all, example));
}

fn describe_changes(spec: &mut Spec) {
    spec.shape("Change", object::<ChangeView>());
    let example = value!({"changes": [{
        "admin_log_id": 12, "event_date": "2026-11-21T05:31:00.000Z", "user": "6666", "ip_address": "192.0.2.7",
        "event_section": "SERVERS", "event_type": "MODIFY", "record_id": "10.0.9.9", "event_code": "ADMIN MODIFY SERVER",
        "event_notes": "draining: Y"
    }]});
    let operation = listed("/logs/changes", "listChanges", &OF_CHANGES).says("List changes", "The newest first.");
    let all = ends(Object::answered("").has("changes", list("", named("Change"))));
    spec.operation(operation.answers(StatusCode::OK, "A page of them.", all, example));
}
