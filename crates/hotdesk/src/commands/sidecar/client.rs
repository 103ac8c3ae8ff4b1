//! The Hotdesk server that a sidecar asks.

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

/// How long the server may take to answer beyond what it was asked to wait.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);

/// Requests one dialer's files from the server.
pub struct FileClient {
    http: Http,
    /// Of the files.
    path: String,
}

/// Which files there are.
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
    /// Those that are known here, with their digests.
    pub fn files(&self) -> impl Iterator<Item = (FileName, String)> {
        self.files.iter().filter_map(|file| Some((FileName::read(&file.name)?, file.digest.clone())))
    }
}

/// What the dialer has of a file.
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

    /// The files and their version, once it is another than this one; `None` if it stayed the same for so many seconds.
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
        let listed = serde_json::from_slice(&body).map_err(|_| "the server's list of files is none".to_owned())?;
        Ok(Some((version, listed)))
    }

    /// One of the files.
    pub async fn file(&self, name: FileName) -> Result<String, SyncError> {
        let path = format!("{}/{}", self.path, name.name());
        let response = send(self.http.request(Method::GET, &path).timeout(RESPONSE_TIMEOUT)).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        let text = String::from_utf8(body.into()).unwrap_or_default();
        // A proxy that cuts an answer off must not cut phones off.
        if tag.trim_matches('"') == digest_of(&text) { Ok(text) } else { Err(format!("{} came broken", name.name())) }
    }

    /// Tells what the dialer has.
    pub async fn report(&self, files: &[FileReport]) -> Result<(), SyncError> {
        let path = format!("{}/report", self.path);
        let body = serde_json::to_vec(&FileReports { files }).map_err(|error| error.to_string())?;
        let request = self.http.request(Method::POST, &path).header(CONTENT_TYPE, "application/json").body(body);
        send(request.timeout(RESPONSE_TIMEOUT)).await.map(drop)
    }
}

/// Sends a request; what is no good answer is said in words.
async fn send(request: RequestBuilder) -> Result<Response, SyncError> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    match response.status() {
        status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(response),
        StatusCode::UNAUTHORIZED => Err("the server does not know this token or password (401)".to_owned()),
        StatusCode::FORBIDDEN => Err("the server does not give the files to this caller (403)".to_owned()),
        StatusCode::NOT_FOUND => Err("the server does not know this dialer (404)".to_owned()),
        status => Err(format!("the server answered {status}")),
    }
}

/// Without the address, which is known.
fn unreachable(error: &reqwest::Error) -> SyncError {
    format!("the server cannot be reached: {}", root_cause(error))
}
