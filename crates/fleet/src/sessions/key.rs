//! Keys of agent sessions and of forms. The agent who holds a session's key may see the session, end it, and have the phone rung
//! again.

use std::fmt::{self, Write};

use blake2::{Blake2s256, Digest};
use subtle::ConstantTimeEq;

use crate::Rng;

/// A session's key: 32 random bytes, as 64 hexadecimal digits. Only its digest is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(String);

impl SessionKey {
    /// A new random key.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes);
        Self(hexadecimal(&bytes))
    }

    /// The digest to store.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.0)
    }

    /// The key itself, only for the agent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Omits the key.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(secret)")
    }
}

/// The digest of a key, or of any other text.
#[must_use]
pub fn digest_of(key: &str) -> String {
    digest(key)
}

/// CSRF token of the forms in the admin session with this key. Derived from the key without revealing it.
#[must_use]
pub fn form_token(key: &str) -> String {
    digest(&format!("form of {key}"))
}

/// Whether this is the form token of this key.
#[must_use]
pub fn is_form_token(token: &str, key: &str) -> bool {
    form_token(key).as_bytes().ct_eq(token.as_bytes()).into()
}

/// Whether this is the key with the stored digest.
#[must_use]
pub fn opens(key: &str, stored: &str) -> bool {
    !stored.is_empty() && digest(key).as_bytes().ct_eq(stored.as_bytes()).into()
}

fn digest(key: &str) -> String {
    hexadecimal(&Blake2s256::digest(key.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xab);
        }
    }

    #[test]
    fn only_the_key_matches_its_digest_and_an_empty_digest_matches_nothing() {
        let key = SessionKey::new(&Fixed);
        assert_eq!(key.reveal(), "ab".repeat(32));
        assert!(opens(key.reveal(), &key.digest()));
        assert!(!opens("", &key.digest()) && !opens("", "") && !opens(key.reveal(), ""));
        assert!(!format!("{key:?}").contains("ab"));
    }

    #[test]
    fn a_form_token_belongs_to_one_key_and_differs_from_its_digest() {
        let key = SessionKey::new(&Fixed);
        let token = form_token(key.reveal());
        assert!(is_form_token(&token, key.reveal()) && !is_form_token(&token, "another"));
        assert!(!is_form_token("", key.reveal()) && !is_form_token(&key.digest(), key.reveal()));
    }
}
