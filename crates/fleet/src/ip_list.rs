//! IP lists: matching addresses against a list's entries.

use std::net::IpAddr;

/// Whether a list's entry matches this address: it is the address itself, or `a.b.c.x` for a network of 256 addresses (rule:
/// `vicidial_ip_list_entries`).
#[must_use]
pub fn names(entry: &str, address: IpAddr) -> bool {
    let entry = entry.trim();
    if let Ok(listed) = entry.parse::<IpAddr>() {
        return listed == address;
    }
    let IpAddr::V4(address) = address else { return false };
    let [a, b, c, _] = address.octets();
    entry.strip_suffix(".x").is_some_and(|network| network == format!("{a}.{b}.{c}"))
}

/// Whether an entry is valid: an address, or a network of 256 addresses.
#[must_use]
pub fn is_entry(entry: &str) -> bool {
    let network = entry.strip_suffix(".x").map(|network| format!("{network}.0"));
    entry.parse::<IpAddr>().is_ok() || network.is_some_and(|first| first.parse::<std::net::Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_entry_is_a_whole_address_or_a_network_of_256() {
        assert!(names("127.0.0.1", address("127.0.0.1")));
        assert!(names("127.0.0.x", address("127.0.0.9")));
        assert!(!names("127.0.1.x", address("127.0.0.9")));
        assert!(!names("127.0.0.10", address("127.0.0.1")));
        assert!(!names("27.0.0.x", address("127.0.0.1")));
        assert!(names("::1", address("::1")));
        assert!(!names("", address("127.0.0.1")));
    }

    #[test]
    fn an_entry_must_be_an_address_or_a_network() {
        for valid in ["127.0.0.1", "10.1.2.x", "::1"] {
            assert!(is_entry(valid), "{valid}");
        }
        for invalid in ["", "10.1.x", "10.1.2.x.x", "10.1.2", "localhost", "10.1.256.x"] {
            assert!(!is_entry(invalid), "{invalid}");
        }
    }
}
