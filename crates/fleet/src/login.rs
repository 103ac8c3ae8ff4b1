//! Login to the API: password verification, level, lockout, allowed addresses.
//!
//! The caller verifies the password before the transaction, because that can take long. Inside the transaction, the rule only
//! compares the stored value with the one that was verified.

use std::net::IpAddr;

use crate::password::StoredPassword;
use crate::records::{SystemSettings, User};
use crate::{FleetTx, Timestamp, TxError, ip_list};

/// Number of failures that locks an account.
pub const FAILURES_TO_LOCK: i64 = 10;

/// Duration of a lockout, in seconds.
pub const LOCKED_FOR: i64 = 15 * 60;

/// The lowest level that may call the API.
pub const API_LEVEL: i64 = 7;

/// Result of verifying the password before the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The user does not exist.
    NoSuchUser,
    /// The password matches this stored value.
    Right(StoredPassword),
    /// The password does not match this stored value, or the account was locked and it was not verified.
    Wrong(StoredPassword),
}

/// Result of a login to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiLogin {
    /// The login succeeded.
    In(User),
    /// The user is unknown, the password is wrong, the account is inactive, or its level is too low.
    Incorrect,
    /// The account is locked after too many recent failures.
    Locked,
    /// The account may not log in from this address.
    AddressNotAllowed,
    /// The stored password has changed since it was verified: verify it again.
    CheckAgain,
}

/// Whether an account is locked at this time.
#[must_use]
pub fn is_locked(user: &User, now: Timestamp) -> bool {
    user.failed_login_count >= FAILURES_TO_LOCK
        && Timestamp::from_stamp(&user.last_login_date).is_some_and(|last| now.unix() - last.unix() < LOCKED_FOR)
}

/// Result of authenticating an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthOutcome {
    /// The password is right and the account has access.
    Right(User),
    /// The user is unknown, the password is wrong, the account is inactive or has no access here. The failure was counted.
    Wrong,
    /// The account is locked after too many recent failures.
    Locked,
    /// The stored password has changed since it was verified: verify it again.
    CheckAgain,
}

/// Authenticates an account and counts failures. The interface decides with `may_enter` whether the account has access.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn authenticate(
    tx: &mut dyn FleetTx,
    name: &str,
    password_check: &PasswordCheck,
    may_enter: impl FnOnce(&User) -> bool,
) -> Result<AuthOutcome, TxError> {
    let Some(user) = tx.user(name)? else {
        return Ok(if *password_check == PasswordCheck::NoSuchUser {
            AuthOutcome::Wrong
        } else {
            AuthOutcome::CheckAgain
        });
    };
    let right = match password_check {
        PasswordCheck::Right(checked) if *checked == user.stored_password => true,
        PasswordCheck::Wrong(checked) if *checked == user.stored_password => false,
        PasswordCheck::NoSuchUser | PasswordCheck::Right(_) | PasswordCheck::Wrong(_) => {
            return Ok(AuthOutcome::CheckAgain);
        }
    };
    if is_locked(&user, tx.now()) {
        return Ok(AuthOutcome::Locked);
    }
    if right && user.active && may_enter(&user) {
        return Ok(AuthOutcome::Right(user));
    }
    let restart = user.failed_login_count >= FAILURES_TO_LOCK;
    let count = if restart { 1 } else { user.failed_login_count.saturating_add(1) };
    tx.record_login_failure(&user, count, restart)?;
    Ok(AuthOutcome::Wrong)
}

/// Logs a user in to the API.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn enter(
    tx: &mut dyn FleetTx,
    name: &str,
    password_check: &PasswordCheck,
    from: IpAddr,
) -> Result<ApiLogin, TxError> {
    let user = match authenticate(tx, name, password_check, |user| user.user_level >= API_LEVEL)? {
        AuthOutcome::Right(user) => user,
        AuthOutcome::Wrong => return Ok(ApiLogin::Incorrect),
        AuthOutcome::Locked => return Ok(ApiLogin::Locked),
        AuthOutcome::CheckAgain => return Ok(ApiLogin::CheckAgain),
    };
    tx.record_login(&user, from)?;
    let settings = tx.settings()?;
    if !allows_address(tx, &user, &settings, from)? {
        return Ok(ApiLogin::AddressNotAllowed);
    }
    Ok(ApiLogin::In(user))
}

/// Whether the user may call from this address under these settings: it must not be on the system's block list, and must be on
/// the allow list of the user's group if that has one. An allow list without entries admits nobody.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn allows_address(
    tx: &mut dyn FleetTx,
    user: &User,
    settings: &SystemSettings,
    from: IpAddr,
) -> Result<bool, TxError> {
    if user.ignore_ip_list {
        return Ok(true);
    }
    if !settings.allow_ip_lists {
        return Ok(true);
    }
    let black = &settings.system_ip_blacklist;
    if !black.is_empty() && tx.ip_list(black)?.iter().any(|entry| ip_list::names(entry, from)) {
        return Ok(false);
    }
    let white = tx.user_group(&user.user_group)?.map(|group| group.api_ip_list).unwrap_or_default();
    Ok(white.is_empty() || tx.ip_list(&white)?.iter().any(|entry| ip_list::names(entry, from)))
}
