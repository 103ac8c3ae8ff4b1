//! Networks that webhook messages may be sent to. Without this restriction, a webhook could reach services that listen only on
//! Hotdesk's own machine, or a cloud's metadata service.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// A network: an address and a prefix length, such as `10.0.0.0/8`; without a length, a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network: use, for example, 10.0.0.0/8")]
pub struct NoNetwork(String);

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let wrong = || NoNetwork(text.to_owned());
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > all { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// The networks that messages may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// Allows only these networks. An empty list allows all addresses except those of the own machine and link-local ones.
    #[must_use]
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether a message may be sent to this address.
    #[must_use]
    pub fn allow(&self, address: IpAddr) -> bool {
        // `::ffff:127.0.0.1` is `127.0.0.1`.
        let address = address.to_canonical();
        if self.0.is_empty() { is_elsewhere(address) } else { self.0.iter().any(|network| network.has(address)) }
    }
}

/// Whether an address belongs to another machine and is not link-local.
fn is_elsewhere(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_this_network = address.octets()[0] == 0;
            let is_reserved = address.octets()[0] >= 240;
            !(address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || is_this_network
                || is_reserved)
        }
        IpAddr::V6(address) => {
            let embedded_v4 = match address.segments() {
                // NAT64 (including local-use prefixes), 6to4, IPv4-translated and IPv4-compatible addresses contain an IPv4
                // address.
                [0x64, 0xff9b, 0, 0, 0, 0, high, low]
                | [0x64, 0xff9b, 1, _, _, _, high, low]
                | [0x2002, high, low, ..]
                | [0, 0, 0, 0, 0xffff | 0, 0, high, low] => {
                    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
                }
                _ => None,
            };
            let is_unicast = !(address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unicast_link_local());
            is_unicast && embedded_v4.is_none_or(|inner| is_elsewhere(IpAddr::V4(inner)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(networks: &[&str], address: &str) -> bool {
        let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        Networks::new(networks).allow(address.parse().unwrap())
    }

    #[test]
    fn own_machine_and_link_local_addresses_are_refused_by_default() {
        for refused_address in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "64:ff9b:1::7f00:1",
            "::ffff:0:127.0.0.1",
        ] {
            assert!(!allowed(&[], refused_address), "{refused_address}");
        }
        for allowed_address in
            ["10.0.9.8", "192.168.1.1", "172.16.0.1", "8.8.8.8", "2001:db8::1", "fd00::1", "64:ff9b::808:808"]
        {
            assert!(allowed(&[], allowed_address), "{allowed_address}");
        }
    }

    #[test]
    fn configured_networks_replace_the_default() {
        let own = ["127.0.0.0/8", "10.1.2.3", "fd00::/8"];
        for allowed_address in ["127.0.0.1", "10.1.2.3", "fd12::1", "::ffff:10.1.2.3"] {
            assert!(allowed(&own, allowed_address), "{allowed_address}");
        }
        for refused_address in ["10.1.2.4", "8.8.8.8", "fe80::1", "::1"] {
            assert!(!allowed(&own, refused_address), "{refused_address}");
        }
        assert!(allowed(&["0.0.0.0/0"], "169.254.169.254") && allowed(&["::/0"], "::1"));
    }

    #[test]
    fn invalid_networks_are_refused() {
        for wrong in ["", "10.0.0.0/33", "10.0.0", "10.0.0.0/x", "fd00::/129", "localhost"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
