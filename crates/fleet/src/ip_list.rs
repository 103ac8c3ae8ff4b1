//! IP lists: which addresses a list names.

use std::net::IpAddr;

/// Whether an entry of a list names this address: the whole address, or `a.b.c.x` for a network of 256
/// (rule: `vicidial_ip_list_entries`).
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

/// Whether an entry can name any address at all.
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
    fn an_entry_that_can_name_no_address_is_none() {
        for good in ["127.0.0.1", "10.1.2.x", "::1"] {
            assert!(is_entry(good), "{good}");
        }
        for bad in ["", "10.1.x", "10.1.2.x.x", "10.1.2", "localhost", "10.1.256.x"] {
            assert!(!is_entry(bad), "{bad}");
        }
    }
}
