//! `/api/v1/sessions/{session_id}`: one agent session.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use fleet::authorization::Scope;
use fleet::sessions::timeline::{EndReason, Step, TimelineEntry};
use floor::{MoveOutcome, SessionView};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use utoipa::ToSchema;

use super::caller::Caller;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Shape, list as list_of, named, object, text, word};
use super::sessions::{self, Session};
use super::{body, found, messages};
use crate::App;
use crate::http::problem::Problem;
use crate::messages::session::{Reader, words};

/// A session with its timeline.
#[derive(Serialize, ToSchema)]
struct SessionDetail {
    #[serde(flatten, with = "Session")]
    #[schema(ignore)]
    session: SessionView,
    #[schema(schema_with = timeline)]
    timeline: Vec<TimelineStep>,
}

fn timeline() -> Shape {
    let step = object::<TimelineStep>()
        .has("what", word("Kind of the step.", ["decided", "rung", "failed", "answered", "ended"]));
    list_of("", step)
}

/// A step of the timeline. It has further fields, depending on what.
#[derive(Serialize, ToSchema)]
struct TimelineStep {
    /// Time of the step.
    #[schema(format = DateTime)]
    at: String,
    #[serde(flatten)]
    #[schema(ignore)]
    step: Step,
    /// The step in words.
    description: String,
}

impl SessionDetail {
    fn of(session: &fleet::sessions::Session, timeline: &str, reader: Reader) -> Self {
        let step = |entry: TimelineEntry| TimelineStep {
            at: Timestamp::from_unix_ms(entry.at).rfc3339(),
            description: words(&entry.step, reader),
            step: entry.step,
        };
        Self { session: session.into(), timeline: TimelineEntry::read(timeline).into_iter().map(step).collect() }
    }
}

/// Request to ring the phone again; it has no fields.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RingRequest {}

/// Request to move an agent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveRequest {
    /// 1 confirms that the agent's current call will end; 0 if the agent is in no call.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    in_call: Option<u32>,
}

fn number(session_id: &str) -> Result<i64, Problem> {
    session_id.parse().map_err(|_| messages::no_such_session())
}

/// `GET`: the session with its timeline, for its agent and for accounts with read access.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(session_id): Path<String>,
) -> Result<Response, Problem> {
    let reader = if caller.has_key() { Reader::Agent } else { Reader::Supervisor };
    if reader == Reader::Agent {
        caller.own_session(&app, number(&session_id)?).await?;
    } else {
        caller.account(&app, Scope::Read).await?;
    }
    let session_id = number(&session_id)?;
    show_to(&app, session_id, reader).await
}

async fn show_to(app: &App, session_id: i64, reader: Reader) -> Result<Response, Problem> {
    let (session, trail) = app.store.read(move |tx| Ok((tx.session(session_id)?, tx.trail(session_id)?))).await?;
    let session = session.ok_or_else(messages::no_such_session)?;
    Ok(found(&SessionDetail::of(&session, &trail, reader)))
}

/// `DELETE`: ends the session, for its agent and for administrators.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(session_id): Path<String>,
) -> Result<StatusCode, Problem> {
    let ended = if caller.has_key() {
        let session = caller.own_session(&app, number(&session_id)?).await?;
        app.floor.log_out(session.session_id, EndReason::LoggedOut).await
    } else {
        let by = caller.administer(&app, Scope::Sessions).await?;
        let session_id = number(&session_id)?;
        must_exist(&app, session_id).await?;
        app.floor.remove(session_id, by).await
    };
    if ended? { Ok(StatusCode::NO_CONTENT) } else { Err(messages::session_ended()) }
}

async fn must_exist(app: &App, session_id: i64) -> Result<(), Problem> {
    let session = app.store.read(move |tx| tx.session(session_id)).await?;
    session.map(drop).ok_or_else(messages::no_such_session)
}

/// `POST …/ring`: rings the phone again, for the agent.
pub(super) async fn ring(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(session_id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    if !caller.has_key() {
        caller.account(&app, Scope::Sessions).await?;
        return Err(messages::only_its_key_rings());
    }
    let session = caller.own_session(&app, number(&session_id)?).await?;
    let RingRequest {} = body::read(&caller.headers, &body)?;
    if !app.floor.ring_again(session.session_id).await? {
        return Err(messages::cannot_ring());
    }
    show_to(&app, session.session_id, Reader::Agent).await
}

/// `POST …/move`: moves the agent to another dialer, for administrators. If the agent is in a call, the
/// caller must confirm that it will end.
pub(super) async fn move_away(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(session_id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    if caller.has_key() {
        caller.own_session(&app, number(&session_id)?).await?;
        return Err(messages::key_may_not());
    }
    let by = caller.administer(&app, Scope::Sessions).await?;
    let session_id = number(&session_id)?;
    let MoveRequest { in_call } = body::read(&caller.headers, &body)?;
    must_exist(&app, session_id).await?;
    match app.floor.move_agent(session_id, in_call.unwrap_or(0), by).await? {
        MoveOutcome::Moved => show_to(&app, session_id, Reader::Supervisor).await,
        MoveOutcome::NotOpen => Err(messages::session_ended()),
        MoveOutcome::InCall(found) => Err(messages::in_call(found)),
        MoveOutcome::Stays => Err(messages::no_alternative()),
    }
}

/// Example of a session with its timeline.
fn example() -> Value {
    let mut session = sessions::example();
    session["timeline"] = value!([{
        "at": "2026-11-21T05:31:00.634Z", "what": "answered", "phone_login": "100b", "server_ip": "10.0.9.9",
        "description": "it was answered"
    }]);
    session
}

/// Describes these operations in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    let detail = object::<Session>().and(object::<SessionDetail>());
    spec.shape("SessionDetail", detail.described_as("A session with its timeline."));
    let one = |operation: Operation| {
        let operation = operation.path("session_id", text("Id of the session."), 1).or_own_key();
        operation.refuses([messages::no_such_session()])
    };
    let shown = one(Operation::get("/sessions/{session_id}", "getSession"))
        .says("Get a session", "Returns the session with its timeline, also after its end.")
        .scope(Scope::Read);
    spec.operation(shown.answers(StatusCode::OK, "The session.", named("SessionDetail"), example()));
    let ended = one(Operation::delete("/sessions/{session_id}", "endSession"))
        .says(
            "End a session",
            "With the session's key the end counts as a logout, otherwise as a removal by an administrator.",
        )
        .scope(Scope::Sessions)
        .refuses([messages::may_not_administer(), messages::session_ended()]);
    spec.operation(ended.answers_nothing(StatusCode::NO_CONTENT, "The session has ended."));
    let rung = one(Operation::post("/sessions/{session_id}/ring", "ringSession"))
        .says("Ring the phone again", "Rings the phone of a session again. Only the session's own key may do this.")
        .scope(Scope::Sessions)
        .takes(object::<RingRequest>(), false, value!({}))
        .refuses([messages::only_its_key_rings(), messages::cannot_ring()]);
    spec.operation(rung.answers(StatusCode::OK, "The session.", named("SessionDetail"), example()));
    let moved = one(Operation::post("/sessions/{session_id}/move", "moveSession"))
        .says(
            "Move an agent to another dialer",
            "If the agent is in a call, the call ends, and in_call must be 1 to confirm it.",
        )
        .scope(Scope::Sessions)
        .takes(object::<MoveRequest>(), false, value!({"in_call": 0}))
        .refuses([messages::may_not_administer(), messages::key_may_not(), messages::session_ended()])
        .refuses([messages::in_call(1), messages::no_alternative(), messages::no_count("in_call")]);
    spec.operation(moved.answers(StatusCode::OK, "The session.", named("SessionDetail"), example()));
}
