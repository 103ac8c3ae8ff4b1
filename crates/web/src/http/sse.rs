//! Server-sent events (WHATWG HTML, section 9.2): the whole floor, then each change.
//! A stream buffers nothing for its client. A slow client gets its changes from the few thousand that the
//! floor keeps anyway; if those do not reach back far enough, it gets the whole floor again.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use floor::{Event, EventId};
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::Span;

use crate::App;

/// Maximum silence on a stream: proxies close connections that are silent for a minute or even half a minute.
pub(crate) const KEEP_AWAKE: Duration = Duration::from_secs(15);

/// Interval for checking a client's permission to watch.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// Maximum number of changes in one chunk.
const AT_ONCE: usize = 256;

/// First chunk: tells the client to reconnect one second after it loses the connection.
pub(crate) const BEGIN: &str = "retry: 1000\n\n";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Keeps proxies from buffering the stream.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Result of checking whether a client may still watch.
pub(crate) type MayWatch = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Encodes the floor and its changes for one kind of client.
pub(crate) trait EventEncoder: Send + 'static {
    /// The whole floor, as data in one line, and the last change that it contains.
    fn whole(&self, app: &App) -> Option<(String, EventId)>;

    /// A change.
    fn change(&self, app: &App, event: &Event) -> String;

    /// Whether the client may still watch; called regularly, and whenever an admin session is ended.
    fn may_watch(&self, _: &App) -> MayWatch {
        Box::pin(async { true })
    }

    /// The text that is sent when nothing has changed for [`KEEP_AWAKE`].
    fn awake(&self) -> &'static str {
        ": awake\n\n"
    }
}

/// The events after `Last-Event-ID`, or the whole floor and its later changes, for at most this time. `None`
/// if all slots are taken.
pub(crate) fn open(
    app: Arc<App>,
    headers: &HeaderMap,
    encoder: impl EventEncoder,
    at_most: Duration,
) -> Option<Response> {
    let slot = Arc::clone(&app.watcher_slots).try_acquire_owned().ok()?;
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| EventId::read(id.to_str().ok()?));
    Some(response(Watcher::new(app, seen, slot, Box::new(encoder), at_most)))
}

/// Source of a stream's chunks.
pub(crate) trait Source: Send + Sized + 'static {
    /// The next chunk; `None` at the end.
    fn next(self) -> impl Future<Output = Option<(Bytes, Self)>> + Send;
}

/// The stream as a reply.
pub(crate) fn response(source: impl Source) -> Response {
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (ACCEL_BUFFERING, "no")];
    (headers, Body::new(Stream { next: Box::pin(source.next()), span: Span::current() })).into_response()
}

/// Event stream of the floor for one client.
struct Watcher {
    app: Arc<App>,
    encoder: Box<dyn EventEncoder>,
    more: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    session_ended: watch::Receiver<()>,
    /// When the permission was last checked; `None` if it must be checked now.
    asked: Option<Instant>,
    until: Instant,
    has_begun: bool,
    /// The last event that was sent.
    seen: Option<EventId>,
    _slot: OwnedSemaphorePermit,
}

impl Watcher {
    fn new(
        app: Arc<App>,
        seen: Option<EventId>,
        slot: OwnedSemaphorePermit,
        encoder: Box<dyn EventEncoder>,
        at_most: Duration,
    ) -> Self {
        Self {
            more: app.floor.subscribe(),
            stopping: app.stopping.subscribe(),
            session_ended: app.session_ended.subscribe(),
            asked: Some(Instant::now()),
            until: Instant::now() + at_most,
            has_begun: false,
            seen,
            app,
            encoder,
            _slot: slot,
        }
    }

    /// The whole floor.
    fn whole(mut self) -> Option<(Bytes, Self)> {
        let (data, last) = self.encoder.whole(&self.app)?;
        self.seen = Some(last);
        Some((event("floor", last, &data).into(), self))
    }

    fn tell(&mut self, changes: &[Event]) -> Bytes {
        let changes = &changes[..changes.len().min(AT_ONCE)];
        self.seen = changes.last().map(|event| event.id);
        changes.iter().map(|event| self.encoder.change(&self.app, event)).collect::<String>().into()
    }

    /// Whether the watcher may still watch; the permission is checked only if that is due.
    async fn may_go_on(&mut self) -> bool {
        // The sender lives as long as the application.
        let is_somebody_out = self.session_ended.has_changed().unwrap_or(true);
        if !is_somebody_out && self.asked.is_some_and(|asked| asked.elapsed() < ASK_AGAIN) {
            return true;
        }
        self.session_ended.mark_unchanged();
        self.asked = Some(Instant::now());
        self.encoder.may_watch(&self.app).await
    }
}

impl Source for Watcher {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some((Bytes::from_static(BEGIN.as_bytes()), self));
        }
        loop {
            if *self.stopping.borrow() || Instant::now() >= self.until {
                return None;
            }
            if !self.may_go_on().await {
                return None;
            }
            // A change after this point is noticed in the next round.
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
                _ = self.session_ended.changed() => {
                    self.asked = None;
                    false
                }
                () = sleep_until(self.until) => return None,
                () = sleep(KEEP_AWAKE) => true,
            };
            if is_silent {
                return Some((Bytes::from_static(self.encoder.awake().as_bytes()), self));
            }
        }
    }
}

/// An event as text. Its data is JSON in one line.
pub(crate) fn event(name: &str, id: EventId, data: &str) -> String {
    let mut text = String::with_capacity(data.len() + 64);
    // Writing to a string cannot fail.
    write!(text, "event: {name}\nid: {id}\ndata: {data}\n\n").unwrap_or_default();
    text
}

type Next<S> = Pin<Box<dyn Future<Output = Option<(Bytes, S)>> + Send>>;

/// Source as a response body. It is polled only when the client has received the previous chunk.
struct Stream<S> {
    next: Next<S>,
    /// Span of the request; the stream outlives the handler.
    span: Span,
}

impl<S: Source> hyper::body::Body for Stream<S> {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let span = self.span.clone();
        let _entered = span.enter();
        let Some((bytes, source)) = ready!(self.next.as_mut().poll(context)) else {
            // A poll after the end returns the end again.
            self.next = Box::pin(async { None });
            return Poll::Ready(None);
        };
        self.next = Box::pin(source.next());
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests;
