//! Certificates that are made for a test.

use std::sync::Arc;

use dialers::simulator::Identity;
use dialers::tls::Authorities;
use fleet::{Clock, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Their first and their last year.
const YEARS: (i32, i32) = (2020, 2030);

/// A time in between, in unix seconds: 2026.
pub const VALID: i64 = 1_780_000_000;

/// An authority, and what it signs.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, as the operator gives it to Hotdesk.
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        Self::called("Operator")
    }

    pub fn called(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for this host and its key, in one PEM text.
    pub fn sign(&self, host: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let certificate = params(&[host]).signed_by(&key, &self.issuer).unwrap();
        certificate.pem() + &key.serialize_pem()
    }

    /// Whoever believes this authority, in 2026.
    pub fn believed(&self) -> Authorities {
        believed(&self.pem, VALID)
    }
}

fn params(hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.not_before = rcgen::date_time_ymd(YEARS.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(YEARS.1, 1, 1);
    params
}

/// A clock that stands still.
pub struct At(pub i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0)
    }
}

/// Whoever believes the certificates of this PEM text, at this time.
pub fn believed(pem: &str, unix: i64) -> Authorities {
    Authorities::from_pem(pem.as_bytes(), Arc::new(At(unix))).unwrap()
}

/// A certificate for this host that has signed itself, and its key; marked as an authority's or not.
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
