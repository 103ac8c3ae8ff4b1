//! An account comes in with its password: what the JSON API and the panel have in common.

use std::net::IpAddr;

use fleet::login;
use fleet::login::{ApiLogin, PasswordCheck};
use fleet::password::{Password, StoredPassword};
use fleet::records::User;

use crate::App;
use crate::auth::password_verifier::Credentials;
use crate::error::Error;

/// How often a login is tried again when the password changed under it.
const ATTEMPTS: usize = 4;

/// How coming in ends.
pub(crate) enum AccountAuth {
    /// Come in.
    In(User),
    /// Unknown user, wrong password, inactive, or not of a level that may call the API.
    Incorrect,
    /// Too many failures of the account, not long ago.
    Locked,
    /// Too many failures from this address: not for so many seconds.
    Barred(u64),
    /// Not from this address.
    AddressNotAllowed,
}

/// Logs an account in, and counts it where that fails.
pub(crate) async fn authenticate(app: &App, user: String, pass: Password, from: IpAddr) -> Result<AccountAuth, Error> {
    if let Some(seconds) = app.retry_after_seconds(from) {
        tracing::info!(%from, "login refused: too many failures from this address");
        return Ok(AccountAuth::Barred(seconds));
    }
    let credentials = Credentials { user, sent: pass.clone(), filtered: pass };
    Ok(match attempt(app, &credentials, from).await? {
        ApiLogin::In(user) => AccountAuth::In(user),
        ApiLogin::Incorrect => {
            tracing::info!(%from, "login refused");
            app.record_login_failure(from);
            AccountAuth::Incorrect
        }
        ApiLogin::Locked => AccountAuth::Locked,
        ApiLogin::AddressNotAllowed => AccountAuth::AddressNotAllowed,
        ApiLogin::CheckAgain => return Err(Error::Unsettled),
    })
}

async fn attempt(app: &App, credentials: &Credentials, from: IpAddr) -> Result<ApiLogin, Error> {
    for _ in 0..ATTEMPTS {
        let password_check = app.password_verifier.verify(credentials).await?;
        let (name, proved) = (credentials.user.clone(), password_check.clone());
        match app.store.write(move |tx| login::enter(tx, &name, &proved, from)).await? {
            ApiLogin::CheckAgain => app.password_verifier.forget(credentials, &password_check),
            entry => {
                if matches!(
                    (&entry, &password_check),
                    (ApiLogin::In(_), PasswordCheck::Right(StoredPassword::Plain(_)))
                ) {
                    app.password_verifier.upgrade(credentials, &password_check);
                }
                return Ok(entry);
            }
        }
    }
    Ok(ApiLogin::CheckAgain)
}
