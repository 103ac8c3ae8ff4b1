//! Webhooks: signed messages about changes to subscribed programs.
//!
//! Each subscriber has its own task ([`subscriber`]), so that a slow one does not delay the others. If several nodes
//! share a database, one of them delivers to all subscribers. A message is signed ([`signature`]) and goes only to
//! allowed destinations ([`destination`]). `fleet::webhooks` decides which events are sent, in which order, and when an
//! attempt is repeated.

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

/// Settings of the delivery.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The networks that messages may go to.
    pub networks: Networks,
    /// Certificates, as PEM, that are trusted in addition to the system's; empty for none.
    pub authorities: Vec<u8>,
}
