//! The first page: where agents and supervisors go from here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::agent::page;

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    heading: &'static str,
    words: &'static str,
}

/// `GET /`.
pub(crate) async fn show() -> Response {
    page(StatusCode::OK, &FrontPage { heading: "Hotdesk", words: "One login for several phones." })
}

/// There is nothing at this address.
pub(crate) async fn nothing() -> Response {
    page(StatusCode::NOT_FOUND, &FrontPage { heading: "Not found", words: "There is no page at this address." })
}
