//! Request ids: each request has one in its tracing span and in the header `X-Request-Id` of its reply.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use fleet::Rng;
use tower::{Layer, Service};
use tracing::Instrument;
use tracing::instrument::Instrumented;

use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Maximum length of a path in the log.
const PATH_LENGTH: usize = 200;

/// Digits of an id.
const DIGITS: usize = 16;

/// Source of request ids: consecutive numbers, starting at a random number.
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn new(rng: &dyn Rng) -> Self {
        let mut first = [0; 8];
        rng.fill(&mut first);
        Self(AtomicU64::new(u64::from_le_bytes(first)))
    }

    /// The next id.
    pub(crate) fn next(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The id of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(u64);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0width$x}", self.0, width = DIGITS)
    }
}

impl RequestId {
    /// The value of the reply's header.
    fn header(self) -> Option<HeaderValue> {
        let mut digits = [0; DIGITS];
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let nibble = (self.0 >> (4 * place)) & 0xf;
            *digit = *b"0123456789abcdef".get(usize::try_from(nibble).ok()?)?;
        }
        HeaderValue::from_bytes(&digits).ok()
    }
}

/// Gives every request an id and a span, and every reply the header `X-Request-Id`.
#[derive(Clone)]
pub(crate) struct RequestIdLayer(pub(crate) Arc<App>);

impl<S> Layer<S> for RequestIdLayer {
    type Service = WithRequestId<S>;

    fn layer(&self, inner: S) -> WithRequestId<S> {
        WithRequestId { inner, app: Arc::clone(&self.0) }
    }
}

/// A service whose requests have ids.
#[derive(Clone)]
pub(crate) struct WithRequestId<S> {
    inner: S,
    app: Arc<App>,
}

impl<S> Service<Request> for WithRequestId<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Unpin,
{
    type Response = Response;
    type Error = S::Error;
    type Future = WithIdHeader<Instrumented<S::Future>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = self.app.request_ids.next();
        // The span has the highest level, so it is in every log line at every log level.
        let span = tracing::error_span!(
            "request",
            %id,
            method = request.method().as_str(),
            path = loggable(request.uri().path())
        );
        let reply = span.in_scope(|| self.inner.call(request));
        WithIdHeader { reply: reply.instrument(span), id }
    }
}

/// The path for the log: without the key of a softphone link, and cut to [`PATH_LENGTH`]. A path is ASCII.
fn loggable(path: &str) -> &str {
    if path.starts_with("/setup/") { "/setup/***" } else { path.get(..PATH_LENGTH).unwrap_or(path) }
}

/// Future of a reply that gets the header with the request's id.
pub(crate) struct WithIdHeader<F> {
    reply: F,
    id: RequestId,
}

impl<F, E> Future for WithIdHeader<F>
where
    F: Future<Output = Result<Response, E>> + Unpin,
{
    type Output = Result<Response, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut reply = ready!(Pin::new(&mut self.reply).poll(context));
        if let (Ok(reply), Some(id)) = (&mut reply, self.id.header()) {
            reply.headers_mut().insert(REQUEST_ID, id);
        }
        Poll::Ready(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_and_the_log_have_the_same_id() {
        for number in [0, 0x0123_4567_89ab_cdef, u64::MAX] {
            let id = RequestId(number);
            assert_eq!(id.header().unwrap().to_str().unwrap(), id.to_string());
        }
    }

    #[test]
    fn the_logged_path_has_no_softphone_key_and_a_limited_length() {
        assert_eq!(loggable("/api/v1/phones"), "/api/v1/phones");
        assert_eq!(loggable("/setup/abc/linphone.xml"), "/setup/***");
        assert_eq!(loggable(&"/x".repeat(1000)).len(), PATH_LENGTH);
    }
}
