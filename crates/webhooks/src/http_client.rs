//! Posting one message.

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

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long all of it may take; a subscriber is held for longer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read, so that the connection can be used again; nobody looks at them.
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

/// No client could be made.
#[derive(Debug, thiserror::Error)]
#[error("webhooks cannot be sent: {0}")]
pub struct PostError(#[from] reqwest::Error);

impl HttpClient {
    /// Posts to where these settings allow.
    pub(crate) fn new(settings: &Settings) -> Result<Self, PostError> {
        // Whoever was first has chosen the same.
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
        let believes = |builder: ClientBuilder| match &authorities[..] {
            [] => builder,
            own => builder.tls_certs_merge(own.iter().cloned()),
        };
        let client = believes(builder()).build().or_else(|error| {
            tracing::warn!(%error, "the system has no certificates to believe, so webhooks trust only those of webhook_ca");
            builder().tls_certs_only(authorities.clone()).build()
        })?;
        Ok(Self { client, networks })
    }

    /// Where messages may go.
    pub(crate) fn networks(&self) -> &fleet::webhooks::Networks {
        &self.networks
    }

    /// Posts a message at this time.
    pub(crate) async fn send(&self, webhook: &Webhook, message: Message<'_>, now: Timestamp) -> Outcome {
        // Also what was allowed when the subscriber was made.
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
            Ok(mut answer) => {
                let mut read = 0;
                while let Ok(Some(chunk)) = answer.chunk().await
                    && read <= MAX_RESPONSE
                {
                    read += chunk.len();
                }
                Outcome::Answered(answer.status().as_u16())
            }
            Err(error) => Outcome::Failed(failure_of(&error)),
        }
    }
}

/// Why there was no answer. What the error says is not looked at: it has the address in it.
fn failure_of(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.is::<AddressNotAllowed>() {
            return Failure::AddressNotAllowed;
        }
        if is_of_tls(found) {
            return Failure::Untrusted;
        }
        cause = found.source();
    }
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable }
}

/// What TLS has to say comes wrapped up in what reading and writing have, perhaps twice.
fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_of_tls(inner))
}
