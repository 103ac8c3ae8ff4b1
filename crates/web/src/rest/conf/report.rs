//! `/api/v1/dialers/{server_ip}/conf/report`: what a dialer has of its files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fleet::authorization::Scope;
use fleet::dialer_files::{FileName, Loaded};
use serde::Deserialize;
use serde_json::json as value;
use utoipa::ToSchema;

use super::super::body;
use super::super::caller::Caller;
use super::super::document::Spec;
use super::super::document::operation::Operation;
use super::super::document::shape::{Shape, list, object};
use super::super::messages;
use crate::App;
use crate::http::problem::Problem;

/// What is kept of an error at most, in characters.
const ERROR_AT_MOST: usize = 500;

/// A dialer's report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Report {
    #[serde(default)]
    #[schema(schema_with = reported_files, required = false)]
    files: Vec<FileReport>,
}

fn reported_files() -> Shape {
    list("Each file.", object::<FileReport>())
}

/// What the dialer has of a file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FileReport {
    /// Its name.
    #[serde(default)]
    #[schema(required = true)]
    name: String,
    /// The version on the dialer's disk; empty for none.
    #[serde(default)]
    #[schema(required = true)]
    digest: String,
    /// Whether its Asterisk has read it since the last report.
    #[serde(default)]
    #[schema(required = false)]
    loaded: bool,
    /// What went wrong.
    #[serde(default)]
    #[schema(required = false)]
    error: String,
}

/// `POST`: what the dialer has on its disk of each file, whether its Asterisk has just read it, and what went wrong.
pub(in crate::rest) async fn take(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    caller.administer(&app, Scope::Conf).await?;
    let now = app.store.now().stamp();
    let Report { files } = body::read(&caller.headers, &body)?;
    let reports = files.into_iter().map(|report| read(report, &now)).collect::<Result<Vec<_>, _>>()?;
    let kept = app.store.write(move |tx| {
        if !tx.dialer_exists(&server_ip)? {
            return Ok(false);
        }
        reports.iter().try_for_each(|report| tx.keep_loaded(&server_ip, report))?;
        Ok(true)
    });
    if kept.await? { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(messages::no_such_dialer()) }
}

fn read(report: FileReport, now: &str) -> Result<Loaded, Problem> {
    let name = FileName::read(&report.name).ok_or_else(messages::no_such_file)?;
    let digest = report.digest;
    if digest.len() > 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(messages::no_digest());
    }
    let error = report.error.chars().filter(|char| !char.is_control()).take(ERROR_AT_MOST).collect();
    let loaded = if report.loaded { now.to_owned() } else { String::new() };
    Ok(Loaded { name, digest, loaded, told: now.to_owned(), error })
}

/// What the document says of it.
pub(super) fn describe(spec: &mut Spec, report: Operation) {
    let report = report
        .says(
            "Report a dialer's configuration files",
            "A dialer reports the versions that it has. The panel and `hotdesk doctor` show them.",
        )
        .takes(
            object::<Report>(),
            false,
            value!({"files": [{"name": "sip-hotdesk.conf", "digest": "5f0c", "loaded": true}]}),
        )
        .refuses([
            messages::no_such_file(),
            messages::no_digest(),
            messages::no_list("files"),
            messages::no_flag("loaded"),
        ])
        .answers_nothing(StatusCode::NO_CONTENT, "It is kept.");
    spec.operation(report);
}
