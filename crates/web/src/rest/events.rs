//! `/api/v1/events`: the floor as it is, and what changes, as JSON.

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

/// How long a stream lasts. The client comes again and goes on, if its account still may look.
const AT_MOST: Duration = Duration::from_hours(1);

/// `GET`: the events from the one behind `Last-Event-ID` on, or the whole floor and what changes from now on.
pub(super) async fn stream(State(app): State<Arc<App>>, _: Looker, headers: HeaderMap) -> Result<Response, Problem> {
    sse::open(app, &headers, JsonEvents, AT_MOST).ok_or_else(messages::too_many_streams)
}

/// Encodes events as JSON.
struct JsonEvents;

impl EventEncoder for JsonEvents {
    fn whole(&self, app: &App) -> Option<(String, EventId)> {
        let (snapshot, last) = app.floor.snapshot();
        let data = serde_json::to_string(&snapshot)
            .inspect_err(|error| tracing::error!(%error, "the floor could not be written"))
            .ok()?;
        Some((data, last))
    }

    fn change(&self, _: &App, event: &Event) -> String {
        sse::event(event.name, event.id, &event.data)
    }
}

/// What the document says of events.
pub(super) fn describe(spec: &mut Spec) {
    let words = "Server-sent events: first floor, the whole floor, then each change (session, dialer, alarm, done, lines, minute). \
        Take no notice of events with other names. A stream ends after an hour at most: come again with Last-Event-ID.";
    let stream = Operation::get("/events", "watchEvents")
        .says("Watch the floor", words)
        .scope(Scope::Read)
        .header("Last-Event-ID", text("The event behind which to go on."), "5c1e77a0-42")
        .refuses([messages::too_many_streams()]);
    let events = text("event, id and data lines, with a blank line behind each event.");
    spec.operation(stream.answers_as(StatusCode::OK, "The events.", "text/event-stream", events, None));
}
