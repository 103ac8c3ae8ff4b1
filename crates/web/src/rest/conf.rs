//! `/api/v1/dialers/{server_ip}/conf`: a dialer's configuration files, and the dialer's reports about them.
//! The files are the only responses that contain the phones' secrets.

mod report;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::authorization::Scope;
use fleet::dialer_files::{FileName, Written};
use fleet::rows;
use serde::Serialize;
use serde_json::json as value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Shape, list as list_of, object, text};
use super::sessions::wait_wanted;
use super::{found, messages, preconditions};
use crate::http::problem::Problem;
use crate::messages::dialer_files::left_out;
use crate::{App, dialer_files};
pub(super) use report::take as report;

/// The configuration files of a dialer.
#[derive(Serialize, ToSchema)]
struct Listed {
    #[schema(schema_with = listed_files)]
    files: Vec<ListedFile>,
    /// Rows that could not be written to a file, and why.
    left_out: Vec<String>,
}

fn listed_files() -> Shape {
    list_of("The files.", object::<ListedFile>())
}

/// A configuration file.
#[derive(Serialize, ToSchema)]
struct ListedFile {
    /// File name.
    name: &'static str,
    /// Version of the file, which is also its `ETag`.
    digest: String,
    /// Size in bytes.
    bytes: usize,
    /// The Asterisk module to reload when the file has changed.
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
            left_out: written.left_out.iter().map(left_out).collect(),
        }
    }
}

/// Checks that the caller may read the files. They contain the phones of all user groups, so the account must
/// see all of them.
async fn permit(app: &App, caller: &Caller) -> Result<(), Problem> {
    let by = caller.administer(app, Scope::Conf).await?;
    let sees_all = app.store.read(move |tx| match tx.user(&by.user)? {
        Some(user) => rows::sees_all(tx, &user),
        None => Ok(false),
    });
    if sees_all.await? { Ok(()) } else { Err(messages::sees_not_all()) }
}

/// `GET`: the names and versions of the files. With `If-None-Match` and `Prefer: wait=50` the response waits
/// until the files change, or is 304 after that many seconds.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    permit(&app, &caller).await?;
    let known = |written: &Written| preconditions::is_known(&caller.headers, &written.digest());
    let written = match wait_wanted(&caller.headers) {
        Some(seconds) => {
            let Ok(_place) = app.sidecar_slots.try_acquire() else { return Err(messages::too_many_streams()) };
            dialer_files::awaited(&app, &server_ip, known, Duration::from_secs(seconds)).await?
        }
        None => dialer_files::written(&app, &server_ip).await?,
    };
    let written = written.ok_or_else(messages::no_such_dialer)?;
    if known(&written) {
        return Ok(versioned(StatusCode::NOT_MODIFIED.into_response(), &written.digest()));
    }
    Ok(versioned(found(&Listed::of(&written)), &written.digest()))
}

/// `GET …/{file}`: one file.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((server_ip, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    permit(&app, &caller).await?;
    let name = FileName::read(&file).ok_or_else(messages::no_such_file)?;
    let written = dialer_files::written(&app, &server_ip).await?.ok_or_else(messages::no_such_dialer)?;
    let file = written.files.into_iter().find(|file| file.name == name).ok_or_else(messages::no_such_file)?;
    let digest = file.digest();
    if preconditions::is_known(&caller.headers, &digest) {
        return Ok(versioned(StatusCode::NOT_MODIFIED.into_response(), &digest));
    }
    Ok(versioned(([(CONTENT_TYPE, "text/plain; charset=utf-8")], file.text).into_response(), &digest))
}

/// A response with its version, which no cache may store.
fn versioned(mut response: Response, digest: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{digest}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Describes these operations in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    let of = |operation: Operation| {
        let operation = operation.path("server_ip", text("The dialer's address."), "10.0.9.8").scope(Scope::Conf);
        operation.refuses([messages::may_not_administer(), messages::no_such_dialer()])
    };
    let example = value!({
        "files": [{"name": "sip-hotdesk.conf", "digest": "5f0c", "bytes": 812, "module": "chan_sip.so"}], "left_out": []
    });
    let list = of(Operation::get("/dialers/{server_ip}/conf", "listConfFiles"))
        .unless_known()
        .says(
            "List configuration files",
            "With If-None-Match and Prefer: wait=50, the response waits until the files change, for 50 seconds at most.",
        )
        .header("Prefer", text("wait=SECONDS: how long to wait for a change, at most 60."), "wait=0")
        .answers(StatusCode::OK, "The files.", object::<Listed>(), example);
    spec.operation(list);
    let show = of(Operation::get("/dialers/{server_ip}/conf/{file}", "getConfFile"))
        .unless_known()
        .says("Get a configuration file", "The file contains the phones' secrets.")
        .path("file", text("File name."), "sip-hotdesk.conf")
        .refuses([messages::no_such_file()])
        .answers_as(
            StatusCode::OK,
            "The file.",
            "text/plain",
            text("Contents of the file."),
            Some(value!("[cc100]\nhost=dynamic\n")),
        );
    spec.operation(show);
    report::describe(spec, of(Operation::post("/dialers/{server_ip}/conf/report", "reportConfFiles")));
}
