//! `/api/v1/logins`: logins with their outcomes, including those that found no phone.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use fleet::authorization::Scope;
use fleet::sessions::history::{PastSession, PastSessionsFilter, PastSessionsQuery};
use fleet::sessions::timeline::EndReason;
use serde::Serialize;
use serde_json::json as value;
use utoipa::ToSchema;

use super::caller::Looker;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Object, list as list_of, named, object, text, word};
use super::list_query::{ListQuery, Parameter};
use super::{messages, sessions};
use crate::App;
use crate::http::days::DAY;
use crate::http::problem::Problem;

/// Logins that are searched for one page.
const MAX_ROWS_READ: u32 = 20_000;

/// States that can be filtered for, in addition to the end reasons.
const STATES: [&str; 5] = ["open", "reserved", "ringing", "live", "ended"];

/// Filters of the list.
const FILTERS: [Parameter; 4] = [
    Parameter::new("user", || text("Filter: the agent's user name."), "1001"),
    Parameter::new("requested_login", || text("Filter: the alias or login that the agent entered."), "team"),
    Parameter::new("server_ip", || text("Filter: the dialer's address."), "10.0.9.9"),
    Parameter::new("state", || word("Filter: a state, or the reason of an end.", states()), "ended"),
];

/// A login with its outcome.
#[derive(Serialize, ToSchema)]
struct LoginView {
    /// Id of the session.
    #[schema(minimum = 0)]
    session_id: i64,
    /// User name of the agent.
    user: String,
    /// Alias or phone logins that the agent entered.
    requested_login: String,
    /// Campaign; empty for none.
    campaign: String,
    #[schema(schema_with = sessions::state)]
    state: &'static str,
    /// Login of the phone; empty if no phone was found.
    phone_login: String,
    /// Address of the dialer; empty if no phone was found.
    server_ip: String,
    /// Time of the login.
    #[schema(format = DateTime)]
    started_at: String,
    /// Time at which the session ended; null while it is open.
    #[schema(format = DateTime, required = true)]
    ended_at: Option<String>,
    /// Reason of the end; null while the session is open.
    #[schema(required = true)]
    end_reason: Option<String>,
}

impl From<PastSession> for LoginView {
    fn from(line: PastSession) -> Self {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            session_id: line.session_id,
            user: line.user,
            requested_login: line.typed,
            campaign: line.campaign_id,
            state: line.state.word(),
            phone_login: line.phone_login,
            server_ip: line.server_ip,
            started_at: Timestamp::stamp_to_rfc3339(&line.began),
            ended_at: some(Timestamp::stamp_to_rfc3339(&line.ended)),
            end_reason: some(line.end_reason),
        }
    }
}

#[derive(Serialize)]
struct Logins {
    logins: Vec<LoginView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The requested range of days; today by default.
fn days(query: &ListQuery, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
    let today = Timestamp::from_unix(now.unix() - now.unix().rem_euclid(DAY));
    let (from, until) = query.days()?;
    let (from, last) = (from.or(until).unwrap_or(today), until.or(from).unwrap_or(today));
    Ok((from, last.plus_seconds(DAY)))
}

/// Parses a cursor: the time and the session id of the last login of the previous page.
fn read_cursor(cursor: &str) -> Option<(String, i64)> {
    let (began, session_id) = cursor.split_once('-')?;
    Some((Timestamp::from_unix(began.parse().ok()?).stamp(), session_id.parse().ok()?))
}

/// Formats a cursor for [`read_cursor`].
fn cursor((began, session_id): &(String, i64)) -> String {
    format!("{}-{session_id}", Timestamp::from_stamp(began).unwrap_or_default().unix())
}

/// `GET`: logins of a range of days, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::of_days(query, &FILTERS)?;
    let (from, until) = days(&query, app.store.now())?;
    let state = query.text("state");
    if !state.is_empty() && !STATES.contains(&state) && EndReason::read(state).is_none() {
        return Err(messages::no_login_state(&states()));
    }
    let [user, typed, server_ip, state] = FILTERS.map(|filter| filter.name).map(|name| query.text(name).to_owned());
    let filter = PastSessionsFilter { from: from.stamp(), until: until.stamp(), user, typed, server_ip, state };
    let limit = query.limit()?;
    // One more row shows whether there is a next page.
    let wanted = PastSessionsQuery {
        filter,
        before: query.cursor(read_cursor)?,
        at_most: limit.saturating_add(1),
        looks_at: MAX_ROWS_READ,
    };
    let mut listed = app.store.read(move |tx| tx.list_logins(&wanted)).await?;
    let is_full = listed.lines.len() > limit as usize;
    listed.lines.truncate(limit as usize);
    let last = listed.lines.last().filter(|_| is_full).map(|last| (last.began.clone(), last.session_id));
    let next = last.or(listed.goes_on).as_ref().map(cursor);
    let logins = listed.lines.into_iter().map(LoginView::from).collect();
    Ok(query.page("/api/v1/logins", next.as_deref(), &Logins { logins, next: next.clone() }))
}

/// All states and end reasons.
fn states() -> Vec<&'static str> {
    STATES.into_iter().chain(EndReason::ALL.map(EndReason::word)).collect()
}

/// Describes this operation in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("Login", object::<LoginView>());
    let example = value!({"logins": [{
        "session_id": 1, "user": "1001", "requested_login": "team", "campaign": "", "state": "ended", "phone_login": "100b",
        "server_ip": "10.0.9.9", "started_at": "2026-11-21T05:31:00.000Z",
        "ended_at": "2026-11-21T13:30:12.000Z", "end_reason": "logged_out"
    }]});
    let all = Object::answered("").has("logins", list_of("", named("Login")));
    let listed = Operation::get("/logins", "listLogins")
        .says("List logins", "Lists logins, newest first; those of today by default.")
        .scope(Scope::Read)
        .of_days()
        .parameters(&FILTERS)
        .paged(r"^[0-9]{1,11}-[0-9]{1,18}$", "1795239060-17")
        .answers(
            StatusCode::OK,
            "A page of logins.",
            all.may_have("next", text("Cursor of the next page; missing on the last page.")),
            example,
        );
    spec.operation(listed);
}
