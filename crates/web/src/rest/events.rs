//! `/api/v1/events`: the floor as server-sent events (WHATWG HTML, section 9.2), first as a whole and then change by change.
//!
//! Nothing is kept for a watcher: who is slow gets the changes from the few thousand that the floor keeps anyway, or where
//! those do not reach back far enough, the whole floor once more.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use floor::{Event, EventId};
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::caller::Looker;
use super::wording;
use crate::App;
use crate::problem::Problem;

/// How often a watcher hears something at least: proxies cut connections that are silent for a minute or even half of it.
const KEEP_AWAKE: Duration = Duration::from_secs(15);

/// How long a stream lasts. The client comes again and goes on, if its account still may look.
const AT_MOST: Duration = Duration::from_hours(1);

/// Changes that are sent at once at most.
const AT_ONCE: usize = 256;

/// Tells a client that was cut off to come again after a second.
const BEGIN: &str = "retry: 1000\n\n";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Keeps proxies from collecting the stream.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET`: the events from the one behind `Last-Event-ID` on, or the whole floor and what changes from now on.
pub(super) async fn stream(State(app): State<Arc<App>>, _: Looker, headers: HeaderMap) -> Result<Response, Problem> {
    let place = Arc::clone(&app.watchers).try_acquire_owned().map_err(|_| wording::too_many_watchers())?;
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| EventId::read(id.to_str().ok()?));
    let watcher = Watcher::new(app, seen, place);
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (ACCEL_BUFFERING, "no")];
    Ok((headers, Body::new(Stream { next: Box::pin(watcher.next()) })).into_response())
}

/// Somebody who watches the floor.
struct Watcher {
    app: Arc<App>,
    more: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    until: Instant,
    has_begun: bool,
    /// The last event that was sent.
    seen: Option<EventId>,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    fn new(app: Arc<App>, seen: Option<EventId>, place: OwnedSemaphorePermit) -> Self {
        Self {
            more: app.floor.more(),
            stopping: app.stopping.subscribe(),
            until: Instant::now() + AT_MOST,
            has_begun: false,
            seen,
            app,
            _place: place,
        }
    }

    /// What there is to send next; `None` at the end.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some((Bytes::from_static(BEGIN.as_bytes()), self));
        }
        loop {
            if *self.stopping.borrow() || Instant::now() >= self.until {
                return None;
            }
            // What comes after this look is seen at the next.
            self.more.mark_unchanged();
            match self.seen.and_then(|seen| self.app.floor.changes_after(seen)) {
                None => return self.whole(),
                Some(changes) if !changes.is_empty() => return Some((self.tell(&changes), self)),
                Some(_) => {}
            }
            let stopping = async { self.stopping.wait_for(|stopping| *stopping).await.is_ok() };
            let is_silent = tokio::select! {
                biased;
                _ = stopping => return None,
                _ = self.more.changed() => false,
                () = sleep_until(self.until) => return None,
                () = sleep(KEEP_AWAKE) => true,
            };
            if is_silent {
                return Some((Bytes::from_static(b": awake\n\n"), self));
            }
        }
    }

    /// The whole floor.
    fn whole(mut self) -> Option<(Bytes, Self)> {
        let (snapshot, last) = self.app.floor.snapshot();
        let data = serde_json::to_string(&snapshot)
            .inspect_err(|error| tracing::error!(%error, "the floor could not be written"))
            .ok()?;
        self.seen = Some(last);
        Some((written("floor", last, &data).into(), self))
    }

    fn tell(&mut self, changes: &[Event]) -> Bytes {
        let changes = &changes[..changes.len().min(AT_ONCE)];
        self.seen = changes.last().map(|event| event.id);
        changes.iter().map(|event| written(event.name, event.id, &event.data)).collect::<String>().into()
    }
}

/// An event. Its data is JSON in one line.
fn written(name: &str, id: EventId, data: &str) -> String {
    let mut text = String::with_capacity(data.len() + 64);
    // Writing to a string cannot fail.
    write!(text, "event: {name}\nid: {id}\ndata: {data}\n\n").unwrap_or_default();
    text
}

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Watcher)>> + Send>>;

/// A watcher as a body: asked for more only when the client has taken what was sent.
struct Stream {
    next: Next,
}

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some((bytes, watcher)) = ready!(self.next.as_mut().poll(context)) else {
            // Nobody asks after the end; if somebody does, it is still the end.
            self.next = Box::pin(async { None });
            return Poll::Ready(None);
        };
        self.next = Box::pin(watcher.next());
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests;
