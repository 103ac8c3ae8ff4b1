//! The panel's style and script. Their address has a digest of what they contain, so browsers keep them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fleet::seating::digest_of;

const STYLE: &str = include_str!("../../assets/panel.css");
const SCRIPT: &str = include_str!("../../assets/floor.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// Stands for the contents of all of them.
static VERSION: LazyLock<String> =
    LazyLock::new(|| digest_of(&[STYLE, SCRIPT, ICON].concat()).chars().take(16).collect());

/// The address of an asset.
pub(super) fn address(name: &str) -> String {
    format!("/admin/assets/{}/{name}", *VERSION)
}

/// `GET`: an asset.
pub(super) async fn show(Path((version, name)): Path<(String, String)>) -> Response {
    let (kind, text) = match name.as_str() {
        "panel.css" => ("text/css; charset=utf-8", STYLE),
        "floor.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    // Another version than this one is not to be kept under its name.
    let keeping = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, keeping)], text).into_response()
}
