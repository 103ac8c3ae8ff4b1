//! Styles and scripts of all pages. Their URL contains a digest of their contents, so browsers may cache them
//! forever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use fleet::sessions::digest_of;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Parts of the stylesheet; the first defines colours, spacing and sizes.
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

/// All assets: name, content type and contents.
static ASSETS: [(&str, &str, &str); 6] = [
    ("panel.css", STYLE, STYLES),
    ("floor.js", SCRIPT, include_str!("../assets/floor.js")),
    ("alias.js", SCRIPT, include_str!("../assets/alias.js")),
    ("agent.js", SCRIPT, include_str!("../assets/agent.js")),
    ("chooser.js", SCRIPT, include_str!("../assets/chooser.js")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// Digest of the contents of all assets.
static VERSION: LazyLock<String> =
    LazyLock::new(|| digest_of(&ASSETS.map(|(_, _, text)| text).concat()).chars().take(16).collect());

/// The URL of an asset.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET`: an asset.
pub(crate) async fn show(Path((version, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, text)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // The URL names another version, so this one must not be cached under it.
    let keeping = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, keeping), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, *text).into_response()
}
