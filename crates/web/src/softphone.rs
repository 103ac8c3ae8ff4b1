//! Setup page of a softphone with all phones of an alias. An administrator creates a link `/setup/{key}`
//! (`admin/alias/softphone.rs`, `rest/softphone.rs`), which can be opened once. The page shows the secrets only
//! after a button is pressed, since chat programs open links to preview them. Linphone fetches its own file
//! from a path below the link.

mod formats;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::records::Phone;
use fleet::sessions::digest_of;
use fleet::softphone_links::{Setup, open};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::App;
use crate::html::page;
use crate::http::address::Peer;
use crate::http::form;
use crate::http::server::WholeRequestRead;
use formats::Download;

/// Minimum width of a QR code, in pixels.
const CODE: u32 = 240;

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

#[derive(Template)]
#[template(path = "setup/ask.html")]
struct AskPage;

#[derive(Template)]
#[template(path = "setup/gone.html")]
struct GonePage;

#[derive(Template)]
#[template(path = "setup/shown.html")]
struct SetupPage {
    alias_id: String,
    phones: Vec<Phone>,
    downloads: Vec<Offered>,
}

/// A file that is embedded in the page, since the link is used up.
struct Offered {
    program: &'static str,
    how: &'static str,
    file: &'static str,
    data: String,
    left_out: Vec<String>,
}

impl Offered {
    fn of(download: Download) -> Self {
        let Download { program, how, file, kind, text, left_out } = download;
        let data = format!("data:{kind};charset=utf-8,{}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
        Self { program, how, file, data, left_out }
    }
}

/// `GET`: asks for confirmation.
pub(crate) async fn ask(State(app): State<Arc<App>>, Path(key): Path<String>) -> Response {
    match app.store.read(move |tx| tx.softphone_link(&digest_of(&key))).await {
        Ok(Some(_)) => secret(page(StatusCode::OK, &AskPage)),
        Ok(None) => gone(),
        Err(error) => failed(&error),
    }
}

/// `POST`: shows the accounts, once.
pub(crate) async fn show(State(app): State<Arc<App>>, Path(key): Path<String>, body: Body) -> Response {
    // The body is empty; it is read so that the connection can be reused.
    if form::collect(body, app.settings.client_timeout, form::FORM_SIZE).await.is_err() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut response = match opened(&app, &key).await {
        Ok(Some(Setup { alias_id, phones })) => {
            let downloads = formats::all(&phones).into_iter().map(Offered::of).collect();
            secret(page(StatusCode::OK, &SetupPage { alias_id, phones, downloads }))
        }
        Ok(None) => gone(),
        Err(response) => *response,
    };
    response.extensions_mut().insert(WholeRequestRead);
    response
}

/// `GET …/linphone.xml`: Linphone's own file, once. A `HEAD` request does not use up the link.
pub(crate) async fn linphone(State(app): State<Arc<App>>, method: Method, Path(key): Path<String>) -> Response {
    if method == Method::HEAD {
        return ask(State(app), Path(key)).await;
    }
    match opened(&app, &key).await {
        Ok(Some(setup)) => {
            let Download { kind, text, .. } = formats::linphone::write(&setup.phones);
            secret(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], text).into_response())
        }
        Ok(None) => gone(),
        Err(response) => *response,
    }
}

async fn opened(app: &App, key: &str) -> Result<Option<Setup>, Box<Response>> {
    let digest = digest_of(key);
    app.store.write(move |tx| open(tx, &digest)).await.map_err(|error| Box::new(failed(&error)))
}

fn gone() -> Response {
    secret(page(StatusCode::GONE, &GonePage))
}

fn failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "cannot show a softphone's accounts");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// Adds headers that keep the URL, which is a secret, out of referrers and search engines.
fn secret(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    response
}

/// The URL of a link, with the scheme and host by which its creator reached this server.
pub(crate) fn address(app: &App, peer: Peer, headers: &HeaderMap, key: &str) -> String {
    let scheme = if app.settings.proxies.is_https(peer, headers) { "https" } else { "http" };
    let is_host = |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    match app.settings.proxies.host(peer, headers).filter(is_host) {
        Some(host) => format!("{scheme}://{host}/setup/{key}"),
        None => format!("/setup/{key}"),
    }
}

/// A QR code of this URL, as SVG; empty if the URL is too long.
pub(crate) fn code(address: &str) -> String {
    let Ok(code) = QrCode::new(address) else { return String::new() };
    let picture = code.render::<svg::Color<'_>>().min_dimensions(CODE, CODE).build();
    // The SVG is embedded in a page, so its XML declaration is cut off.
    picture.find("<svg").and_then(|at| picture.get(at..)).unwrap_or_default().to_owned()
}
