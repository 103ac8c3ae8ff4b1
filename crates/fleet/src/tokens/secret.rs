//! A token itself, which only its maker sees, and only once.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::Rng;
use crate::sessions::digest_of;

/// What every token begins with, so that programs that look for leaked secrets know one, and so that it cannot be taken for
/// the key of a session.
pub const PREFIX: &str = "hdt_";

/// A token: 32 random bytes behind [`PREFIX`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A token that nobody can guess.
    #[must_use]
    pub fn new(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes);
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of_token(&self.0)
    }

    /// The token itself, for its maker alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Without the token.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(token)")
    }
}

/// What is kept of a token that somebody shows. Made in another way than what is kept of the keys of sessions and visits, so that
/// none of these is ever one of the others.
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
    fn a_token_says_what_it_is_and_its_digest_says_nothing_of_it() {
        let token = Secret::new(&Fixed);
        assert_eq!(token.reveal(), format!("hdt_{}8", "_".repeat(42)));
        assert_eq!(token.digest(), digest_of_token(token.reveal()));
        assert_ne!(token.digest(), digest_of(token.reveal()));
        assert!(!format!("{token:?}").contains("___"));
    }
}
