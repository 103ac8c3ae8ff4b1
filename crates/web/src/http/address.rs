//! Client address of a request, and the scheme and host that the client used.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;

/// The peer of a connection, as the accept loop saw it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The client's address: the peer's, or if the peer is a trusted proxy, the last address before it that is
/// not a trusted proxy. Addresses that a client puts into these headers itself are further left, so they are
/// never used.
#[must_use]
pub fn client(peer: Peer, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> IpAddr {
    let mut client = peer.0.ip().to_canonical();
    if !trusted_proxies.contains(&client) {
        return client;
    }
    for hop in hops(headers).into_iter().rev() {
        let Some(hop) = hop else { return client };
        client = hop;
        if !trusted_proxies.contains(&client) {
            break;
        }
    }
    client
}

/// Whether the client used HTTPS, according to a trusted proxy.
#[must_use]
pub fn is_https(peer: Peer, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> bool {
    if !trusted_proxies.contains(&peer.0.ip().to_canonical()) {
        return false;
    }
    let last = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).next_back();
    let forwarded = last(FORWARDED.as_str()).and_then(|value| value.rsplit(',').next());
    let proto = forwarded.map_or_else(
        || last("x-forwarded-proto").and_then(|value| value.rsplit(',').next()).map(str::trim),
        |element| parameter(element, "proto"),
    );
    proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// The requested host, according to a trusted proxy or the request itself.
#[must_use]
pub fn host<'a>(peer: Peer, headers: &'a HeaderMap, trusted_proxies: &[IpAddr]) -> Option<&'a str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_from_proxy = trusted_proxies.contains(&peer.0.ip().to_canonical());
    text("x-forwarded-host").filter(|_| is_from_proxy).or_else(|| text("host"))
}

/// The addresses that proxies have recorded, farthest first; `None` for a hidden or unreadable one.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let forwarded: Vec<_> = values(FORWARDED.as_str()).flat_map(|value| value.split(',')).map(forwarded_for).collect();
    if !forwarded.is_empty() {
        return forwarded;
    }
    values("x-forwarded-for").flat_map(|value| value.split(',')).map(address).collect()
}

/// The `for=` of one element of a `Forwarded` header (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    address(parameter(element, "for")?)
}

/// A parameter of one element of a `Forwarded` header.
fn parameter<'a>(element: &'a str, wanted: &str) -> Option<&'a str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    Some(value.trim_matches('"'))
}

/// An address with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let socket = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    socket().or_else(bare).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, header: &'static str, value: &str, trusted: &[&str]) -> String {
        let peer = Peer(SocketAddr::new(peer.parse().unwrap(), 4711));
        let headers = HeaderMap::from_iter([(header.parse().unwrap(), value.parse().unwrap())]);
        let trusted: Vec<IpAddr> = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        client(peer, &headers, &trusted).to_string()
    }

    #[test]
    fn a_header_is_used_only_from_a_trusted_proxy() {
        assert_eq!(seen("192.0.2.7", "x-forwarded-for", "10.1.1.1", &[]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", "x-forwarded-for", "10.1.1.1", &["127.0.0.1"]), "10.1.1.1");
    }

    #[test]
    fn an_address_that_the_client_claims_is_not_used() {
        assert_eq!(seen("127.0.0.1", "x-forwarded-for", "6.6.6.6, 10.1.1.1", &["127.0.0.1"]), "10.1.1.1");
        let trusted = ["127.0.0.1", "10.1.1.1"];
        assert_eq!(seen("127.0.0.1", "x-forwarded-for", "6.6.6.6, 10.1.1.1", &trusted), "6.6.6.6");
    }

    #[test]
    fn the_standard_header_is_read_with_ports_and_brackets() {
        let value = r#"for=192.0.2.43;proto=https, For="[2001:db8::7]:4711";by=203.0.113.43"#;
        assert_eq!(seen("127.0.0.1", "forwarded", value, &["127.0.0.1"]), "2001:db8::7");
    }

    #[test]
    fn only_a_trusted_proxy_can_report_https() {
        let told = |header: &'static str, value: &'static str, trusted: &[IpAddr]| {
            let headers = HeaderMap::from_iter([(header.parse().unwrap(), value.parse().unwrap())]);
            is_https(Peer("127.0.0.1:4711".parse().unwrap()), &headers, trusted)
        };
        let proxy = [[127, 0, 0, 1].into()];
        assert!(told("x-forwarded-proto", "https", &proxy));
        assert!(told("forwarded", "for=192.0.2.43;proto=http, for=10.1.1.1; Proto=\"https\"", &proxy));
        assert!(!told("x-forwarded-proto", "https", &[]));
        assert!(!told("x-forwarded-proto", "https, http", &proxy));
        assert!(!told("forwarded", "for=192.0.2.43", &proxy));
    }

    #[test]
    fn with_a_hidden_address_the_proxys_own_is_used() {
        assert_eq!(seen("127.0.0.1", "forwarded", "for=_hidden", &["127.0.0.1"]), "127.0.0.1");
    }

    #[test]
    fn an_ipv4_peer_on_an_ipv6_socket_counts_as_ipv4() {
        assert_eq!(seen("::ffff:192.0.2.7", "x-forwarded-for", "", &[]), "192.0.2.7");
    }
}
