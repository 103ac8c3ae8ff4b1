//! HTTP transport of the client.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method, RequestBuilder, Url};

use super::Answer;
use crate::cli::LoginArgs;
use crate::config::secrets::{PASSWORD, TOKEN};
use crate::failure::Failure;

/// Timeout of a request; a batch may have to wait for other writes.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// Connect timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Credentials of requests.
enum Credentials {
    Token(HeaderValue),
    Account { user: String, pass: String },
}

/// Connection to a server.
pub struct Http {
    client: reqwest::Client,
    base: Url,
    credentials: Credentials,
}

impl Http {
    /// Creates a client for the server at this URL.
    pub fn new(url: &str, login: &LoginArgs) -> Result<Self, Failure> {
        let base = parse_url(url)?;
        // The credentials are for this server only, so redirects are not followed.
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("hotdesk/", env!("CARGO_PKG_VERSION")));
        let client = match &login.ca {
            Some(path) => client.tls_certs_only(certificates(path)?),
            // Without TLS the system's certificates are not needed, and may be missing.
            None if base.scheme() == "http" => client.tls_certs_only([]),
            None => client,
        };
        let client = client
            .build()
            .map_err(|error| Failure::Refused(format!("cannot send requests: {}", root_cause(&error))))?;
        Ok(Self { client, base, credentials: credentials(login)? })
    }

    /// Builds a request to this path, with the credentials.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base.as_str().trim_end_matches('/')));
        match &self.credentials {
            Credentials::Token(token) => request.header(AUTHORIZATION, token),
            Credentials::Account { user, pass } => request.basic_auth(user, Some(pass)),
        }
    }

    /// Sends a request.
    pub async fn send(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Answer, Failure> {
        let mut request = self.request(method, path);
        if let Some((kind, body)) = body {
            request = request.header(CONTENT_TYPE, kind).body(body);
        }
        let failed =
            |error: reqwest::Error| Failure::Refused(format!("cannot reach {}: {}", self.base, root_cause(&error)));
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(failed)?;
        Ok(Answer { status, body: body.into() })
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let wrong = |reason: String| Failure::Usage(format!("--ca {}: {reason}", path.display()));
    let pem = std::fs::read(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("it contains no certificate".to_owned())) } else { Ok(found) }
}

/// Parses the server's URL. Without TLS only this machine is allowed, so that nobody can read the credentials
/// in transit.
fn parse_url(url: &str) -> Result<Url, Failure> {
    let wrong = |reason: &str| Failure::Usage(format!("--url {url}: {reason}"));
    let base = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    if !base.username().is_empty() || base.password().is_some() {
        return Err(Failure::Usage("--url: the URL must not contain a password; use HOTDESK_PASSWORD".to_owned()));
    }
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match base.scheme() {
        "https" => Ok(base),
        "http" if is_here => Ok(base),
        "http" => Err(wrong("use https:// to protect the credentials; http:// is allowed for this machine only")),
        _ => Err(wrong("use a URL such as https://hotdesk.example")),
    }
}

fn credentials(login: &LoginArgs) -> Result<Credentials, Failure> {
    let token = login.token_file.as_deref().map(first_line).transpose()?;
    let is_account = login.account.is_some() && login.token_file.is_none();
    if let Some(token) = token.or_else(|| std::env::var(TOKEN).ok().filter(|_| !is_account)) {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| Failure::Usage("the token contains invalid characters".to_owned()))?;
        header.set_sensitive(true);
        return Ok(Credentials::Token(header));
    }
    let Some(user) = login.account.clone() else {
        return Err(Failure::Usage(format!("not logged in: set {TOKEN}, or use --token-file or --account")));
    };
    let pass = login.password_file.as_deref().map(first_line).transpose()?;
    let pass = pass.or_else(|| std::env::var(PASSWORD).ok());
    let missing = || Failure::Usage(format!("no password for {user}: set {PASSWORD} or use --password-file"));
    Ok(Credentials::Account { pass: pass.ok_or_else(missing)?, user })
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The innermost cause of an error, which is the most specific: `connection refused`.
pub fn root_cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_sent_without_tls_only_to_this_machine() {
        for url in ["https://hotdesk.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080/"] {
            assert!(parse_url(url).is_ok(), "{url}");
        }
        for url in
            ["http://hotdesk.example", "http://10.0.9.8", "ftp://localhost", "hotdesk.example", "https://a:b@host"]
        {
            assert!(matches!(parse_url(url), Err(Failure::Usage(_))), "{url}");
        }
    }
}
