//! `/api/v1/`: API reference as a web page, rendered from the OpenAPI document.

mod reading;

use std::sync::LazyLock;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::document;
use crate::html::page;
use reading::{DocumentedShape, DocumentedTag};

#[derive(Template)]
#[template(path = "reference.html")]
struct Reference {
    title: String,
    about: Vec<String>,
    groups: Vec<DocumentedTag>,
    shapes: Vec<DocumentedShape>,
}

/// Contents of the page, built once.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(document::text_of_all()).unwrap_or_default();
    reading::read(&document)
});

/// `GET /api/v1/`: the page. It needs no authentication.
pub(crate) async fn show() -> Response {
    page(StatusCode::OK, &*REFERENCE)
}

/// `GET /api/v1`: redirects to the page.
pub(crate) async fn lead() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "/api/v1/")]).into_response()
}
