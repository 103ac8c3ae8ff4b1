//! `/api/v1/events`: server-sent events with the state of the floor and its changes, as JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fleet::authorization::Scope;
use floor::{Event, EventId};

use super::caller::Looker;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::text;
use super::messages;
use crate::App;
use crate::http::problem::Problem;
use crate::http::sse::{self, EventEncoder};

/// Maximum duration of a stream. The client then reconnects, which checks its permission again.
const AT_MOST: Duration = Duration::from_hours(1);

/// `GET`: the events after `Last-Event-ID`, or the whole floor and then its changes.
pub(super) async fn stream(State(app): State<Arc<App>>, _: Looker, headers: HeaderMap) -> Result<Response, Problem> {
    sse::open(app, &headers, JsonEvents, AT_MOST).ok_or_else(messages::too_many_streams)
}

/// Encodes events as JSON.
struct JsonEvents;

impl EventEncoder for JsonEvents {
    fn whole(&self, app: &App) -> Option<(String, EventId)> {
        let (snapshot, last) = app.floor.snapshot();
        let data = serde_json::to_string(&snapshot)
            .inspect_err(|error| tracing::error!(%error, "cannot serialize the floor"))
            .ok()?;
        Some((data, last))
    }

    fn change(&self, _: &App, event: &Event) -> String {
        sse::event(event.name, event.id, &event.data)
    }
}

/// Describes this operation in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    let words = "Server-sent events: first the event floor with the whole state, then one event per change (session, dialer, alarm, done, \
        lines, minute). Ignore events with other names. A stream ends after at most one hour; reconnect with Last-Event-ID.";
    let stream = Operation::get("/events", "watchEvents")
        .says("Watch the floor", words)
        .scope(Scope::Read)
        .header("Last-Event-ID", text("Id of the last event that the client received."), "5c1e77a0-42")
        .refuses([messages::too_many_streams()]);
    let events = text("Lines event, id and data; a blank line ends each event.");
    spec.operation(stream.answers_as(StatusCode::OK, "The events.", "text/event-stream", events, None));
}
