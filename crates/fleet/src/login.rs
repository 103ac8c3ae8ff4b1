//! Logging in to the API: password, level, lock-out, addresses.
//!
//! A password is checked before the transaction begins, since that can take long. Inside it the rule only makes sure that
//! what was checked is still what is stored.

use std::net::IpAddr;

use crate::password::StoredPassword;
use crate::records::{SystemSettings, User};
use crate::{FleetTx, Timestamp, TxError, ip_list};

/// Failures that lock an account.
pub const FAILURES_TO_LOCK: i64 = 10;

/// For how many seconds an account stays locked.
pub const LOCKED_FOR: i64 = 15 * 60;

/// The least level that may call the API.
pub const API_LEVEL: i64 = 7;

/// What checking the password before the transaction found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordCheck {
    /// There was no such user.
    NoSuchUser,
    /// The password is the one that this stored value stands for.
    Right(StoredPassword),
    /// It is not, or the account was locked and it was not looked at.
    Wrong(StoredPassword),
}

/// How a login to the API ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiLogin {
    /// Come in.
    In(User),
    /// Unknown user, wrong password, inactive, or not of a level that may call the API.
    Incorrect,
    /// Too many failures, not long ago.
    Locked,
    /// Not from this address.
    AddressNotAllowed,
    /// The stored password changed since it was checked: check again.
    CheckAgain,
}

/// Whether an account is locked at this time.
#[must_use]
pub fn is_locked(user: &User, now: Timestamp) -> bool {
    user.failed_login_count >= FAILURES_TO_LOCK
        && Timestamp::from_stamp(&user.last_login_date).is_some_and(|last| now.unix() - last.unix() < LOCKED_FOR)
}

/// How knocking at a door ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthOutcome {
    /// The password is right and the account may come in.
    Right(User),
    /// Unknown user, wrong password, inactive, or none who may come in here. It counts.
    Wrong,
    /// Too many failures, not long ago.
    Locked,
    /// The stored password changed since it was checked: check again.
    CheckAgain,
}

/// Knocks: the part that every door has in common. Counts failures; who may come in, `may_enter` tells.
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
    if !may_come_from(tx, &user, &settings, from)? {
        return Ok(ApiLogin::AddressNotAllowed);
    }
    Ok(ApiLogin::In(user))
}

/// Whether the user may call from this address, with these settings: not from one on the system's black list, and only from
/// one on the group's list if it has any. A list that is named but has no entries lets nobody in.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn may_come_from(
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
