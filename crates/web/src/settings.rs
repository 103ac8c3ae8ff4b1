//! Settings of the HTTP server.

use std::time::Duration;

use crate::dialect::Dialect;
use crate::effective_settings::Setting;
use crate::http::address::Proxies;
use crate::mail::Mailer;
use crate::upstream::Upstream;

/// Settings of the HTTP server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Dialect of the Non-Agent API's replies, unless a request asks for the other one.
    pub replies: Dialect,
    /// Whether a plain password is replaced by its digest at the first successful login.
    pub upgrade_passwords: bool,
    /// The trusted proxies.
    pub proxies: Proxies,
    /// Time limit for a client to send a request and to read the reply, and for an idle connection.
    pub client_timeout: Duration,
    /// VICIdial server to which calls of functions that Hotdesk does not have are forwarded.
    pub upstream: Option<Upstream>,
    /// Sends emails; `None` if none can be sent.
    pub mailer: Option<Mailer>,
    /// Requests per second that a caller of the JSON API may make; 0 for no limit.
    pub api_rate: u32,
    /// The settings that the server was started with, as the panel shows them.
    pub effective: Vec<Setting>,
}
