//! TLS to a dialer: whose certificates are believed, and what was wrong with one that was not.

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

/// Whose certificates are believed. The system's own list is not asked: a dialer's certificate is the operator's.
#[derive(Clone)]
pub struct Authorities(Arc<ClientConfig>);

impl fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Authorities")
    }
}

/// Why a file does not say whose certificates are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAuthorities {
    /// It is no PEM file.
    #[error("it is no PEM file")]
    NoPem,
    /// It is one, perhaps, but has no certificate in it.
    #[error("it holds no certificate")]
    NoCertificate,
    /// A certificate in it is broken.
    #[error("certificate {number} in it cannot be read")]
    Broken {
        /// Which one, from 1.
        number: usize,
    },
}

impl Authorities {
    /// The certificates of a PEM file: of authorities, or of the dialers themselves. What else is in it is passed over. The
    /// clock tells whether a certificate has expired.
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
            // The provider is the one that those versions are made for.
            .map_err(|_| NoAuthorities::NoCertificate)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // A dialer that has been restarted has forgotten all sessions.
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

/// That a dialer is reached with TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Its host as it is configured: the name or the address that its certificate must be for.
    pub host: String,
    /// Whose certificates are believed. `None` if nobody said; then the dialer is not contacted at all.
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
    /// No authority that is believed has signed it.
    #[error("no authority that is believed has signed it")]
    UnknownIssuer,
    /// It is for another host.
    #[error("it is not for this host")]
    OtherName,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet")]
    NotYet,
    /// It is an authority's own, and a server's must not be.
    #[error("it is marked as an authority's (CA:TRUE), which a server's must not be")]
    Authority,
    /// Something else, in the TLS library's words.
    #[error("{0}")]
    Other(String),
}

impl From<CertificateError> for Distrust {
    fn from(error: CertificateError) -> Self {
        match error {
            // The signature is wrong where an authority of the same name is believed.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYet,
            // The library has a name for it, but no variant.
            CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity" => Self::Authority,
            other => Self::Other(other.to_string()),
        }
    }
}
