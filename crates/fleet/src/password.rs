//! Users' passwords: what is stored of them and how one is checked.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use subtle::ConstantTimeEq;

use crate::Entropy;

/// A password as somebody typed it. Shows as `(secret)` in debug output.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Password(Vec<u8>);

impl Password {
    /// A password of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What the database holds of a user's password.
#[derive(Clone, PartialEq, Eq)]
pub enum StoredPassword {
    /// Nothing: nobody can log in.
    Nothing,
    /// VICIdial's `vicidial_users.pass`, as it was typed.
    Plain(String),
    /// An Argon2id digest in `hotdesk_credentials`, as a PHC string.
    Digest(String),
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Plain(_) => "Plain(secret)",
            Self::Digest(_) => "Digest(secret)",
        })
    }
}

/// A digest could not be made: the password is longer than Argon2 takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password is too long to be digested")]
pub struct TooLong;

impl StoredPassword {
    /// From the two columns that hold it. A plain one was written by another program after the digest, so it wins.
    #[must_use]
    pub fn from_columns(pass: String, digest: Option<String>) -> Self {
        match (pass.is_empty(), digest) {
            (false, _) => Self::Plain(pass),
            (true, Some(digest)) => Self::Digest(digest),
            (true, None) => Self::Nothing,
        }
    }

    /// Digests a password with Argon2id; takes about 20 ms of a core and 19 MiB.
    ///
    /// # Errors
    /// [`TooLong`] beyond 4 GiB.
    pub fn digest(password: &Password, entropy: &dyn Entropy) -> Result<Self, TooLong> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let digest = Argon2::default().hash_password_with_salt(password.bytes(), &salt).map_err(|_| TooLong)?;
        Ok(Self::Digest(digest.to_string()))
    }

    /// Whether a text is an Argon2id digest that a password can be compared with.
    #[must_use]
    pub fn is_digest(text: &str) -> bool {
        PasswordHash::new(text).is_ok_and(|digest| digest.algorithm.as_str() == "argon2id" && digest.hash.is_some())
    }

    /// Whether this is the password. Costs as much as [`Self::digest`] if a digest is stored, nothing otherwise.
    #[must_use]
    pub fn is(&self, password: &Password) -> bool {
        match self {
            Self::Nothing => false,
            Self::Plain(plain) => bool::from(plain.as_bytes().ct_eq(password.bytes())),
            Self::Digest(digest) => PasswordHash::new(digest)
                .is_ok_and(|digest| Argon2::default().verify_password(password.bytes(), &digest).is_ok()),
        }
    }
}

/// A fingerprint of a password that nobody without the key can compare with a guess: what is remembered of a password that
/// was found right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of this user's password under this key.
    #[must_use]
    pub fn of(key: &[u8; 32], user: &str, password: &Password) -> Self {
        let mut mac = <Blake2sMac256 as KeyInit>::new(key.into());
        mac.update(&(user.len() as u64).to_le_bytes());
        mac.update(user.as_bytes());
        mac.update(password.bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// Whether both are of the same password, in constant time.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        bool::from(self.0.ct_eq(&other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeroes;

    impl Entropy for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn a_password_is_found_right_exactly() {
        let typed = Password::new("PassWord");
        for stored in [StoredPassword::Plain("PassWord".into()), StoredPassword::digest(&typed, &Zeroes).unwrap()] {
            assert!(stored.is(&typed));
            assert!(!stored.is(&Password::new("password")));
            assert!(!stored.is(&Password::new("")));
        }
    }

    #[test]
    fn an_account_without_a_password_cannot_be_entered() {
        let stored = StoredPassword::from_columns(String::new(), None);
        assert!(!stored.is(&Password::new("")));
        assert!(!stored.is(&Password::new("x")));
    }

    #[test]
    fn a_plain_password_wins_over_an_older_digest() {
        let stored = StoredPassword::from_columns("new".into(), Some("$argon2id$old".into()));
        assert_eq!(stored, StoredPassword::Plain("new".into()));
    }

    #[test]
    fn a_digest_is_argon2id_and_does_not_show() {
        let StoredPassword::Digest(digest) = StoredPassword::digest(&Password::new("1234"), &Zeroes).unwrap() else {
            panic!("not a digest");
        };
        assert!(digest.starts_with("$argon2id$"), "{digest}");
        assert_eq!(format!("{:?}", StoredPassword::Digest(digest)), "Digest(secret)");
    }

    #[test]
    fn fingerprints_tell_users_passwords_and_keys_apart() {
        let of = |key: u8, user: &str, password: &str| Fingerprint::of(&[key; 32], user, &Password::new(password));
        assert!(of(1, "6666", "1234").same(&of(1, "6666", "1234")));
        assert!(!of(1, "6666", "1234").same(&of(1, "6666", "1235")));
        assert!(!of(1, "6666", "1234").same(&of(2, "6666", "1234")));
        assert!(!of(1, "66", "661234").same(&of(1, "6666", "1234")));
    }
}
