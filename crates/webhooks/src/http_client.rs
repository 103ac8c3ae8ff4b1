//! HTTP client that posts one message.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use fleet::Timestamp;
use fleet::webhooks::{Failure, Outcome, Webhook};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, ClientBuilder, redirect};

use crate::Settings;
use crate::destination::{AddressNotAllowed, Resolver, check};
use crate::signature::sign;

/// Time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time limit of the whole request; shorter than the lease of a subscriber.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a response body that are read, so that the connection can be reused. The body is ignored.
const MAX_RESPONSE: usize = 16 * 1024;

/// A message.
pub(crate) struct Message<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) body: String,
}

/// Posts messages.
pub(crate) struct HttpClient {
    client: Client,
    networks: Arc<fleet::webhooks::Networks>,
}

/// The HTTP client cannot be created.
#[derive(Debug, thiserror::Error)]
#[error("webhooks cannot be sent: {0}")]
pub struct PostError(#[from] reqwest::Error);

impl HttpClient {
    /// Creates a client that follows these settings.
    pub(crate) fn new(settings: &Settings) -> Result<Self, PostError> {
        // Another part of Hotdesk may have installed the same provider.
        rustls::crypto::ring::default_provider().install_default().ok();
        let networks = Arc::new(settings.networks.clone());
        let authorities = Certificate::from_pem_bundle(&settings.authorities)?;
        let builder = || {
            Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(TOTAL_TIMEOUT)
                .redirect(redirect::Policy::none())
                .no_proxy()
                .user_agent(concat!("hotdesk/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(Arc::new(Resolver(Arc::clone(&networks))))
        };
        let with_authorities = |builder: ClientBuilder| match &authorities[..] {
            [] => builder,
            own => builder.tls_certs_merge(own.iter().cloned()),
        };
        let client = with_authorities(builder()).build().or_else(|error| {
            tracing::warn!(%error, "the system has no trusted certificates; webhooks trust only those of webhook_ca");
            builder().tls_certs_only(authorities.clone()).build()
        })?;
        Ok(Self { client, networks })
    }

    /// The networks that messages may go to.
    pub(crate) fn networks(&self) -> &fleet::webhooks::Networks {
        &self.networks
    }

    /// Posts a message; `now` is its timestamp.
    pub(crate) async fn send(&self, webhook: &Webhook, message: Message<'_>, now: Timestamp) -> Outcome {
        // Checked again, because the settings may have changed since the subscriber was created.
        let Ok(url) = check(&webhook.url, &self.networks) else { return Outcome::Failed(Failure::AddressNotAllowed) };
        let timestamp = now.unix();
        let signature = sign(webhook.secrets(now), message.message_id, timestamp, &message.body);
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.message_id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(message.body);
        match request.send().await {
            Ok(mut response) => {
                let mut read = 0;
                while let Ok(Some(chunk)) = response.chunk().await
                    && read <= MAX_RESPONSE
                {
                    read += chunk.len();
                }
                Outcome::Answered(response.status().as_u16())
            }
            Err(error) => Outcome::Failed(failure_of(&error)),
        }
    }
}

/// The reason of a missing response. The error's text is not used, because it contains the address.
fn failure_of(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.is::<AddressNotAllowed>() {
            return Failure::AddressNotAllowed;
        }
        if is_tls_error(found) {
            return Failure::Untrusted;
        }
        cause = found.source();
    }
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable }
}

/// Whether this is a TLS error. TLS errors are wrapped in I/O errors, perhaps twice.
fn is_tls_error(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_tls_error(inner))
}
