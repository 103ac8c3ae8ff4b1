//! A program comes in with a token: no password is looked at, so nothing here is slow, and a use costs no write but one a minute.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use fleet::tokens::{self, Bearer, Opened};
use store::{ReadError, Store};

use crate::App;
use crate::auth::login_throttle::LoginThrottle;

/// How coming in ends.
pub(crate) enum TokenAuth {
    /// Come in.
    In(Box<Bearer>),
    /// There is no such token.
    Unknown,
    /// Its time is over.
    Over,
    /// Its account is inactive, or not of a level that may call the API.
    AccountClosed,
    /// Too many unknown tokens from this address: not for so many seconds.
    Barred(u64),
    /// Not from this address.
    AddressNotAllowed,
}

/// What is remembered between two tokens.
#[derive(Default)]
pub(crate) struct TokenAuthenticator {
    /// Who showed unknown tokens. Not the login_throttle of passwords: a program that goes on with a token that was revoked must not
    /// keep the agents of its office from logging in.
    login_throttle: LoginThrottle,
    /// Tokens whose use is being written down.
    noting: Arc<Mutex<HashSet<i64>>>,
}

/// Comes in with a token.
pub(crate) async fn authenticate(app: &App, shown: &str, from: IpAddr) -> Result<TokenAuth, ReadError> {
    let door = &app.token_auth;
    if let Some(seconds) = door.login_throttle.retry_after_seconds(from, app.store.now()) {
        tracing::info!(%from, "token refused: too many unknown tokens from this address");
        return Ok(TokenAuth::Barred(seconds));
    }
    let asked = shown.to_owned();
    Ok(match app.store.read(move |tx| tokens::open(tx, &asked, from)).await? {
        Opened::In(bearer) => {
            if bearer.is_to_be_noted {
                door.note(&app.store, bearer.token.token_id);
            }
            TokenAuth::In(bearer)
        }
        Opened::Unknown => {
            tracing::info!(%from, "token refused");
            door.login_throttle.record_failure(from, app.store.now());
            TokenAuth::Unknown
        }
        Opened::Over => TokenAuth::Over,
        Opened::AccountClosed => TokenAuth::AccountClosed,
        Opened::AddressNotAllowed => TokenAuth::AddressNotAllowed,
    })
}

impl TokenAuthenticator {
    /// Writes down in the background that a token is in use, once however many use it at this moment.
    fn note(&self, store: &Arc<Store>, token_id: i64) {
        if !self.noting.lock().unwrap_or_else(PoisonError::into_inner).insert(token_id) {
            return;
        }
        let (store, noting) = (Arc::clone(store), Arc::clone(&self.noting));
        tokio::spawn(async move {
            if let Err(error) = store.write(move |tx| tx.use_token(token_id)).await {
                tracing::warn!(%error, token_id, "that a token was used could not be written down");
            }
            noting.lock().unwrap_or_else(PoisonError::into_inner).remove(&token_id);
        });
    }
}
