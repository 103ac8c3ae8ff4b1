//! TLS certificate and key of a simulated dialer.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error as TlsError, ServerConfig};

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity(pub(super) TlsAcceptor);

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity")
    }
}

/// Why a PEM text cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NoIdentity {
    /// It does not contain a certificate and its key.
    #[error("it is not a PEM text with a certificate and its key")]
    NoPem,
    /// The key cannot be used, or does not match the certificate.
    #[error("the key does not match the certificate: {0}")]
    NoKey(#[source] TlsError),
}

impl Identity {
    /// Reads a PEM text with both, as in Asterisk's `tlscertfile`.
    ///
    /// # Errors
    /// See [`NoIdentity`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoIdentity> {
        let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| NoIdentity::NoPem)?;
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| NoIdentity::NoPem)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
            .map_err(NoIdentity::NoKey)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
