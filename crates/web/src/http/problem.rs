//! Problem details: `application/problem+json` (RFC 9457).

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

/// Content type of a problem.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// Prefix of a problem's `type`.
const KIND: &str = "urn:hotdesk:problem:";

/// Problem: its code, a summary, and where useful what to do. It does not implement `Debug`, since it can
/// contain a session's key.
#[derive(Clone)]
pub(crate) struct Problem(Box<ProblemBody>);

/// Body and headers of a problem.
#[derive(Clone, Serialize)]
struct ProblemBody {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires this signature")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// Creates a problem with a stable code and a title.
    pub(crate) fn new(status: StatusCode, kind: &str, title: impl Into<String>) -> Self {
        Self(Box::new(ProblemBody {
            kind: format!("{KIND}{kind}"),
            title: title.into(),
            status,
            detail: None,
            field: None,
            reasons: Vec::new(),
            more: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// Adds an explanation of this occurrence, and what to do about it.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Names the invalid field of the request.
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Adds one sentence for each phone that was considered.
    pub(crate) fn reasons(mut self, reasons: Vec<String>) -> Self {
        self.0.reasons = reasons;
        self
    }

    /// Adds a further member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(name.to_owned(), value.into());
        self
    }

    /// Its status, code and body.
    pub(crate) fn shown(&self) -> (StatusCode, String, Value) {
        let problem = &self.0;
        let kind = problem.kind.rsplit(':').next().unwrap_or_default().to_owned();
        (problem.status, kind, serde_json::to_value(problem).unwrap_or_default())
    }

    /// Changes the code.
    pub(crate) fn kind(mut self, kind: &str) -> Self {
        self.0.kind = format!("{KIND}{kind}");
        self
    }

    /// Adds the `ETag` of the current row.
    pub(crate) fn etag(mut self, tag: &str) -> Self {
        self.0.headers.extend(HeaderValue::from_str(&format!("\"{tag}\"")).ok().map(|tag| (ETAG, tag)));
        self
    }

    /// Adds `Retry-After`.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
        self
    }

    /// Adds `WWW-Authenticate` with this scheme.
    pub(crate) fn authenticate(mut self, scheme: &'static str) -> Self {
        self.0.headers.push((WWW_AUTHENTICATE, HeaderValue::from_static(scheme)));
        self
    }
}

/// The body without the headers.
impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = json(self.0.status, PROBLEM, &self.0);
        for (name, value) in self.0.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// A JSON response that must not be cached.
pub(crate) fn json(status: StatusCode, kind: &'static str, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(body) => (status, [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot serialize a response");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
