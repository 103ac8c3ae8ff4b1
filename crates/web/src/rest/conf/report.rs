//! `/api/v1/servers/{server_ip}/conf/report`: what a dialer has of its files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::dialer_files::{FileName, Loaded};

use super::super::body::Object;
use super::super::caller::Administrator;
use super::super::wording;
use crate::App;
use crate::problem::Problem;

/// What is kept of an error at most, in characters.
const ERROR_AT_MOST: usize = 500;

/// What a file's report tells.
const FIELDS: [&str; 4] = ["name", "digest", "loaded", "error"];

/// `POST`: what the dialer has on its disk of each file, whether its Asterisk has just read it, and what went wrong.
pub(in crate::rest) async fn take(
    State(app): State<Arc<App>>,
    Administrator(_): Administrator,
    Path(server_ip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let now = app.store.now().stamp();
    let reports = Object::read(&headers, &body, &["files"])?.objects("files", &FIELDS)?;
    let reports = reports.iter().map(|report| read(report, &now)).collect::<Result<Vec<_>, _>>()?;
    let kept = app.store.write(move |tx| {
        if !tx.has_server(&server_ip)? {
            return Ok(false);
        }
        reports.iter().try_for_each(|report| tx.keep_loaded(&server_ip, report))?;
        Ok(true)
    });
    if kept.await? { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(wording::no_such_server()) }
}

fn read(report: &Object, now: &str) -> Result<Loaded, Problem> {
    let name = FileName::read(&report.text("name")?).ok_or_else(wording::no_such_file)?;
    let digest = report.text("digest")?;
    if digest.len() > 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wording::no_digest());
    }
    let error = report.text("error")?.chars().filter(|char| !char.is_control()).take(ERROR_AT_MOST).collect();
    let loaded = if report.flag("loaded")? { now.to_owned() } else { String::new() };
    Ok(Loaded { name, digest, loaded, told: now.to_owned(), error })
}
