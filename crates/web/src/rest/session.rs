//! `/api/v1/sessions/{session_id}`: one session.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use fleet::authorization::Scope;
use fleet::sessions::Session;
use fleet::sessions::timeline::{EndReason, Step, TimelineEntry};
use floor::{MoveOutcome, SessionView};
use serde::Serialize;
use serde_json::{Value, json as value};

use super::body::JsonBody;
use super::caller::Caller;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Object as Described, list as list_of, named, number as number_of, or_null, text, word};
use super::sessions;
use super::{found, messages};
use crate::App;
use crate::http::problem::Problem;
use crate::messages::session::{Reader, words};

/// A session, with what happened to it.
#[derive(Serialize)]
pub(super) struct WithTrail {
    #[serde(flatten)]
    session: SessionView,
    trail: Vec<StepView>,
}

/// A step of the trail, for programs and in words.
#[derive(Serialize)]
struct StepView {
    at: String,
    #[serde(flatten)]
    step: Step,
    words: String,
}

impl WithTrail {
    fn of(session: &Session, trail: &str, reader: Reader) -> Self {
        let told = |entry: TimelineEntry| StepView {
            at: Timestamp::from_unix_ms(entry.at).rfc3339(),
            words: words(&entry.step, reader),
            step: entry.step,
        };
        Self { session: session.into(), trail: TimelineEntry::read(trail).into_iter().map(told).collect() }
    }
}

fn number(session_id: &str) -> Result<i64, Problem> {
    session_id.parse().map_err(|_| messages::no_such_session())
}

/// `GET`: the session and its trail, for its agent and for who may look.
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
    let read = app.store.read(move |tx| Ok((tx.session(session_id)?, tx.trail(session_id)?))).await;
    let (session, trail) = read?;
    let session = session.ok_or_else(messages::no_such_session)?;
    Ok(found(&WithTrail::of(&session, &trail, reader)))
}

/// `DELETE`: ends the session, for its agent and for an administrator.
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
    let session = app.store.read(move |tx| tx.session(session_id)).await;
    let session = session?;
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
    JsonBody::read(&caller.headers, &body, &[])?;
    let is_rung = app.floor.ring_again(session.session_id).await;
    if !is_rung? {
        return Err(messages::cannot_ring());
    }
    show_to(&app, session.session_id, Reader::Agent).await
}

/// `POST …/move`: moves the agent to another dialer, for an administrator who says whether that ends a call.
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
    let in_call = JsonBody::read(&caller.headers, &body, &["in_call"])?.count("in_call")?;
    must_exist(&app, session_id).await?;
    let moved = app.floor.move_agent(session_id, in_call.unwrap_or(0), by).await;
    match moved? {
        MoveOutcome::Moved => show_to(&app, session_id, Reader::Supervisor).await,
        MoveOutcome::NotOpen => Err(messages::session_ended()),
        MoveOutcome::InCall(found) => Err(messages::in_call(found)),
        MoveOutcome::Stays => Err(messages::nowhere_else()),
    }
}

/// A session with its trail, such as there are many.
fn example() -> Value {
    let mut session = sessions::example();
    session["trail"] = value!([{
        "at": "2026-11-21T05:31:00.634Z", "what": "answered", "phone_login": "100b", "server_ip": "10.0.9.9",
        "words": "it was answered"
    }]);
    session
}

/// What the document says of one session.
pub(super) fn describe(spec: &mut Spec) {
    let step = Described::answered("Something that happened; with more fields, as it is.")
        .has("at", text("When, in UTC, such as 2026-11-21T05:31:00.634Z."))
        .has("what", word("What.", ["decided", "rung", "failed", "answered", "ended"]))
        .has("words", text("The same for people."));
    let told = sessions::described("A session, with what happened to it.").has("trail", list_of("", step));
    spec.shape("ToldSession", told);
    let one = |operation: Operation| {
        let operation = operation.path("session_id", text("Its number."), 1).or_own_key();
        operation.refuses([messages::no_such_session()])
    };
    let shown = one(Operation::get("/sessions/{session_id}", "get_session"))
        .says("One session, with what happened to it", "Also after its end.")
        .scope(Scope::Read);
    spec.operation(shown.answers(StatusCode::OK, "The session.", named("ToldSession"), example()));
    let ended = one(Operation::delete("/sessions/{session_id}", "end_session"))
        .says("Ends a session", "The agent's key ends it as a log-out, an administrator as a removal.")
        .scope(Scope::Sessions)
        .refuses([messages::may_not_administer(), messages::session_ended()]);
    spec.operation(ended.answers_nothing(StatusCode::NO_CONTENT, "It has ended."));
    let rung = one(Operation::post("/sessions/{session_id}/ring", "ring_session"))
        .says("Rings the phone again", "Only the session's own key does.")
        .scope(Scope::Sessions)
        .takes(Described::sent(""), false, value!({}))
        .refuses([messages::only_its_key_rings(), messages::cannot_ring()]);
    spec.operation(rung.answers(StatusCode::OK, "The session.", named("ToldSession"), example()));
    let said = or_null(number_of(
        "Whether the agent is in a call, as far as the caller knows: 1 ends it.",
        0,
        i64::from(i32::MAX),
    ));
    let moved = one(Operation::post("/sessions/{session_id}/move", "move_session"))
        .says("Moves the agent to another dialer", "")
        .scope(Scope::Sessions)
        .takes(Described::sent("").may_have("in_call", said), false, value!({"in_call": 0}))
        .refuses([messages::may_not_administer(), messages::key_may_not(), messages::session_ended()])
        .refuses([messages::in_call(1), messages::nowhere_else(), messages::no_count("in_call")]);
    spec.operation(moved.answers(StatusCode::OK, "The session.", named("ToldSession"), example()));
}
