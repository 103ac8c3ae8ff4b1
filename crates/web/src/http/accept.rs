//! The type of reply that a client accepts.

use axum::http::{HeaderMap, header};

/// Whether the client accepts JSON.
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    accepted.contains("application/json")
}
