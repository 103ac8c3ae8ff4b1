//! Users' passwords: how they are stored and verified.

pub mod vicidial;

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use subtle::ConstantTimeEq;

use crate::Rng;
use crate::password::vicidial::HashRule;

/// A password in plain text. Its debug output is `(secret)`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Password(Vec<u8>);

impl Password {
    /// A password from its bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The password's bytes.
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

/// A user's password, as the database stores it.
#[derive(Clone, PartialEq, Eq)]
pub enum StoredPassword {
    /// No password: nobody can log in.
    Nothing,
    /// VICIdial's `vicidial_users.pass`, in plain text.
    Plain(String),
    /// An Argon2id digest in `hotdesk_credentials`, as a PHC string.
    Digest(String),
    /// VICIdial's `vicidial_users.pass_hash`.
    PassHash(Box<PassHash>),
}

/// VICIdial's digest of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PassHash {
    /// The stored text.
    pub pass_hash: String,
    /// The rule that it was made with.
    pub rule: HashRule,
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Plain(_) => "Plain(secret)",
            Self::Digest(_) => "Digest(secret)",
            Self::PassHash(_) => "PassHash(secret)",
        })
    }
}

/// The password cannot be hashed because it is longer than Argon2 accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password is too long")]
pub struct TooLong;

/// The columns that hold a user's password.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PasswordColumns {
    /// `vicidial_users.pass`. If there is a digest as well, another program wrote this column later.
    pub pass: String,
    /// `vicidial_users.pass_hash`, which has an effect only in a system with a [`HashRule`].
    pub pass_hash: String,
    /// `hotdesk_credentials`.
    pub digest: Option<StoredDigest>,
}

/// A row of `hotdesk_credentials`.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredDigest {
    /// The digest, as a PHC string.
    pub digest: String,
    /// The value of `vicidial_users.pass_hash` when the digest was written.
    pub made_for: String,
}

/// A user's new password, in the forms that are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// For tables that VICIdial shares: the password itself.
    pub plain: Password,
    /// For Hotdesk: an Argon2id digest.
    pub digest: String,
    /// For VICIdial, if it hashes passwords.
    pub pass_hash: Option<String>,
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(secret)")
    }
}

impl NewPassword {
    /// Hashes a password. Takes about 20 ms of CPU time and 19 MiB, plus the time that the rule's cost implies.
    ///
    /// # Errors
    /// [`TooLong`] beyond 4 GiB.
    pub fn of(password: &Password, rule: Option<&HashRule>, rng: &dyn Rng) -> Result<Self, TooLong> {
        let digest = StoredPassword::digest(password, rng)?;
        Ok(Self { plain: password.clone(), digest, pass_hash: rule.map(|rule| rule.hash(password)) })
    }
}

impl StoredPassword {
    /// The password of these columns.
    #[must_use]
    pub fn from_columns(columns: PasswordColumns, rule: Option<&HashRule>) -> Self {
        let PasswordColumns { pass, pass_hash, digest } = columns;
        // A digest from before another program wrote a new password is out of date.
        let digest = digest.filter(|kept| kept.made_for == pass_hash).map(|kept| kept.digest);
        match (rule, digest) {
            (_, Some(digest)) if pass.is_empty() => Self::Digest(digest),
            (Some(rule), _) if !pass_hash.is_empty() => {
                Self::PassHash(Box::new(PassHash { pass_hash, rule: rule.clone() }))
            }
            _ if pass.is_empty() => Self::Nothing,
            _ => Self::Plain(pass),
        }
    }

    /// Whether verifying a password against it takes long.
    #[must_use]
    pub fn takes_long(&self) -> bool {
        matches!(self, Self::Digest(_) | Self::PassHash(_))
    }

    /// Hashes a password with Argon2id. Takes about 20 ms of CPU time and 19 MiB.
    ///
    /// # Errors
    /// [`TooLong`] beyond 4 GiB.
    pub fn digest(password: &Password, rng: &dyn Rng) -> Result<String, TooLong> {
        let mut salt = [0; 16];
        rng.fill(&mut salt);
        let digest = Argon2::default().hash_password_with_salt(password.bytes(), &salt).map_err(|_| TooLong)?;
        Ok(digest.to_string())
    }

    /// Whether a text is an Argon2id digest that passwords can be verified against.
    #[must_use]
    pub fn is_digest(text: &str) -> bool {
        PasswordHash::new(text).is_ok_and(|digest| digest.algorithm.as_str() == "argon2id" && digest.hash.is_some())
    }

    /// Whether this is the password. Costs as much as [`Self::digest`] or [`HashRule::hash`] if a digest is stored, otherwise
    /// nothing.
    #[must_use]
    pub fn is(&self, password: &Password) -> bool {
        match self {
            Self::Nothing => false,
            Self::Plain(plain) => bool::from(plain.as_bytes().ct_eq(password.bytes())),
            Self::Digest(digest) => PasswordHash::new(digest)
                .is_ok_and(|digest| Argon2::default().verify_password(password.bytes(), &digest).is_ok()),
            Self::PassHash(theirs) => theirs.rule.is(&theirs.pass_hash, password),
        }
    }
}

/// Keyed fingerprint of a verified password, for the cache. Without the key it cannot be compared with guesses.
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

    /// Whether both fingerprints are equal, in constant time.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        bool::from(self.0.ct_eq(&other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeroes;

    impl Rng for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn only_the_exact_password_is_accepted() {
        let typed = Password::new("PassWord");
        let rule = HashRule::from_columns("./ABCDEFGHIJKLMN", 4).unwrap();
        let made = NewPassword::of(&typed, Some(&rule), &Zeroes).unwrap();
        for stored in [
            StoredPassword::Plain("PassWord".into()),
            StoredPassword::Digest(made.digest),
            StoredPassword::PassHash(Box::new(PassHash { pass_hash: made.pass_hash.unwrap(), rule })),
        ] {
            assert!(stored.is(&typed));
            assert!(!stored.is(&Password::new("password")));
            assert!(!stored.is(&Password::new("")));
        }
    }

    fn stored(pass: &str, pass_hash: &str, digest: Option<(&str, &str)>, hashes: bool) -> StoredPassword {
        let rule = HashRule::from_columns("./ABCDEFGHIJKLMN", 4).filter(|_| hashes);
        let digest = digest.map(|(digest, made_for)| StoredDigest { digest: digest.into(), made_for: made_for.into() });
        let columns = PasswordColumns { pass: pass.into(), pass_hash: pass_hash.into(), digest };
        StoredPassword::from_columns(columns, rule.as_ref())
    }

    #[test]
    fn nobody_can_log_in_without_a_stored_password() {
        for hashes in [false, true] {
            let stored = stored("", "", None, hashes);
            assert!(!stored.is(&Password::new("")));
            assert!(!stored.is(&Password::new("x")));
        }
    }

    #[test]
    fn a_plain_password_takes_precedence_over_an_older_digest() {
        assert_eq!(stored("new", "", Some(("$argon2id$old", "")), false), StoredPassword::Plain("new".into()));
    }

    #[test]
    fn a_digest_is_used_until_another_program_writes_a_new_pass_hash() {
        let digest = StoredPassword::Digest("$argon2id$kept".into());
        assert_eq!(stored("", "theirs", Some(("$argon2id$kept", "theirs")), true), digest);
        let newer = stored("", "newer", Some(("$argon2id$kept", "theirs")), true);
        assert!(matches!(&newer, StoredPassword::PassHash(theirs) if theirs.pass_hash == "newer"), "{newer:?}");
        assert_eq!(stored("", "newer", Some(("$argon2id$kept", "theirs")), false), StoredPassword::Nothing);
    }

    #[test]
    fn with_pass_hash_enabled_a_plain_password_is_used_only_without_a_pass_hash() {
        let wins = stored("plain", "theirs", None, true);
        assert!(matches!(&wins, StoredPassword::PassHash(theirs) if theirs.pass_hash == "theirs"), "{wins:?}");
        assert_eq!(stored("plain", "", None, true), StoredPassword::Plain("plain".into()));
        assert_eq!(stored("plain", "theirs", None, false), StoredPassword::Plain("plain".into()));
    }

    #[test]
    fn digests_are_argon2id_and_hidden_in_debug_output() {
        let digest = StoredPassword::digest(&Password::new("1234"), &Zeroes).unwrap();
        assert!(digest.starts_with("$argon2id$"), "{digest}");
        assert_eq!(format!("{:?}", StoredPassword::Digest(digest)), "Digest(secret)");
        assert_eq!(format!("{:?}", stored("", "theirs", None, true)), "PassHash(secret)");
    }

    #[test]
    fn fingerprints_differ_by_user_password_and_key() {
        let of = |key: u8, user: &str, password: &str| Fingerprint::of(&[key; 32], user, &Password::new(password));
        assert!(of(1, "6666", "1234").same(&of(1, "6666", "1234")));
        assert!(!of(1, "6666", "1234").same(&of(1, "6666", "1235")));
        assert!(!of(1, "6666", "1234").same(&of(2, "6666", "1234")));
        assert!(!of(1, "66", "661234").same(&of(1, "6666", "1234")));
    }
}
