//! Same-origin check: refuses requests that another site's page sends through the browser of an authenticated user.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

use crate::http::address::{Peer, Proxies};

/// Whether the browser reports that another site's page sent the request. Programs report nothing, so they pass.
pub(crate) fn is_cross_site(peer: Peer, headers: &HeaderMap, proxies: &Proxies) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // Newer browsers report this directly, but only over HTTPS.
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    if !headers.contains_key(ORIGIN) {
        return false;
    }
    let origin = text(ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    let Some((_, origin)) = origin else { return true };
    let is_origin = |host: &str| host.trim().eq_ignore_ascii_case(origin);
    let forwarded = text("x-forwarded-host").filter(|_| proxies.contains(peer));
    !(text(HOST.as_str()).is_some_and(is_origin) || forwarded.is_some_and(is_origin))
}

/// Whether the user followed a link on another site; the browser then does not send `SameSite=Strict` cookies.
pub(crate) fn is_cross_site_navigation(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let proxies = Proxies { addresses: vec![[127, 0, 0, 1].into()], ..Proxies::default() };
        is_cross_site(Peer("127.0.0.1:4711".parse().unwrap()), &headers.collect(), &proxies)
    }

    #[test]
    fn a_request_of_a_program_is_not_cross_site() {
        assert!(!foreign(&[("host", "desk.example")]));
    }

    #[test]
    fn the_origin_must_match_the_requested_host() {
        let host = ("host", "desk.example:8080");
        assert!(!foreign(&[host, ("origin", "http://desk.example:8080")]));
        assert!(!foreign(&[
            ("host", "inner"),
            ("x-forwarded-host", "desk.example"),
            ("origin", "https://desk.example")
        ]));
        for origin in ["http://desk.example", "http://evil.example:8080", "null", ""] {
            assert!(foreign(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(foreign(&[("origin", "http://desk.example")]));
    }

    #[test]
    fn sec_fetch_site_takes_precedence_over_origin() {
        assert!(!foreign(&[("sec-fetch-site", "same-origin"), ("origin", "https://renamed.example")]));
        for site in ["cross-site", "same-site"] {
            assert!(foreign(&[("sec-fetch-site", site)]), "{site}");
        }
    }
}
