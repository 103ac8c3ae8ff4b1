//! The secret text of a token, which is shown once, to its owner.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::Rng;
use crate::sessions::digest_of;

/// Prefix of every token. Scanners for leaked secrets recognize it, and it distinguishes tokens from session keys.
pub const PREFIX: &str = "hdt_";

/// A token: [`PREFIX`] and 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new random token.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes);
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The digest to store.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of_token(&self.0)
    }

    /// The token itself, only for its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Omits the token.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(token)")
    }
}

/// The digest of a token. It differs from the digests of session keys, so that neither can be used as the other.
pub(super) fn digest_of_token(shown: &str) -> String {
    digest_of(&format!("token {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn a_token_has_the_prefix_and_its_digest_does_not_reveal_it() {
        let token = Secret::new(&Fixed);
        assert_eq!(token.reveal(), format!("hdt_{}8", "_".repeat(42)));
        assert_eq!(token.digest(), digest_of_token(token.reveal()));
        assert_ne!(token.digest(), digest_of(token.reveal()));
        assert!(!format!("{token:?}").contains("___"));
    }
}
