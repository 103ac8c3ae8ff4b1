//! `/admin/events`: event stream of the floor page. Each event carries the HTML fragments to replace.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use fleet::admin_session;
use fleet::authorization::Role;
use fleet::sessions::digest_of;
use floor::{Change, Event, EventId};
use serde_json::json;

use super::floor::{ActivityLine, Agent, DialerHead, banner, plots, whole, written};
use super::messages;
use super::session::AdminSession;
use crate::App;
use crate::http::sse::{self, EventEncoder, MayWatch};

/// Maximum duration of a stream. The browser reconnects and continues with the last event it received.
const AT_MOST: Duration = Duration::from_mins(5);

/// `GET`: the floor and its changes. Without an admin session the response is 401, because the script cannot follow a redirect
/// to the login page.
pub(super) async fn stream(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let admin_session = match AdminSession::find(&parts, &app).await {
        Ok(Some(admin_session)) => admin_session,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(refused) => return refused,
    };
    let encoder = Pieces { may_change: admin_session.may_change(), visit: digest_of(&admin_session.key) };
    let stream = sse::open(app, &parts.headers, encoder, AT_MOST);
    stream.unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "60")]).into_response())
}

/// Stream of events for the script of the page.
struct Pieces {
    may_change: bool,
    /// Digest of the key of the admin session.
    visit: String,
}

impl EventEncoder for Pieces {
    fn whole(&self, app: &App) -> Option<(String, EventId)> {
        let (whole, last) = whole(app, self.may_change);
        Some((json!({ "html": written(&whole) }).to_string(), last))
    }

    fn change(&self, app: &App, event: &Event) -> String {
        app.event_cache.get_or_render((event.id.number, self.may_change), || self.write(app, event))
    }

    /// Whether the admin session is still open with the same role. If not, the browser reconnects and gets what it may see.
    fn may_watch(&self, app: &App) -> MayWatch {
        let (store, digest, may_change) = (Arc::clone(&app.store), self.visit.clone(), self.may_change);
        Box::pin(async move {
            let found = store.read(move |tx| admin_session::find(tx, &digest)).await;
            // A database error does not end the session.
            found.map_or(true, |found| found.is_some_and(|visit| (visit.role == Role::Administrator) == may_change))
        })
    }

    fn awake(&self) -> &'static str {
        // Keep-alive, from which the script recognises a broken connection.
        "event: awake\ndata: {}\n\n"
    }
}

impl Pieces {
    fn write(&self, app: &App, event: &Event) -> String {
        let activity = ActivityLine::of(app, event).map(|activity| written(&activity));
        let (name, data) = match &*event.change {
            Change::Session(session, _) => {
                let is_over = session.state == "ended";
                let html = if is_over { String::new() } else { written(&Agent::of(session, self.may_change)) };
                (
                    "session",
                    json!({ "session": session.session_id, "dialer": session.server_ip, "html": html, "activity": activity }),
                )
            }
            Change::Dialer(dialer) | Change::DialerConfig(dialer) => {
                let head = DialerHead::of(app, dialer, self.may_change);
                ("dialer", json!({ "dialer": dialer.server_ip, "html": written(&head), "activity": activity }))
            }
            Change::LineCounts(lines) => {
                ("lines", json!({ "dialer": lines.server_ip, "words": messages::floor::lines(lines) }))
            }
            Change::DialerAction(done) => {
                let gone = (done.act == "delete").then_some(&done.server_ip);
                ("activity", json!({ "activity": activity, "gone": gone }))
            }
            Change::Alarm(alarm) => {
                ("alarm", json!({ "words": banner(*alarm).unwrap_or_default(), "activity": activity }))
            }
            Change::Minute(_) => ("plot", json!({ "html": plots(app) })),
        };
        sse::event(name, event.id, &data.to_string())
    }
}
