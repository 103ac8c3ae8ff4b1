//! Password verifier: checks passwords before a transaction begins.
//!
//! Argon2 is slow on purpose, and must slow down neither valid calls nor a flood of invalid ones. So a keyed fingerprint of a correct
//! password is cached as long as the stored value stays the same; any other password for that value is wrong. The number of digests
//! computed at a time is limited, and none is computed for a locked account.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fleet::field::{Field, FilteredPass};
use fleet::login::{PasswordCheck, is_locked};
use fleet::name::key;
use fleet::password::{Fingerprint, NewPassword, Password, StoredPassword};
use fleet::records::User;
use fleet::text::Alphabet;
use fleet::{FleetTx, Rng, Timestamp, TxError};
use parking_lot::{Mutex, RwLock};
use store::{ReadError, Store, WriteError};
use tokio::sync::Semaphore;
use tracing::Instrument;

/// A user name with a password, from a request.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The name, filtered.
    pub user: String,
    /// The password as it was sent.
    pub sent: Password,
    /// The password after VICIdial's filtering.
    pub filtered: Password,
}

impl Credentials {
    /// A name and a password as they were sent. VICIdial's API stores filtered passwords, so the filtered one is right too.
    pub(crate) fn new(user: String, sent: Password, alphabet: Alphabet) -> Self {
        let filtered = Password::new(FilteredPass::read(sent.bytes(), alphabet).as_str());
        Self { user, sent, filtered }
    }

    fn candidates(&self) -> impl Iterator<Item = &Password> {
        std::iter::once(&self.sent).chain((self.sent != self.filtered).then_some(&self.filtered))
    }
}

struct Remembered {
    stored: StoredPassword,
    right: Fingerprint,
}

/// Checks passwords, and caches which ones are right.
pub struct PasswordVerifier {
    store: Arc<Store>,
    rng: Arc<dyn Rng>,
    fingerprint_key: [u8; 32],
    remembered: RwLock<HashMap<String, Remembered>>,
    digests: Arc<Semaphore>,
    digests_compared: AtomicU64,
    upgrades: bool,
    upgrading: Mutex<HashSet<String>>,
}

impl PasswordVerifier {
    pub(crate) fn new(store: Arc<Store>, upgrades: bool, rng: Arc<dyn Rng>) -> Self {
        let mut fingerprint_key = [0; 32];
        rng.fill(&mut fingerprint_key);
        let shared_with_vicidial = store.is_shared_with_vicidial();
        let at_once = std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        Self {
            store,
            rng,
            fingerprint_key,
            remembered: RwLock::default(),
            digests: Arc::new(Semaphore::new(at_once)),
            digests_compared: AtomicU64::new(0),
            // VICIdial verifies passwords in tables that it shares with Hotdesk, so Hotdesk does not replace them there.
            upgrades: upgrades && !shared_with_vicidial,
            upgrading: Mutex::default(),
        }
    }

    /// Number of passwords that were compared by their digest, which is slow.
    pub(crate) fn digests_compared(&self) -> u64 {
        self.digests_compared.load(Ordering::Relaxed)
    }

    /// Checks a password.
    pub(crate) async fn verify(&self, credentials: &Credentials) -> Result<PasswordCheck, ReadError> {
        if let Some(password_check) = self.recall(credentials) {
            return Ok(password_check);
        }
        let stored = match to_compare(self.find_user(credentials).await?) {
            Ok(stored) if stored.takes_long() => return self.verify_by_digest(credentials).await,
            Ok(stored) => stored,
            Err(password_check) => return Ok(password_check),
        };
        let right = credentials.candidates().find(|candidate| stored.is(candidate)).cloned();
        Ok(self.conclude(credentials, stored, right.as_ref()))
    }

    /// The account, and the time at which it was read.
    async fn find_user(&self, credentials: &Credentials) -> Result<(Option<User>, Timestamp), ReadError> {
        let name = credentials.user.clone();
        self.store.read(move |tx| Ok((tx.user(&name)?, tx.now()))).await
    }

    async fn verify_by_digest(&self, credentials: &Credentials) -> Result<PasswordCheck, ReadError> {
        let Ok(_turn) = self.digests.acquire().await else { return Err(ReadError::Closed) };
        // A request that ran meanwhile may have cached the password, or locked the account.
        if let Some(password_check) = self.recall(credentials) {
            return Ok(password_check);
        }
        let stored = match to_compare(self.find_user(credentials).await?) {
            Ok(stored) => stored,
            Err(password_check) => return Ok(password_check),
        };
        self.digests_compared.fetch_add(1, Ordering::Relaxed);
        let typed = credentials.clone();
        let (stored, right) = tokio::task::spawn_blocking(move || {
            let right = typed.candidates().find(|candidate| stored.is(candidate)).cloned();
            (stored, right)
        })
        .await
        .map_err(|_| ReadError::Closed)?;
        Ok(self.conclude(credentials, stored, right.as_ref()))
    }

    fn conclude(&self, credentials: &Credentials, stored: StoredPassword, right: Option<&Password>) -> PasswordCheck {
        let Some(right) = right else { return PasswordCheck::Wrong(stored) };
        self.remember(&credentials.user, stored.clone(), right);
        PasswordCheck::Right(stored)
    }

    /// The cached result, if the account has one.
    fn recall(&self, credentials: &Credentials) -> Option<PasswordCheck> {
        let user = key(&credentials.user);
        let remembered = self.remembered.read();
        let known = remembered.get(&user)?;
        let is_right = credentials
            .candidates()
            .any(|candidate| Fingerprint::of(&self.fingerprint_key, &user, candidate).same(&known.right));
        let stored = known.stored.clone();
        Some(if is_right { PasswordCheck::Right(stored) } else { PasswordCheck::Wrong(stored) })
    }

    fn remember(&self, user: &str, stored: StoredPassword, right: &Password) {
        let user = key(user);
        let right = Fingerprint::of(&self.fingerprint_key, &user, right);
        let mut remembered = self.remembered.write();
        remembered.insert(user, Remembered { stored, right });
    }

    /// Drops the cached result if it belongs to this stored value, which has changed.
    pub(crate) fn forget(&self, credentials: &Credentials, password_check: &PasswordCheck) {
        let (PasswordCheck::Right(stale) | PasswordCheck::Wrong(stale)) = password_check else { return };
        let mut remembered = self.remembered.write();
        let user = key(&credentials.user);
        if remembered.get(&user).is_some_and(|known| known.stored == *stale) {
            remembered.remove(&user);
        }
    }

    /// After a successful login with a plain password: stores its digest instead, in the background.
    pub(crate) fn upgrade(self: &Arc<Self>, credentials: &Credentials, password_check: &PasswordCheck) {
        let PasswordCheck::Right(StoredPassword::Plain(plain)) = password_check else { return };
        let user = key(&credentials.user);
        if !self.upgrades || !self.upgrading.lock().insert(user.clone()) {
            return;
        }
        let (password_verifier, password) = (Arc::clone(self), Password::new(plain.as_bytes()));
        let upgrade = async move {
            if let Err(error) = password_verifier.replace_by_digest(&user, password).await {
                tracing::warn!(%error, user, "the plain password stays until the next login");
            }
            password_verifier.upgrading.lock().remove(&user);
        };
        tokio::spawn(upgrade.in_current_span());
    }

    /// Computes a password's digest, when a slot is free.
    pub(crate) async fn digest(&self, password: Password) -> Result<NewPassword, WriteError> {
        let Ok(_turn) = self.digests.acquire().await else { return Err(WriteError::Closed) };
        let (store, rng) = (Arc::clone(&self.store), Arc::clone(&self.rng));
        let digest = tokio::task::spawn_blocking(move || store.new_password(&password, rng.as_ref())).await;
        Ok(digest.map_err(|_| WriteError::Closed)??)
    }

    async fn replace_by_digest(&self, user: &str, password: Password) -> Result<(), WriteError> {
        let new = self.digest(password.clone()).await?;
        let (name, plain, kept) = (user.to_owned(), password.clone(), new.clone());
        let replaced = self.store.write(move |tx| replace_if_plain(tx, &name, &plain, &kept)).await?;
        if replaced {
            self.remember(user, StoredPassword::Digest(new.digest), &password);
        }
        Ok(())
    }
}

/// The stored value to compare with, or the result if no comparison is needed.
fn to_compare((user, now): (Option<User>, Timestamp)) -> Result<StoredPassword, PasswordCheck> {
    let Some(user) = user else { return Err(PasswordCheck::NoSuchUser) };
    if is_locked(&user, now) { Err(PasswordCheck::Wrong(user.stored_password)) } else { Ok(user.stored_password) }
}

/// Stores the digest if the password is still the plain one that it was made from.
fn replace_if_plain(tx: &mut dyn FleetTx, name: &str, plain: &Password, new: &NewPassword) -> Result<bool, TxError> {
    let Some(user) = tx.user(name)? else { return Ok(false) };
    let is_plain = matches!(user.stored_password, StoredPassword::Plain(_)) && user.stored_password.is(plain);
    if is_plain {
        tx.store_password(&user, new)?;
    }
    Ok(is_plain)
}
