//! `/api/v1/servers/{server_ip}/conf`: a dialer's configuration files, and what it says of them. The phones' secrets are in the
//! files, and in no other answer.

mod report;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::dialer_files::{FileName, Written};
use serde::Serialize;

use super::caller::Administrator;
use super::sessions::wait_wanted;
use super::{found, wording};
use crate::problem::Problem;
use crate::{App, dialer_files};
pub(super) use report::take as report;

#[derive(Serialize)]
struct Listed {
    files: Vec<ListedFile>,
    left_out: Vec<String>,
}

#[derive(Serialize)]
struct ListedFile {
    name: &'static str,
    digest: String,
    bytes: usize,
    module: &'static str,
}

impl Listed {
    fn of(written: &Written) -> Self {
        let file = |file: &fleet::dialer_files::File| ListedFile {
            name: file.name.name(),
            digest: file.digest(),
            bytes: file.text.len(),
            module: file.name.module(),
        };
        Self {
            files: written.files.iter().map(file).collect(),
            left_out: written.left_out.iter().map(dialer_files::left_out).collect(),
        }
    }
}

/// `GET`: which files there are and in which version. With `If-None-Match` and `Prefer: wait=50` the answer comes once they are
/// others, or with 304 after so many seconds.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Administrator(_): Administrator,
    Path(server_ip): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = |written: &Written| has(&headers, &written.digest());
    let written = match wait_wanted(&headers) {
        Some(seconds) => {
            let Ok(_place) = app.watchers.try_acquire() else { return Err(wording::too_many_watchers()) };
            dialer_files::awaited(&app, &server_ip, known, Duration::from_secs(seconds)).await?
        }
        None => dialer_files::written(&app, &server_ip).await?,
    };
    let written = written.ok_or_else(wording::no_such_server)?;
    if known(&written) {
        return Ok(versioned(StatusCode::NOT_MODIFIED.into_response(), &written.digest()));
    }
    Ok(versioned(found(&Listed::of(&written)), &written.digest()))
}

/// `GET …/{file}`: one of them.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Administrator(_): Administrator,
    Path((server_ip, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = FileName::read(&file).ok_or_else(wording::no_such_file)?;
    let written = dialer_files::written(&app, &server_ip).await?.ok_or_else(wording::no_such_server)?;
    let file = written.files.into_iter().find(|file| file.name == name).ok_or_else(wording::no_such_file)?;
    let digest = file.digest();
    if has(&headers, &digest) {
        return Ok(versioned(StatusCode::NOT_MODIFIED.into_response(), &digest));
    }
    Ok(versioned(([(CONTENT_TYPE, "text/plain; charset=utf-8")], file.text).into_response(), &digest))
}

/// Whether the client has this version already.
fn has(headers: &HeaderMap, digest: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag.trim_matches('"') == digest)
}

/// An answer with its version, which nobody on the way keeps.
fn versioned(mut response: Response, digest: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{digest}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
