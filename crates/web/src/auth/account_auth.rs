//! Authentication of an account by its password, for the JSON API and the panel.

use std::net::IpAddr;

use fleet::login;
use fleet::login::{ApiLogin, PasswordCheck};
use fleet::password::{Password, StoredPassword};
use fleet::records::User;

use crate::App;
use crate::auth::password_verifier::Credentials;
use crate::error::Error;

/// Maximum number of attempts when the password changes during a login.
const ATTEMPTS: usize = 4;

/// Result of an authentication.
pub(crate) enum AccountAuth {
    /// The account is authenticated.
    In(User),
    /// Unknown user, wrong password, inactive account, or one whose level may not call the API.
    Incorrect,
    /// The account is locked after too many failures.
    Locked,
    /// Too many failures from this address; it is blocked for this many seconds.
    Barred(u64),
    /// The account may not be used from this address.
    AddressNotAllowed,
}

/// Authenticates an account, and records a failure.
pub(crate) async fn authenticate(app: &App, user: String, pass: Password, from: IpAddr) -> Result<AccountAuth, Error> {
    if let Some(seconds) = app.retry_after_seconds(from) {
        tracing::info!(%from, "login refused: too many failures from this address");
        return Ok(AccountAuth::Barred(seconds));
    }
    let credentials = Credentials::new(user, pass, app.alphabet());
    Ok(match attempt(app, &credentials, from).await? {
        ApiLogin::In(user) => AccountAuth::In(user),
        ApiLogin::Incorrect => {
            tracing::info!(%from, "login refused");
            app.record_login_failure(from);
            AccountAuth::Incorrect
        }
        ApiLogin::Locked => {
            tracing::info!(%from, "login refused: the account is locked");
            AccountAuth::Locked
        }
        ApiLogin::AddressNotAllowed => {
            tracing::info!(%from, "login refused: the account may not be used from this address");
            AccountAuth::AddressNotAllowed
        }
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
