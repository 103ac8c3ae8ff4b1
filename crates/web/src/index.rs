//! Index page, with links for agents and supervisors, and the page for unknown addresses.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::html::page;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    heading: &'static str,
    words: &'static str,
}

/// `GET /`.
pub(crate) async fn show() -> Response {
    page(StatusCode::OK, &IndexPage { heading: "Hotdesk", words: "One login for several phones." })
}

/// Reply for an unknown address.
pub(crate) async fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, &IndexPage { heading: "Not found", words: "There is no page at this address." })
}
