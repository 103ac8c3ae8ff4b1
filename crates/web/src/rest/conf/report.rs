//! `/api/v1/servers/{server_ip}/conf/report`: what a dialer has of its files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fleet::authorization::Scope;
use fleet::dialer_files::{FileName, Loaded};
use serde_json::json as value;

use super::super::body::JsonBody;
use super::super::caller::Caller;
use super::super::document::Spec;
use super::super::document::operation::Operation;
use super::super::document::shape::{Object as Described, flag, list, text};
use super::super::messages;
use crate::App;
use crate::http::problem::Problem;

/// What is kept of an error at most, in characters.
const ERROR_AT_MOST: usize = 500;

/// What a file's report tells.
const FIELDS: [&str; 4] = ["name", "digest", "loaded", "error"];

/// `POST`: what the dialer has on its disk of each file, whether its Asterisk has just read it, and what went wrong.
pub(in crate::rest) async fn take(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    caller.administer(&app, Scope::Conf).await?;
    let now = app.store.now().stamp();
    let reports = JsonBody::read(&caller.headers, &body, &["files"])?.objects("files", &FIELDS)?;
    let reports = reports.iter().map(|report| read(report, &now)).collect::<Result<Vec<_>, _>>()?;
    let kept = app.store.write(move |tx| {
        if !tx.has_dialer(&server_ip)? {
            return Ok(false);
        }
        reports.iter().try_for_each(|report| tx.keep_loaded(&server_ip, report))?;
        Ok(true)
    });
    if kept.await? { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(messages::no_such_server()) }
}

fn read(report: &JsonBody, now: &str) -> Result<Loaded, Problem> {
    let name = FileName::read(&report.text("name")?).ok_or_else(messages::no_such_file)?;
    let digest = report.text("digest")?;
    if digest.len() > 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(messages::no_digest());
    }
    let error = report.text("error")?.chars().filter(|char| !char.is_control()).take(ERROR_AT_MOST).collect();
    let loaded = if report.flag("loaded")?.unwrap_or(false) { now.to_owned() } else { String::new() };
    Ok(Loaded { name, digest, loaded, told: now.to_owned(), error })
}

/// What the document says of it.
pub(super) fn describe(spec: &mut Spec, report: Operation) {
    let file = Described::sent("What the dialer has of a file.")
        .has("name", text("Its name."))
        .has("digest", text("The version that is on its disk; empty for none."))
        .may_have("loaded", flag("Whether its Asterisk has read it since the last report."))
        .may_have("error", text("What went wrong."));
    let body = Described::sent("").may_have("files", list("Each file.", file));
    let report = report
        .says("A dialer tells what it has of its files", "The panel and `hotdesk doctor` show it.")
        .takes(body, false, value!({"files": [{"name": "sip-hotdesk.conf", "digest": "5f0c", "loaded": true}]}))
        .refuses([
            messages::no_such_file(),
            messages::no_digest(),
            messages::no_list("files"),
            messages::no_flag("loaded"),
        ])
        .answers_nothing(StatusCode::NO_CONTENT, "It is kept.");
    spec.operation(report);
}
