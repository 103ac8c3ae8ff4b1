//! TLS to a dialer: trusted authorities, and why a certificate was not trusted.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fleet::Clock;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{CertificateError, ClientConfig, RootCertStore};

/// Trusted certificate authorities. The system's store is not used: dialers' certificates come from the operator.
#[derive(Clone)]
pub struct Authorities(Arc<ClientConfig>);

impl fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Authorities")
    }
}

/// Why a file of authorities cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAuthorities {
    /// It is not a PEM file.
    #[error("it is not a PEM file")]
    NoPem,
    /// It contains no certificate.
    #[error("it holds no certificate")]
    NoCertificate,
    /// A certificate in it cannot be parsed.
    #[error("certificate {number} in it cannot be read")]
    Broken {
        /// The certificate's position, from 1.
        number: usize,
    },
}

impl Authorities {
    /// Reads the certificates of a PEM file: of authorities, or of the dialers themselves. Other contents are skipped.
    /// The clock decides whether a certificate has expired.
    ///
    /// # Errors
    /// See [`NoAuthorities`].
    pub fn from_pem(pem: &[u8], clock: Arc<dyn Clock>) -> Result<Self, NoAuthorities> {
        let mut roots = RootCertStore::empty();
        for (place, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let certificate = certificate.map_err(|_| NoAuthorities::NoPem)?;
            roots.add(certificate).map_err(|_| NoAuthorities::Broken { number: place + 1 })?;
        }
        if roots.is_empty() {
            return Err(NoAuthorities::NoCertificate);
        }
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(ByClock(clock)))
            .with_safe_default_protocol_versions()
            // Cannot fail: the provider supports these versions.
            .map_err(|_| NoAuthorities::NoCertificate)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // A restarted dialer has no TLS sessions to resume.
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

struct ByClock(Arc<dyn Clock>);

impl fmt::Debug for ByClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ByClock")
    }
}

impl TimeProvider for ByClock {
    fn current_time(&self) -> Option<UnixTime> {
        let milliseconds = u64::try_from(self.0.now().unix_ms()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(milliseconds)))
    }
}

/// TLS settings of one dialer.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The configured host: the name or address that the certificate must be valid for.
    pub host: String,
    /// Trusted authorities. `None` if none are configured; then the dialer is not contacted.
    pub authorities: Option<Authorities>,
}

impl Tls {
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, Distrust> {
        ServerName::try_from(self.host.clone()).map_err(|_| Distrust::OtherName)
    }
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It is not signed by a trusted authority.
    #[error("it is not signed by a trusted authority")]
    UnknownIssuer,
    /// It is for another host.
    #[error("it is not for this host")]
    OtherName,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    NotYet,
    /// It is marked as an authority's certificate, which a server's must not be.
    #[error("it is marked as an authority's (CA:TRUE), which a server's must not be")]
    Authority,
    /// Another reason; with the TLS library's message.
    #[error("{0}")]
    Other(String),
}

impl From<CertificateError> for Distrust {
    fn from(error: CertificateError) -> Self {
        match error {
            // The signature is wrong if a trusted authority has the same name.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYet,
            // The library has no variant for this error.
            CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity" => Self::Authority,
            other => Self::Other(other.to_string()),
        }
    }
}
