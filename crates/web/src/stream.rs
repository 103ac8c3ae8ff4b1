//! The floor as server-sent events (WHATWG HTML, section 9.2), first as a whole and then change by change.
//!
//! Nothing is kept for a watcher: who is slow gets the changes from the few thousand that the floor keeps anyway, or where
//! those do not reach back far enough, the whole floor once more.

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

use crate::App;

/// How often a watcher hears something at least: proxies cut connections that are silent for a minute or even half of it.
pub(crate) const KEEP_AWAKE: Duration = Duration::from_secs(15);

/// How often it is asked whether a watcher may still watch.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// Changes that are sent at once at most.
const AT_ONCE: usize = 256;

/// Tells a client that was cut off to come again after a second.
pub(crate) const BEGIN: &str = "retry: 1000\n\n";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Keeps proxies from collecting the stream.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// An answer that takes a while.
pub(crate) type Asked = Pin<Box<dyn Future<Output = bool> + Send>>;

/// How a watcher is told.
pub(crate) trait Teller: Send + 'static {
    /// The whole floor, as data in one line, and the last change that is in it.
    fn whole(&self, app: &App) -> Option<(String, EventId)>;

    /// A change.
    fn change(&self, app: &App, event: &Event) -> String;

    /// Whether the watcher may still watch: asked every so often, and when somebody is put out of the panel.
    fn may_watch(&self, _: &App) -> Asked {
        Box::pin(async { true })
    }

    /// What is said where nothing changes.
    fn awake(&self) -> &'static str {
        ": awake\n\n"
    }
}

/// The events from the one behind `Last-Event-ID` on, or the whole floor and what changes from now on, for so long. `None`:
/// as many watch already as can.
pub(crate) fn open(app: Arc<App>, headers: &HeaderMap, teller: impl Teller, at_most: Duration) -> Option<Response> {
    let place = Arc::clone(&app.watchers).try_acquire_owned().ok()?;
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| EventId::read(id.to_str().ok()?));
    Some(sent(Watcher::new(app, seen, place, Box::new(teller), at_most)))
}

/// Where a stream's pieces come from.
pub(crate) trait Source: Send + Sized + 'static {
    /// What there is to send next; `None` at the end.
    fn next(self) -> impl Future<Output = Option<(Bytes, Self)>> + Send;
}

/// The stream as an answer.
pub(crate) fn sent(source: impl Source) -> Response {
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (ACCEL_BUFFERING, "no")];
    (headers, Body::new(Stream { next: Box::pin(source.next()) })).into_response()
}

/// Somebody who watches the floor.
struct Watcher {
    app: Arc<App>,
    teller: Box<dyn Teller>,
    more: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    put_out: watch::Receiver<()>,
    /// When it was last asked whether the watcher may watch; `None`: it is to be asked now.
    asked: Option<Instant>,
    until: Instant,
    has_begun: bool,
    /// The last event that was sent.
    seen: Option<EventId>,
    _place: OwnedSemaphorePermit,
}

impl Watcher {
    fn new(
        app: Arc<App>,
        seen: Option<EventId>,
        place: OwnedSemaphorePermit,
        teller: Box<dyn Teller>,
        at_most: Duration,
    ) -> Self {
        Self {
            more: app.floor.more(),
            stopping: app.stopping.subscribe(),
            put_out: app.put_out.subscribe(),
            asked: Some(Instant::now()),
            until: Instant::now() + at_most,
            has_begun: false,
            seen,
            app,
            teller,
            _place: place,
        }
    }

    /// The whole floor.
    fn whole(mut self) -> Option<(Bytes, Self)> {
        let (data, last) = self.teller.whole(&self.app)?;
        self.seen = Some(last);
        Some((written("floor", last, &data).into(), self))
    }

    fn tell(&mut self, changes: &[Event]) -> Bytes {
        let changes = &changes[..changes.len().min(AT_ONCE)];
        self.seen = changes.last().map(|event| event.id);
        changes.iter().map(|event| self.teller.change(&self.app, event)).collect::<String>().into()
    }

    /// Whether the watcher may still watch, if it is time to ask.
    async fn may_go_on(&mut self) -> bool {
        // The sender lives as long as the application.
        let is_somebody_out = self.put_out.has_changed().unwrap_or(true);
        if !is_somebody_out && self.asked.is_some_and(|asked| asked.elapsed() < ASK_AGAIN) {
            return true;
        }
        self.put_out.mark_unchanged();
        self.asked = Some(Instant::now());
        self.teller.may_watch(&self.app).await
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
                _ = self.put_out.changed() => {
                    self.asked = None;
                    false
                }
                () = sleep_until(self.until) => return None,
                () = sleep(KEEP_AWAKE) => true,
            };
            if is_silent {
                return Some((Bytes::from_static(self.teller.awake().as_bytes()), self));
            }
        }
    }
}

/// An event. Its data is JSON in one line.
pub(crate) fn written(name: &str, id: EventId, data: &str) -> String {
    let mut text = String::with_capacity(data.len() + 64);
    // Writing to a string cannot fail.
    write!(text, "event: {name}\nid: {id}\ndata: {data}\n\n").unwrap_or_default();
    text
}

type Next<S> = Pin<Box<dyn Future<Output = Option<(Bytes, S)>> + Send>>;

/// A source as a body: asked for more only when the client has taken what was sent.
struct Stream<S> {
    next: Next<S>,
}

impl<S: Source> hyper::body::Body for Stream<S> {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some((bytes, source)) = ready!(self.next.as_mut().poll(context)) else {
            // Nobody asks after the end; if somebody does, it is still the end.
            self.next = Box::pin(async { None });
            return Poll::Ready(None);
        };
        self.next = Box::pin(source.next());
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
pub(crate) mod tests;
