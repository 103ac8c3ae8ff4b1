//! `/agc/events`: event stream of an agent page. It reports only that the session has changed; the page then fetches its new
//! state.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use floor::SessionView;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::session;
use crate::App;
use crate::http::sse::{self, BEGIN, KEEP_AWAKE, Source};
use crate::http::stream_slots::StreamSlot;

/// Maximum duration of a stream. The browser reconnects, and the key is checked again.
const AT_MOST: Duration = Duration::from_mins(5);

/// Delay between a change on the floor and the check of this session. Every change wakes the streams of all agents, so changes
/// are gathered.
const GATHER: Duration = Duration::from_millis(200);

/// Event: the session has changed.
const CHANGED: &str = "event: session\ndata: {}\n\n";

/// Event: keep-alive.
const AWAKE: &str = "event: awake\ndata: {}\n\n";

/// `GET`: changes of the session in the browser's cookie; 401 without a valid cookie.
pub(crate) async fn stream(State(app): State<Arc<App>>, request: Request) -> Response {
    let session_id = match session::opened(&app, request.headers()).await {
        Ok(Some(session_id)) => session_id,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => {
            tracing::error!(%error, "the event stream of an agent page failed");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let Some(slot) = app.agent_page_slots.take(session_id) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "60")]).into_response();
    };
    sse::response(AgentPageStream {
        more: app.floor.subscribe(),
        stopping: app.stopping.subscribe(),
        until: Instant::now() + AT_MOST,
        has_begun: false,
        last_sent: None,
        session_id,
        app,
        _slot: slot,
    })
}

/// Event stream of one agent page.
struct AgentPageStream {
    app: Arc<App>,
    session_id: i64,
    more: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    until: Instant,
    has_begun: bool,
    /// The session as last reported to the page.
    last_sent: Option<SessionView>,
    _slot: StreamSlot,
}

impl AgentPageStream {
    fn now(&self) -> Option<SessionView> {
        self.app.floor.session(self.session_id).map(|(view, _)| view)
    }
}

impl Source for AgentPageStream {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if !std::mem::replace(&mut self.has_begun, true) {
            // The session may have changed since the page was rendered.
            self.last_sent = self.now();
            return Some(([BEGIN, CHANGED].concat().into(), self));
        }
        let awake = Instant::now() + KEEP_AWAKE;
        loop {
            if *self.stopping.borrow() || Instant::now() >= self.until {
                return None;
            }
            // Later changes wake the next iteration.
            self.more.mark_unchanged();
            let now = self.now();
            if self.last_sent != now {
                self.last_sent = now;
                return Some((Bytes::from_static(CHANGED.as_bytes()), self));
            }
            let stopping = async { self.stopping.wait_for(|stopping| *stopping).await.is_ok() };
            let is_silent = tokio::select! {
                biased;
                _ = stopping => return None,
                () = sleep_until(self.until) => return None,
                () = sleep_until(awake) => true,
                _ = self.more.changed() => false,
            };
            if is_silent {
                return Some((Bytes::from_static(AWAKE.as_bytes()), self));
            }
            sleep(GATHER).await;
        }
    }
}
