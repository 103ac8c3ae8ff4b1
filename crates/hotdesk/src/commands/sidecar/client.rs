//! The Hotdesk server that a sidecar asks.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fleet::dialer_files::FileName;
use fleet::seating::digest_of;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Certificate, RequestBuilder, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::Trouble;
use crate::cli;
use crate::failure::Failure;

/// Where the token is read from, and an account's password. Neither is an argument: those can be seen by everybody on the machine.
const TOKEN: &str = "HOTDESK_TOKEN";
const PASSWORD: &str = "HOTDESK_PASSWORD";

/// How long the server may take to be reached, and to answer beyond what it was asked to wait.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(15);

/// Asks for one dialer's files.
pub struct Client {
    http: reqwest::Client,
    /// Of the files, with a `/` at the end.
    url: Url,
}

/// Which files there are.
#[derive(Default, Deserialize)]
pub struct Listed {
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct ListedFile {
    name: String,
    digest: String,
}

impl Listed {
    /// Those that are known here, with their digests.
    pub fn files(&self) -> impl Iterator<Item = (FileName, String)> {
        self.files.iter().filter_map(|file| Some((FileName::read(&file.name)?, file.digest.clone())))
    }
}

/// What the dialer has of a file.
#[derive(Serialize)]
pub struct Report {
    pub name: &'static str,
    pub digest: String,
    pub loaded: bool,
    pub error: String,
}

#[derive(Serialize)]
struct Reports<'a> {
    files: &'a [Report],
}

impl Client {
    pub fn new(wanted: &cli::Sidecar) -> Result<Self, Failure> {
        let url = address(&wanted.url, &wanted.server)?;
        // One that stands already is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization(wanted)?)]))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("hotdesk-sidecar/", env!("CARGO_PKG_VERSION")));
        let builder = match &wanted.ca {
            Some(path) => builder.tls_certs_only(certificates(path)?),
            // The system's certificates are not needed, and may not even be there.
            None if url.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        let http = builder.build().map_err(|error| Failure::Refused(format!("cannot use TLS: {error}")))?;
        Ok(Self { http, url })
    }

    /// The files and their version, once it is another than this one; `None` if it stayed the same for so many seconds.
    pub async fn list(&self, known: &str, wait: u64) -> Result<Option<(String, Listed)>, Trouble> {
        let mut request = self.http.get(self.without_slash()).timeout(ANSWER + Duration::from_secs(wait));
        if !known.is_empty() {
            request = request.header(IF_NONE_MATCH, known);
            if wait > 0 {
                request = request.header("prefer", format!("wait={wait}"));
            }
        }
        let response = sent(request).await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let version = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        let listed = serde_json::from_slice(&body).map_err(|_| "the server's list of files is none".to_owned())?;
        Ok(Some((version, listed)))
    }

    /// One of the files.
    pub async fn file(&self, name: FileName) -> Result<String, Trouble> {
        let url = self.url.join(name.name()).map_err(|error| error.to_string())?;
        let response = sent(self.http.get(url).timeout(ANSWER)).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        let text = String::from_utf8(body.into()).unwrap_or_default();
        // A proxy that cuts an answer off must not cut phones off.
        if tag.trim_matches('"') == digest_of(&text) { Ok(text) } else { Err(format!("{} came broken", name.name())) }
    }

    /// Tells what the dialer has.
    pub async fn report(&self, files: &[Report]) -> Result<(), Trouble> {
        let url = self.url.join("report").map_err(|error| error.to_string())?;
        let body = serde_json::to_vec(&Reports { files }).map_err(|error| error.to_string())?;
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json").body(body).timeout(ANSWER);
        sent(request).await.map(drop)
    }

    fn without_slash(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path(self.url.path().trim_end_matches('/'));
        url
    }
}

/// Sends a request; what is no good answer is said in words.
async fn sent(request: RequestBuilder) -> Result<Response, Trouble> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    match response.status() {
        status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(response),
        StatusCode::UNAUTHORIZED => Err("the server does not know this token or password (401)".to_owned()),
        StatusCode::FORBIDDEN => Err("the server does not give the files to this caller (403)".to_owned()),
        StatusCode::NOT_FOUND => Err("the server does not know this dialer (404)".to_owned()),
        status => Err(format!("the server answered {status}")),
    }
}

/// Without the address, which is known, and with the innermost cause, which says most.
fn unreachable(error: &reqwest::Error) -> Trouble {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    format!("the server cannot be reached: {cause}")
}

fn address(url: &str, server: &str) -> Result<Url, Failure> {
    let wrong = |reason: String| Failure::Setting { setting: "--url", reason };
    let mut url: Url = url.parse().map_err(|error| wrong(format!("{error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must begin with https:// or http://, without a login in it".to_owned()));
    }
    let is_here = matches!(url.host_str(), Some("localhost" | "[::1]"))
        || url.host_str().is_some_and(|host| host.starts_with("127."));
    if url.scheme() == "http" && !is_here {
        eprintln!("hotdesk: the files contain secrets, and http:// sends them in plain: use https://");
    }
    let mut path = url.path_segments_mut().map_err(|()| wrong("is no address of a server".to_owned()))?;
    path.pop_if_empty().extend(["api", "v1", "servers", server, "conf", ""]);
    drop(path);
    Ok(url)
}

fn certificates(path: &std::path::Path) -> Result<Vec<Certificate>, Failure> {
    let wrong = |reason: String| Failure::Setting { setting: "--ca", reason };
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot read {}: {error}", path.display())))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong(format!("{} has no certificate", path.display()))) } else { Ok(found) }
}

/// Who asks.
fn authorization(wanted: &cli::Sidecar) -> Result<HeaderValue, Failure> {
    let missing = |setting, reason: &str| Failure::Setting { setting, reason: reason.to_owned() };
    let said = match (&wanted.user, &wanted.token_file) {
        (Some(user), _) => {
            let password = std::env::var(PASSWORD).map_err(|_| missing(PASSWORD, "is not set"))?;
            format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
        }
        (None, Some(path)) => {
            let read = std::fs::read_to_string(path);
            format!("Bearer {}", read.map_err(|error| missing("--token-file", &error.to_string()))?.trim())
        }
        (None, None) => {
            let token =
                std::env::var(TOKEN).map_err(|_| missing(TOKEN, "is not set; or give --token-file or --user"))?;
            format!("Bearer {}", token.trim())
        }
    };
    let mut value = HeaderValue::from_str(&said).map_err(|_| missing(TOKEN, "is no token"))?;
    value.set_sensitive(true);
    Ok(value)
}
