//! VICIdial's own digests of passwords (`system_settings.pass_hash_enabled`, `vicidial_users.pass_hash`): bcrypt with one salt and
//! one cost for all users, without the 29 characters that say so.

use std::fmt;

use base64::Engine;
use bcrypt::BASE_64;
use subtle::ConstantTimeEq;

use crate::password::Password;

/// How many bytes of a password count, with the zero behind it.
const AT_MOST: usize = 72;

/// How many bytes of bcrypt's result are kept.
const KEPT: usize = 23;

/// How many characters of the key are the salt.
const KEY: usize = 22;

/// What VICIdial leaves out of every password before anything else.
const LEFT_OUT: &[u8] = b"'\"\\; ";

/// How a house digests passwords in VICIdial's form. Shows without its salt in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct HashRule {
    salt: [u8; 16],
    cost: u32,
}

impl fmt::Debug for HashRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashRule").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl HashRule {
    /// From `system_settings.pass_key` and `pass_cost`; `None` if bcrypt takes no such key or cost, and VICIdial lets nobody in.
    #[must_use]
    pub fn from_columns(pass_key: &str, pass_cost: i64) -> Option<Self> {
        let cost = u32::try_from(pass_cost).ok().filter(|cost| *cost < 32)?;
        let salt = BASE_64.decode(pass_key.get(..KEY)?).ok()?.try_into().ok()?;
        Some(Self { salt, cost })
    }

    /// The password in VICIdial's form; takes as long as the cost says.
    #[must_use]
    pub fn hash(&self, password: &Password) -> String {
        let mut bytes: Vec<u8> = password.bytes().iter().copied().filter(|byte| !LEFT_OUT.contains(byte)).collect();
        bytes.push(0);
        bytes.truncate(AT_MOST);
        let hash = bcrypt::bcrypt(self.cost, self.salt, &bytes);
        BASE_64.encode(&hash[..KEPT])
    }

    /// Whether this is the password that was stored so, in constant time.
    #[must_use]
    pub fn is(&self, pass_hash: &str, password: &Password) -> bool {
        bool::from(self.hash(password).as_bytes().ct_eq(pass_hash.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Perl's `Crypt::Eksblowfish`, which VICIdial uses, and those from cost 4 on by Python's bcrypt too.
    const KNOWN: [(&str, &str, i64, &str); 5] = [
        ("1234", "abcdefghijklmnopqrstuu", 2, "Nsc7BwfimwEtD4CO8mNumPP23N7RUiK"),
        ("PassWord", "./ABCDEFGHIJKLMNOPQRSO", 8, "B8.d7uTzkSNO7yzmTa1ZBomLXxlTC/e"),
        ("Pass", "12345678901234567890AO", 5, "ZUEZf0YrjHkv5Y7u7cAgO0a4j2q8GmO"),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "abcdefghijklmnopqrstuu",
            4,
            ".gc7UY/21CSNJGJg21jJzx9QiOpJ9bO",
        ),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "abcdefghijklmnopqrstue",
            4,
            "9CGNI96MqIdW.wTILiiDA6TrLpVSRG2",
        ),
    ];

    #[test]
    fn passwords_are_digested_as_vicidial_does() {
        for (password, key, cost, pass_hash) in KNOWN {
            let rule = HashRule::from_columns(key, cost).unwrap();
            assert_eq!(rule.hash(&Password::new(password)), pass_hash, "{password}");
            assert!(rule.is(pass_hash, &Password::new(password)));
            assert!(!rule.is(pass_hash, &Password::new("another")));
            assert!(!rule.is("", &Password::new(password)));
        }
    }

    #[test]
    fn what_vicidial_leaves_out_of_a_password_does_not_count() {
        let rule = HashRule::from_columns("abcdefghijklmnopqrstuu", 2).unwrap();
        assert!(rule.is("Nsc7BwfimwEtD4CO8mNumPP23N7RUiK", &Password::new("1' 2;3\"\\4")));
    }

    #[test]
    fn a_key_or_a_cost_that_bcrypt_does_not_take_is_no_rule() {
        for (key, cost) in [
            ("", 2),
            ("short", 2),
            ("abcdefghijklmnopqrstuv", 2),
            ("abcdefghijklmnopqrst!u", 2),
            ("abcdefghijklmnopqrstuu", 32),
            ("abcdefghijklmnopqrstuu", -1),
            ("ééééééééééééééééééé", 2),
        ] {
            assert_eq!(HashRule::from_columns(key, cost), None, "{key} {cost}");
        }
        assert!(HashRule::from_columns("abcdefghijklmnopqrstuu and more", 0).is_some());
        let rule = HashRule::from_columns("abcdefghijklmnopqrstuu", 2);
        assert_eq!(format!("{rule:?}"), "Some(HashRule { cost: 2, .. })");
    }
}
