//! Client of the Hotdesk server, for the sidecar.

use std::time::Duration;

use fleet::dialer_files::FileName;
use fleet::sessions::digest_of;
use reqwest::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::SyncError;
use crate::cli;
use crate::client::{DIALER_COLLECTION, Http, escaped, root_cause};
use crate::failure::Failure;

/// Timeout of a response, in addition to the requested wait.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);

/// Requests one dialer's files from the server.
pub struct FileClient {
    http: Http,
    /// Path of the files.
    path: String,
}

/// List of a dialer's files.
#[derive(Default, Deserialize)]
pub struct FileList {
    files: Vec<FileListEntry>,
}

#[derive(Deserialize)]
struct FileListEntry {
    name: String,
    digest: String,
}

impl FileList {
    /// The files that this version of Hotdesk knows, with their digests.
    pub fn files(&self) -> impl Iterator<Item = (FileName, String)> {
        self.files.iter().filter_map(|file| Some((FileName::read(&file.name)?, file.digest.clone())))
    }
}

/// State of a file on the dialer.
#[derive(Serialize)]
pub struct FileReport {
    pub name: &'static str,
    pub digest: String,
    pub loaded: bool,
    pub error: String,
}

#[derive(Serialize)]
struct FileReports<'a> {
    files: &'a [FileReport],
}

impl FileClient {
    pub fn new(args: &cli::SidecarArgs) -> Result<Self, Failure> {
        let path = format!("/api/v1/{DIALER_COLLECTION}/{}/conf", escaped(&args.dialer));
        Ok(Self { http: Http::new(&args.url, &args.login)?, path })
    }

    /// The files and their version as soon as it differs from `known`; `None` if it has not changed after
    /// `wait` seconds.
    pub async fn list(&self, known: &str, wait: u64) -> Result<Option<(String, FileList)>, SyncError> {
        let mut request =
            self.http.request(Method::GET, &self.path).timeout(RESPONSE_TIMEOUT + Duration::from_secs(wait));
        if !known.is_empty() {
            request = request.header(IF_NONE_MATCH, known);
            if wait > 0 {
                request = request.header("prefer", format!("wait={wait}"));
            }
        }
        let response = send(request).await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let version = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        let listed = serde_json::from_slice(&body).map_err(|_| "the server's list of files is invalid".to_owned())?;
        Ok(Some((version, listed)))
    }

    /// Fetches one file.
    pub async fn file(&self, name: FileName) -> Result<String, SyncError> {
        let path = format!("{}/{}", self.path, name.name());
        let response = send(self.http.request(Method::GET, &path).timeout(RESPONSE_TIMEOUT)).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        let text = String::from_utf8(body.into()).unwrap_or_default();
        // If a proxy truncates the response, the file must not be used.
        if tag.trim_matches('"') == digest_of(&text) {
            Ok(text)
        } else {
            Err(format!("{} was truncated in transit", name.name()))
        }
    }

    /// Reports the dialer's state.
    pub async fn report(&self, files: &[FileReport]) -> Result<(), SyncError> {
        let path = format!("{}/report", self.path);
        let body = serde_json::to_vec(&FileReports { files }).map_err(|error| error.to_string())?;
        let request = self.http.request(Method::POST, &path).header(CONTENT_TYPE, "application/json").body(body);
        send(request.timeout(RESPONSE_TIMEOUT)).await.map(drop)
    }
}

/// Sends a request; converts an error status to a message.
async fn send(request: RequestBuilder) -> Result<Response, SyncError> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    match response.status() {
        status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(response),
        StatusCode::UNAUTHORIZED => Err("the server does not accept this token or password (401)".to_owned()),
        StatusCode::FORBIDDEN => Err("this token or account may not read the files (403)".to_owned()),
        StatusCode::NOT_FOUND => Err("the server does not know this dialer (404)".to_owned()),
        status => Err(format!("the server responded with {status}")),
    }
}

/// Message without the URL, which the reader knows.
fn unreachable(error: &reqwest::Error) -> SyncError {
    format!("the server is unreachable: {}", root_cause(error))
}
