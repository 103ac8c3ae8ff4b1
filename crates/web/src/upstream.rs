//! Client of an upstream VICIdial server. Calls of functions that Hotdesk does not have are forwarded to it,
//! and its reply is returned unchanged, so scripts that manage leads keep working when Hotdesk is put in
//! front of a cluster.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT, VIA};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use fleet::non_agent_api;
use reqwest::{Client, Url};

/// Connect timeout.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Read timeout. Some reports take a long time.
const SILENT_AT_MOST: Duration = Duration::from_mins(2);

/// Value of the `Via` header, by which two servers that forward to each other detect the loop.
const HOP: &str = "1.1 hotdesk";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Request headers that are forwarded.
const FORWARDED: [HeaderName; 4] = [ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT];

/// An API of the upstream server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// The Non-Agent API, at the configured address.
    NonAgent,
    /// The Agent API, at its usual path relative to the Non-Agent API.
    Agent,
}

/// The paths of the Non-Agent API and of the Agent API below their common directory.
const PATHS: (&str, &str) = ("vicidial/non_agent_api.php", "agc/api.php");

/// Upstream server, and the calls that are forwarded to it.
#[derive(Debug, Clone)]
pub struct Upstream {
    address: Url,
    /// Functions that Hotdesk has but that are forwarded anyway.
    also: Vec<String>,
    client: Client,
}

/// Invalid upstream configuration.
#[derive(Debug, thiserror::Error)]
pub enum NoUpstream {
    /// The value is not a URL.
    #[error("`{0}` is not a valid URL: use, for example, https://vicidial.example/vicidial/non_agent_api.php")]
    NoAddress(String),
    /// The URL contains a user or a password, which would be sent with every call.
    #[error("the URL must not contain a user or a password: callers send their own")]
    Account,
    /// Hotdesk does not have this function, so its calls are forwarded anyway.
    #[error("Hotdesk does not have the function `{0}`, so its calls are forwarded anyway: leave it out")]
    NoFunction(String),
    /// The system has no certificates, or they cannot be read.
    #[error("cannot create an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

impl Upstream {
    /// Creates a client for the API at this URL. Calls of functions that Hotdesk does not have, and of the
    /// functions in `also`, are forwarded.
    ///
    /// # Errors
    /// [`NoUpstream`].
    pub fn new(address: &str, also: Vec<String>) -> Result<Self, NoUpstream> {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| NoUpstream::NoAddress(address.to_owned()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NoUpstream::Account);
        }
        let is_had = |name: &String| name == "version" || non_agent_api::function(name).is_some();
        if let Some(unknown) = also.iter().find(|name| !is_had(name)) {
            return Err(NoUpstream::NoFunction(unknown.clone()));
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENT_AT_MOST)
            // A redirect is returned like any other reply; the caller may follow it.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { address: url, also, client })
    }

    /// The URL of the upstream server.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_str()
    }

    /// Whether calls of this function are forwarded although Hotdesk has it.
    pub(crate) fn forwards(&self, function: &str) -> bool {
        self.also.iter().any(|name| name == function)
    }

    /// Forwards a request and returns the reply unchanged.
    ///
    /// # Errors
    /// [`ForwardError`]; it is then unknown whether the upstream server has executed the call.
    pub(crate) async fn forward(
        &self,
        api: Api,
        parts: &Parts,
        body: Bytes,
        from: IpAddr,
    ) -> Result<Response, ForwardError> {
        let via = |value: &HeaderValue| value.to_str().is_ok_and(|hops| hops.contains(HOP));
        if parts.headers.get_all(VIA).iter().any(via) {
            return Err(ForwardError::Circle);
        }
        let mut address = self.address.clone();
        if api == Api::Agent {
            let directory = address.path().strip_suffix(PATHS.0).unwrap_or("/").to_owned();
            address.set_path(&format!("{directory}{}", PATHS.1));
        }
        address.set_query(parts.uri.query());
        let mut headers = HeaderMap::new();
        for name in FORWARDED {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(VIA, HeaderValue::from_static(HOP));
        if let Ok(from) = HeaderValue::from_str(&from.to_string()) {
            headers.insert(FORWARDED_FOR, from);
        }
        let request = self.client.request(parts.method.clone(), address).headers(headers).body(body);
        // The URL in the error would contain the query, and with it the password.
        let reply = request.send().await.map_err(|error| ForwardError::Unreachable(error.without_url()))?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = reply.status();
        for name in [CONTENT_TYPE, CACHE_CONTROL] {
            if let Some(value) = reply.headers().get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        *response.body_mut() = Body::new(reqwest::Body::from(reply));
        Ok(response)
    }
}

/// A request could not be forwarded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    /// The request was forwarded by a Hotdesk server already.
    #[error("the request has already been forwarded by a Hotdesk server")]
    Circle,
    /// The upstream server is unreachable or does not respond.
    #[error("the upstream server does not respond: {0}")]
    Unreachable(reqwest::Error),
}
