//! `/api/v1/dialers/{server_ip}/conf/report`: a dialer's report about its configuration files.

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

use super::super::caller::Caller;
use super::super::document::Spec;
use super::super::document::operation::Operation;
use super::super::document::shape::{Shape, list, object};
use super::super::{body, messages};
use crate::App;
use crate::http::problem::Problem;

/// Maximum stored length of an error, in characters.
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
    list("The dialer's files.", object::<FileReport>())
}

/// State of a file on the dialer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FileReport {
    /// File name.
    #[serde(default)]
    #[schema(required = true)]
    name: String,
    /// Version on the dialer's disk; empty if the file is missing.
    #[serde(default)]
    #[schema(required = true)]
    digest: String,
    /// Whether Asterisk has loaded the file since the last report.
    #[serde(default)]
    #[schema(required = false)]
    loaded: bool,
    /// Error message; empty if there was no error.
    #[serde(default)]
    #[schema(required = false)]
    error: String,
}

/// `POST`: records which version of each file the dialer has on disk, whether Asterisk has loaded it, and any error.
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
        reports.iter().try_for_each(|report| tx.store_file_state(&server_ip, report))?;
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
    Ok(Loaded { name, digest, loaded, reported: now.to_owned(), error })
}

/// Describes this operation in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec, report: Operation) {
    let report = report
        .says(
            "Report the state of configuration files",
            "A dialer reports which versions of its files it has. The panel and `hotdesk doctor` show the report.",
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
        .answers_nothing(StatusCode::NO_CONTENT, "The report was recorded.");
    spec.operation(report);
}
