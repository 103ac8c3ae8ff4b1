//! Comparison of names: users, logins, aliases, groups, templates and addresses of dialers.

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

    proptest! {
        #[test]
        fn two_names_are_the_same_exactly_when_their_keys_are(one in "[a-cA-C ]{0,4}", other in "[a-cA-C ]{0,4}") {
            prop_assert_eq!(same(&one, &other), key(&one) == key(&other));
        }
    }
}
