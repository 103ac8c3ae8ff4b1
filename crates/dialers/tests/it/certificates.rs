//! Certificates for tests.

use std::sync::Arc;

use dialers::simulator::Identity;
use dialers::tls::Authorities;
use fleet::{Clock, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Years between which the certificates are valid.
const YEARS: (i32, i32) = (2020, 2030);

/// A time in that range, in Unix seconds: 2026.
pub const VALID: i64 = 1_780_000_000;

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, as given to Hotdesk.
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("Operator")
    }

    pub fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Signs a certificate for this host. Returns certificate and key in one PEM text.
    pub fn sign(&self, host: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let certificate = params(&[host]).signed_by(&key, &self.issuer).unwrap();
        certificate.pem() + &key.serialize_pem()
    }

    /// Trust in this authority, in 2026.
    pub fn trusted(&self) -> Authorities {
        trusting(&self.pem, VALID)
    }
}

fn params(hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.not_before = rcgen::date_time_ymd(YEARS.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(YEARS.1, 1, 1);
    params
}

/// A fixed clock.
pub struct FixedClock(pub i64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0)
    }
}

/// Trust in the certificates of this PEM text, at this time.
pub fn trusting(pem: &str, unix: i64) -> Authorities {
    Authorities::from_pem(pem.as_bytes(), Arc::new(FixedClock(unix))).unwrap()
}

/// A self-signed certificate for this host with its key, optionally marked as an authority's.
pub fn self_signed(host: &str, is_authority: bool) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = params(&[host]);
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.self_signed(&key).unwrap().pem() + &key.serialize_pem()
}

pub fn identity(pem: &str) -> Identity {
    Identity::from_pem(pem.as_bytes()).unwrap()
}
