//! Styles and scripts of all pages. Their address has a digest of their contents, so browsers may cache them forever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use fleet::sessions::digest_of;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The pieces of the one stylesheet; the first names colours, spaces and sizes.
const STYLES: &str = concat!(
    include_str!("../assets/style/tokens.css"),
    include_str!("../assets/style/base.css"),
    include_str!("../assets/style/lists.css"),
    include_str!("../assets/style/forms.css"),
    include_str!("../assets/style/alias.css"),
    include_str!("../assets/style/floor.css"),
    include_str!("../assets/style/logs.css"),
    include_str!("../assets/style/agent.css"),
    include_str!("../assets/style/plots.css"),
    include_str!("../assets/style/setup.css"),
    include_str!("../assets/style/reference.css"),
    include_str!("../assets/style/narrow.css"),
);

/// Every asset: its name, its kind, and what is in it.
static ASSETS: [(&str, &str, &str); 5] = [
    ("panel.css", STYLE, STYLES),
    ("floor.js", SCRIPT, include_str!("../assets/floor.js")),
    ("alias.js", SCRIPT, include_str!("../assets/alias.js")),
    ("agent.js", SCRIPT, include_str!("../assets/agent.js")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// Stands for the contents of all of them.
static VERSION: LazyLock<String> =
    LazyLock::new(|| digest_of(&ASSETS.map(|(_, _, text)| text).concat()).chars().take(16).collect());

/// The address of an asset.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET`: an asset.
pub(crate) async fn show(Path((version, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, text)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Another version than this one is not to be kept under its name.
    let keeping = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, keeping), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, *text).into_response()
}
