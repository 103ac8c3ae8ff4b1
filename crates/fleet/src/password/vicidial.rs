//! VICIdial's password hashes (`system_settings.pass_hash_enabled`, `vicidial_users.pass_hash`): bcrypt with one salt and one
//! cost for all users, without the 29 characters of prefix that would say so.

use std::fmt;

use base64::Engine;
use bcrypt::BASE_64;
use subtle::ConstantTimeEq;

use crate::password::Password;

/// Number of significant bytes of a password, including the terminating zero.
const AT_MOST: usize = 72;

/// Number of bytes of bcrypt's result that are stored.
const KEPT: usize = 23;

/// Characters that VICIdial removes from every password first.
const REMOVED: &[u8] = b"'\"\\; ";

/// The salt and the cost of a system's VICIdial hashes. The salt is hidden in debug output.
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
    /// The rule from `system_settings.pass_key`, whose 16 bytes are the salt, and `pass_cost`; `None` if bcrypt does not accept
    /// this key or cost, in which case VICIdial admits nobody.
    #[must_use]
    pub fn from_columns(pass_key: &str, pass_cost: i64) -> Option<Self> {
        let cost = u32::try_from(pass_cost).ok().filter(|cost| *cost < 32)?;
        let salt = pass_key.as_bytes().try_into().ok()?;
        Some(Self { salt, cost })
    }

    /// Hashes a password as VICIdial does. The time depends on the cost.
    #[must_use]
    pub fn hash(&self, password: &Password) -> String {
        let mut bytes: Vec<u8> = password.bytes().iter().copied().filter(|byte| !REMOVED.contains(byte)).collect();
        bytes.push(0);
        bytes.truncate(AT_MOST);
        let hash = bcrypt::bcrypt(self.cost, self.salt, &bytes);
        BASE_64.encode(&hash[..KEPT])
    }

    /// Whether the hash is of this password, in constant time.
    #[must_use]
    pub fn is(&self, pass_hash: &str, password: &Password) -> bool {
        bool::from(self.hash(password).as_bytes().ct_eq(pass_hash.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first is of a VICIdial installation; PHP's `crypt` computed the others, with the key in bcrypt's base64 as the salt.
    const KNOWN: [(&str, &str, i64, &str); 5] = [
        ("1234", "JlDJX2CwLQLgA8Fd", 2, "EfunOA3c.1H/.8Oj3y3y6Tef2ccxXDq"),
        ("PassWord", "JlDJX2CwLQLgA8Fd", 8, "nzHcFnOxuBybZJkZc4sJxrlYzhjGLNW"),
        ("Pass", "./ABCDEFGHIJKLMN", 5, "p7P5wS2P2nTvNfbhX807myXXCJ6fIbu"),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "abcdefghijklmnop",
            4,
            "C6vHs2NObqrp.n7ksXdXEluBiZL9NNe",
        ),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "abcdefghijklmnop",
            4,
            "ij3gaF7fClh.a6SxcfgP9r3btUiFIym",
        ),
    ];

    #[test]
    fn passwords_are_hashed_as_vicidial_does() {
        for (password, key, cost, pass_hash) in KNOWN {
            let rule = HashRule::from_columns(key, cost).unwrap();
            assert_eq!(rule.hash(&Password::new(password)), pass_hash, "{password}");
            assert!(rule.is(pass_hash, &Password::new(password)));
            assert!(!rule.is(pass_hash, &Password::new("another")));
            assert!(!rule.is("", &Password::new(password)));
        }
    }

    #[test]
    fn characters_that_vicidial_removes_are_ignored() {
        let rule = HashRule::from_columns("JlDJX2CwLQLgA8Fd", 2).unwrap();
        assert!(rule.is("EfunOA3c.1H/.8Oj3y3y6Tef2ccxXDq", &Password::new("1' 2;3\"\\4")));
    }

    #[test]
    fn an_invalid_key_or_cost_gives_no_rule() {
        for (key, cost) in [
            ("", 2),
            ("short", 2),
            ("JlDJX2CwLQLgA8FdX", 2),
            ("JlDJX2CwLQLgA8Fd", 32),
            ("JlDJX2CwLQLgA8Fd", -1),
            ("éééééééééééééééé", 2),
        ] {
            assert_eq!(HashRule::from_columns(key, cost), None, "{key} {cost}");
        }
        let rule = HashRule::from_columns("JlDJX2CwLQLgA8Fd", 2);
        assert_eq!(format!("{rule:?}"), "Some(HashRule { cost: 2, .. })");
    }
}
