//! Comparison of names: users, logins, aliases, groups, templates and addresses of dialers.

use std::net::IpAddr;

/// The key for comparing a name: ASCII letters in lower case, without trailing blanks (as VICIdial's tables compare).
#[must_use]
pub fn key(name: &str) -> String {
    name.trim_end_matches(' ').to_ascii_lowercase()
}

/// The folded name in a system with Unicode names (the setting `use_non_latin`): all letters in lower case, without trailing
/// blanks.
#[must_use]
pub fn fold(name: &str) -> String {
    name.trim_end_matches(' ').to_lowercase()
}

/// Whether two names are the same name.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_end_matches(' '), other.trim_end_matches(' '));
    one.eq_ignore_ascii_case(other) || (!one.is_ascii() && !other.is_ascii() && fold(one) == fold(other))
}

/// The sort key of a dialer's address: `10.0.9.8` comes before `10.0.9.10`, and names of hosts follow the addresses.
#[must_use]
pub fn address_order(server_ip: &str) -> impl Ord + use<> {
    let address = server_ip.trim_end_matches(' ').parse::<IpAddr>().ok();
    (address.is_none(), address, key(server_ip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_compare_without_letter_case_and_trailing_blanks() {
        assert!(same("CC100B", "cc100b  "));
        assert!(!same(" cc100b", "cc100b"));
        assert_eq!(key("CC100B "), "cc100b");
    }

    #[test]
    fn letters_beyond_ascii_are_folded() {
        assert!(same("Ольга ", "ОЛЬГА"));
        assert!(!same("Ольга", "Олег"));
        assert_eq!(fold("ÅNGSTRÖM "), "ångström");
    }

    #[test]
    fn addresses_are_in_the_order_of_their_numbers_and_names_follow() {
        let mut sorted = ["10.0.10.1", "dialer2", "10.0.9.10", "Dialer1", "10.0.9.8", "fd00::1"];
        sorted.sort_by_cached_key(|server_ip| address_order(server_ip));
        assert_eq!(sorted, ["10.0.9.8", "10.0.9.10", "10.0.10.1", "fd00::1", "Dialer1", "dialer2"]);
    }

    proptest! {
        #[test]
        fn two_names_are_the_same_exactly_when_their_keys_are(one in "[a-cA-C ]{0,4}", other in "[a-cA-C ]{0,4}") {
            prop_assert_eq!(same(&one, &other), key(&one) == key(&other));
        }
    }
}
