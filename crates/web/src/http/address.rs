//! Client address of a request, and the scheme and host that the client used.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;

/// The peer of a connection, as the accept loop saw it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Header in which the proxies report the client's address. The other one may come from the client, so it is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, with `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The trusted proxies, and the header that they set.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Their addresses.
    pub addresses: Vec<IpAddr>,
    /// The header that they set.
    pub header: ForwardedHeader,
}

impl Proxies {
    /// The client's address: the peer's, or if the peer is a trusted proxy, the last address before it that is
    /// not a trusted proxy. Addresses that a client puts into the header itself are further left, so they are
    /// never used.
    #[must_use]
    pub fn client(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.0.ip().to_canonical();
        if !self.addresses.contains(&client) {
            return client;
        }
        for hop in self.hops(headers).rev() {
            let Some(hop) = hop else { return client };
            client = hop;
            if !self.addresses.contains(&client) {
                break;
            }
        }
        client
    }

    /// Whether the peer is a trusted proxy.
    #[must_use]
    pub fn contains(&self, peer: Peer) -> bool {
        self.addresses.contains(&peer.0.ip().to_canonical())
    }

    /// Whether the client used HTTPS, according to a trusted proxy.
    #[must_use]
    pub fn is_https(&self, peer: Peer, headers: &HeaderMap) -> bool {
        if !self.contains(peer) {
            return false;
        }
        let last = |name| {
            let value = headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
            value.and_then(|value| value.rsplit(',').next())
        };
        let proto = match self.header {
            ForwardedHeader::XForwardedFor => last("x-forwarded-proto").map(str::trim),
            ForwardedHeader::Forwarded => last(FORWARDED.as_str()).and_then(|element| parameter(element, "proto")),
        };
        proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
    }

    /// The requested host, according to a trusted proxy or the request itself.
    #[must_use]
    pub fn host<'a>(&self, peer: Peer, headers: &'a HeaderMap) -> Option<&'a str> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        text("x-forwarded-host").filter(|_| self.contains(peer)).or_else(|| text("host"))
    }

    /// The addresses that proxies have recorded, farthest first; `None` for a hidden or unreadable one. A value that is not
    /// text is one unreadable address, so that nothing before it is used.
    fn hops<'a>(&self, headers: &'a HeaderMap) -> impl DoubleEndedIterator<Item = Option<IpAddr>> + 'a {
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ForwardedHeader::XForwardedFor => ("x-forwarded-for", address),
            ForwardedHeader::Forwarded => (FORWARDED.as_str(), forwarded_for),
        };
        let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        values.flat_map(|value| value.split(',')).map(read)
    }
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

    /// The setting that a deployment whose proxy sets this header has.
    fn expected(header: &str) -> ForwardedHeader {
        if header == "forwarded" { ForwardedHeader::Forwarded } else { ForwardedHeader::XForwardedFor }
    }

    fn seen(peer: &str, header: &'static str, value: &str, trusted: &[&str]) -> String {
        let peer = Peer(SocketAddr::new(peer.parse().unwrap(), 4711));
        let headers = HeaderMap::from_iter([(header.parse().unwrap(), value.parse().unwrap())]);
        let addresses = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Proxies { addresses, header: expected(header) }.client(peer, &headers).to_string()
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
        let reported = |header: &'static str, value: &'static str, trusted: &[IpAddr]| {
            let headers = HeaderMap::from_iter([(header.parse().unwrap(), value.parse().unwrap())]);
            let proxies = Proxies { addresses: trusted.to_vec(), header: expected(header) };
            proxies.is_https(Peer("127.0.0.1:4711".parse().unwrap()), &headers)
        };
        let proxy = [[127, 0, 0, 1].into()];
        assert!(reported("x-forwarded-proto", "https", &proxy));
        assert!(reported("forwarded", "for=192.0.2.43;proto=http, for=10.1.1.1; Proto=\"https\"", &proxy));
        assert!(!reported("x-forwarded-proto", "https", &[]));
        assert!(!reported("x-forwarded-proto", "https, http", &proxy));
        assert!(!reported("forwarded", "for=192.0.2.43", &proxy));
    }

    #[test]
    fn the_header_that_the_proxy_does_not_set_is_ignored() {
        let client = "192.0.2.7";
        let (own, other) = (("x-forwarded-for", client), ("forwarded", "for=6.6.6.6;proto=https"));
        let headers: HeaderMap =
            [own, other].into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let peer = Peer("127.0.0.1:4711".parse().unwrap());
        let proxies = Proxies { addresses: vec![[127, 0, 0, 1].into()], ..Proxies::default() };
        assert_eq!(proxies.client(peer, &headers).to_string(), client);
        assert!(!proxies.is_https(peer, &headers), "the client sent the `Forwarded` header");
    }

    #[test]
    fn nothing_before_an_unreadable_value_is_used() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6".parse().unwrap());
        headers.append("x-forwarded-for", axum::http::HeaderValue::from_bytes(b"\xff").unwrap());
        let proxies = Proxies { addresses: vec![[127, 0, 0, 1].into()], ..Proxies::default() };
        assert_eq!(proxies.client(Peer("127.0.0.1:4711".parse().unwrap()), &headers).to_string(), "127.0.0.1");
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
