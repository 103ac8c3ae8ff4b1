//! Client of an upstream VICIdial: functions that Hotdesk does not have are forwarded to it, and its reply is returned unchanged. So
//! Hotdesk can stand in front of a cluster whose lead scripts go on working.

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

/// How long it may take until the other side takes the connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long the other side may be silent: some of its reports take their time.
const SILENT_AT_MOST: Duration = Duration::from_mins(2);

/// What is told of the way, so that two that pass on to each other notice it.
const HOP: &str = "1.1 hotdesk";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Headers of a request that the other side is told too.
const SENT_ON: [HeaderName; 4] = [ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT];

/// The other side, and what is passed on to it.
#[derive(Debug, Clone)]
pub struct Upstream {
    address: Url,
    /// Functions that Hotdesk has, and that are passed on all the same.
    also: Vec<String>,
    client: Client,
}

/// Why nothing can be passed on to an address.
#[derive(Debug, thiserror::Error)]
pub enum NoUpstream {
    /// It is none.
    #[error("`{0}` is no address: use, for example, https://vicidial.example/vicidial/non_agent_api.php")]
    NoAddress(String),
    /// It holds a user or a password, which would be sent with every call.
    #[error("the address must not hold a user or a password: callers send their own")]
    Account,
    /// A function that Hotdesk does not have is passed on anyway.
    #[error("`{0}` is no function that Hotdesk has, so it is passed on anyway: leave it out")]
    NoFunction(String),
    /// The system has no certificates, or none that can be read.
    #[error("no client for it can be made: {0}")]
    Client(#[from] reqwest::Error),
}

impl Upstream {
    /// The API at this address; it gets the functions that Hotdesk does not have, and these.
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
            // A redirect is the caller's to follow: it is given back like any other reply.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { address: url, also, client })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_str()
    }

    /// Whether calls of this function, which Hotdesk has, are forwarded all the same.
    pub(crate) fn forwards(&self, function: &str) -> bool {
        self.also.iter().any(|name| name == function)
    }

    /// Passes a request on. The reply comes as the other side sends it.
    ///
    /// # Errors
    /// [`ForwardError`]; whether the other side has carried the call out is not known then.
    pub(crate) async fn forward(&self, parts: &Parts, body: Bytes, from: IpAddr) -> Result<Response, ForwardError> {
        let via = |value: &HeaderValue| value.to_str().is_ok_and(|hops| hops.contains(HOP));
        if parts.headers.get_all(VIA).iter().any(via) {
            return Err(ForwardError::Circle);
        }
        let mut address = self.address.clone();
        address.set_query(parts.uri.query());
        let mut headers = HeaderMap::new();
        for name in SENT_ON {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(VIA, HeaderValue::from_static(HOP));
        if let Ok(from) = HeaderValue::from_str(&from.to_string()) {
            headers.insert(FORWARDED_FOR, from);
        }
        let request = self.client.request(parts.method.clone(), address).headers(headers).body(body);
        // The address in an error would have the query in it, and that the password.
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

/// A request was not passed on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    /// It came from a Hotdesk that passes on to this one.
    #[error("the request has been passed on by a Hotdesk already")]
    Circle,
    /// The other side could not be reached, or does not answer.
    #[error("the other side does not answer: {0}")]
    Unreachable(reqwest::Error),
}
