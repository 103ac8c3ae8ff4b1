//! Webhooks: messages to programs elsewhere that want to know what happens here.
//!
//! Each subscriber has a task of its own ([`subscriber`]), so that one that is slow holds nobody else up. Several Hotdesks may
//! share a database: for each subscriber, one of them delivers. A message is signed ([`signature`]) and goes only where it
//! may ([`destination`]). What is told, in which order, and when it is tried again is decided in `fleet::webhooks`.

mod destination;
mod dispatcher;
mod http_client;
mod metrics;
mod signature;
mod subscriber;

use fleet::webhooks::Networks;

pub use destination::{DestinationError, check};
pub use dispatcher::{Dispatcher, TestError};
pub use http_client::PostError;
pub use metrics::Metrics;
pub use signature::new_secret;

/// How messages are sent.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where they may go.
    pub networks: Networks,
    /// Certificates, as PEM, that are believed besides the system's; empty for none.
    pub authorities: Vec<u8>,
}
