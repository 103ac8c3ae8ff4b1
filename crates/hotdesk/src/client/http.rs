//! Requests over HTTP.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method, Url};

use super::Answer;
use crate::cli::Server;
use crate::failure::Failure;

/// How long a request may take: a batch waits for its turn.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a token and a password are found if no file is named.
const TOKEN: &str = "HOTDESK_TOKEN";
const PASSWORD: &str = "HOTDESK_PASSWORD";

/// Who sends requests.
enum Login {
    Token(HeaderValue),
    Account { user: String, pass: String },
}

/// A server.
pub struct Http {
    client: reqwest::Client,
    base: Url,
    login: Login,
}

impl Http {
    /// The server at this address.
    pub fn new(url: &str, server: &Server) -> Result<Self, Failure> {
        let base = base(url)?;
        // A login is for this server alone, so nobody is followed elsewhere with it.
        let mut client = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE);
        if let Some(path) = &server.ca {
            let pem = std::fs::read(path).map_err(|source| Failure::File { path: path.clone(), source })?;
            let found = Certificate::from_pem_bundle(&pem);
            let found = found.map_err(|error| Failure::Usage(format!("--ca {}: {error}", path.display())))?;
            client = client.tls_certs_merge(found);
        }
        let client =
            client.build().map_err(|error| Failure::Refused(format!("cannot send requests: {}", reason(&error))))?;
        Ok(Self { client, base, login: login(server)? })
    }

    /// Sends a request.
    pub async fn send(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let mut request = self.client.request(method, url);
        request = match &self.login {
            Login::Token(token) => request.header(AUTHORIZATION, token),
            Login::Account { user, pass } => request.basic_auth(user, Some(pass)),
        };
        if let Some((kind, body)) = body {
            request = request.header(CONTENT_TYPE, kind).body(body);
        }
        let failed =
            |error: reqwest::Error| Failure::Refused(format!("cannot reach {}: {}", self.base, reason(&error)));
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(failed)?;
        Ok(Answer { status, body: body.into() })
    }
}

/// The server's address. Without TLS only this machine is reached: a login must not be read on the way.
fn base(url: &str) -> Result<Url, Failure> {
    let wrong = |reason: &str| Failure::Usage(format!("--url {url}: {reason}"));
    let base = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    if !base.username().is_empty() || base.password().is_some() {
        return Err(Failure::Usage(
            "--url: a password does not belong into the address; use HOTDESK_PASSWORD".to_owned(),
        ));
    }
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match base.scheme() {
        "https" => Ok(base),
        "http" if is_here => Ok(base),
        "http" => {
            Err(wrong("use https://, so that the login cannot be read on the way; http:// is for this machine alone"))
        }
        _ => Err(wrong("use an address such as https://hotdesk.example")),
    }
}

fn login(server: &Server) -> Result<Login, Failure> {
    let token = server.token_file.as_deref().map(first_line).transpose()?;
    let is_account = server.account.is_some() && server.token_file.is_none();
    if let Some(token) = token.or_else(|| std::env::var(TOKEN).ok().filter(|_| !is_account)) {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| Failure::Usage("the token has characters that no token has".to_owned()))?;
        header.set_sensitive(true);
        return Ok(Login::Token(header));
    }
    let Some(user) = server.account.clone() else {
        return Err(Failure::Usage(format!(
            "who sends this? Put a token into {TOKEN} or --token-file, or name --account"
        )));
    };
    let pass = server.password_file.as_deref().map(first_line).transpose()?;
    let pass = pass.or_else(|| std::env::var(PASSWORD).ok());
    let missing = || Failure::Usage(format!("put the password of {user} into {PASSWORD} or --password-file"));
    Ok(Login::Account { pass: pass.ok_or_else(missing)?, user })
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The innermost reason, which says most: `connection refused`.
fn reason(error: &dyn std::error::Error) -> String {
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
    fn a_login_is_sent_without_tls_to_this_machine_alone() {
        for url in ["https://hotdesk.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080/"] {
            assert!(base(url).is_ok(), "{url}");
        }
        for url in
            ["http://hotdesk.example", "http://10.0.9.8", "ftp://localhost", "hotdesk.example", "https://a:b@host"]
        {
            assert!(matches!(base(url), Err(Failure::Usage(_))), "{url}");
        }
    }
}
