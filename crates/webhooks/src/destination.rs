//! Check of webhook destinations. The checked address is the one that is connected to, so a name that resolves
//! differently later cannot bypass the check.

use std::net::IpAddr;
use std::sync::Arc;

use fleet::webhooks::Networks;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Length limit of a URL, in bytes.
const MAX_LENGTH: usize = 1000;

/// Why a URL cannot be a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// It is not an absolute URL, or it is too long.
    #[error("not a URL")]
    NoUrl,
    /// Neither `http` nor `https`.
    #[error("neither http nor https")]
    NotHttp,
    /// It contains a user or a password, which would be shown with it.
    #[error("contains a user or a password")]
    HasUser,
    /// It contains a fragment, which is never sent.
    #[error("contains a fragment")]
    HasFragment,
    /// Messages must not go to its address.
    #[error("its address is not allowed")]
    NotAllowed,
}

/// Checks a destination. A host name is resolved for each message, and its addresses are checked then.
///
/// # Errors
/// [`DestinationError`] says why the URL cannot be a destination.
pub fn check(text: &str, networks: &Networks) -> Result<Url, DestinationError> {
    if text.len() > MAX_LENGTH || text.chars().any(char::is_control) {
        return Err(DestinationError::NoUrl);
    }
    let url = Url::parse(text).map_err(|_| DestinationError::NoUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(DestinationError::NotHttp);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(DestinationError::HasUser);
    }
    if url.fragment().is_some() {
        return Err(DestinationError::HasFragment);
    }
    match address(&url) {
        Some(address) if !networks.allow(address) => Err(DestinationError::NotAllowed),
        _ => Ok(url),
    }
}

/// The IP address in a URL, if it has one. It is not resolved, so [`Resolver`] never checks it.
fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// DNS resolver that returns only allowed addresses.
pub(crate) struct Resolver(pub(crate) Arc<Networks>);

/// None of the addresses of a host name is allowed.
#[derive(Debug, thiserror::Error)]
#[error("no address of this host is allowed")]
pub(crate) struct AddressNotAllowed;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = Arc::clone(&self.0);
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<_> = found.into_iter().filter(|address| networks.allow(address.ip())).collect();
            if allowed.is_empty() {
                return Err(AddressNotAllowed.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_in_every_notation() {
        let checked = |text: &str| check(text, &Networks::default()).map(|url| url.to_string());
        assert_eq!(checked("https://receiver.example/hook?x=1"), Ok("https://receiver.example/hook?x=1".into()));
        assert_eq!(checked("http://10.0.9.8:8080/"), Ok("http://10.0.9.8:8080/".into()));
        for inside in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://0/",
        ] {
            assert_eq!(checked(inside), Err(DestinationError::NotAllowed), "{inside}");
        }
        for (text, why) in [
            ("", DestinationError::NoUrl),
            ("receiver.example", DestinationError::NoUrl),
            ("/hook", DestinationError::NoUrl),
            ("https://", DestinationError::NoUrl),
            ("https://a.example/\nX: y", DestinationError::NoUrl),
            ("ftp://a.example/", DestinationError::NotHttp),
            ("file:///etc/passwd", DestinationError::NotHttp),
            ("https://user:pass@a.example/", DestinationError::HasUser),
            ("https://user@a.example/", DestinationError::HasUser),
            ("https://a.example/#x", DestinationError::HasFragment),
        ] {
            assert_eq!(checked(text), Err(why), "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused_unless_allowed() {
        let resolve = |networks: Networks| Resolver(Arc::new(networks)).resolve("localhost".parse().unwrap());
        let refused = resolve(Networks::default()).await.err().unwrap();
        assert!(refused.is::<AddressNotAllowed>(), "{refused}");
        let own = Networks::new(vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
        assert!(resolve(own).await.unwrap().count() > 0);
    }
}
