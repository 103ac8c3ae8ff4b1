//! Authentication of a program by its token. It verifies no password, so it is fast, and recording the use of
//! a token costs at most one write per minute.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use fleet::tokens::{self, Bearer, Opened};
use parking_lot::Mutex;
use store::{ReadError, Store};
use tracing::Instrument;

use crate::App;
use crate::auth::login_throttle::LoginThrottle;

/// Result of an authentication.
pub(crate) enum TokenAuth {
    /// The token is valid.
    In(Box<Bearer>),
    /// Unknown token.
    Unknown,
    /// The token has expired.
    Over,
    /// The token's account is inactive, or its level may not call the API.
    AccountClosed,
    /// Too many unknown tokens from this address; it is blocked for this many seconds.
    Barred(u64),
    /// The token's account may not be used from this address.
    AddressNotAllowed,
}

/// Authenticates tokens.
#[derive(Default)]
pub(crate) struct TokenAuthenticator {
    /// Failures by address, counted separately from those of passwords: a program that keeps using a revoked
    /// token must not block the agents of its office.
    login_throttle: LoginThrottle,
    /// Tokens whose use is being recorded.
    noting: Arc<Mutex<HashSet<i64>>>,
}

/// Authenticates a token.
pub(crate) async fn authenticate(app: &App, shown: &str, from: IpAddr) -> Result<TokenAuth, ReadError> {
    let authenticator = &app.token_auth;
    if let Some(seconds) = authenticator.login_throttle.retry_after_seconds(from, app.store.now()) {
        tracing::info!(%from, "token refused: too many unknown tokens from this address");
        return Ok(TokenAuth::Barred(seconds));
    }
    let asked = shown.to_owned();
    Ok(match app.store.read(move |tx| tokens::open(tx, &asked, from)).await? {
        Opened::In(bearer) => {
            if bearer.must_record_use {
                authenticator.note(&app.store, bearer.token.token_id);
            }
            TokenAuth::In(bearer)
        }
        Opened::Unknown => {
            tracing::info!(%from, "token refused");
            authenticator.login_throttle.record_failure(from, app.store.now());
            TokenAuth::Unknown
        }
        Opened::Over => refused(from, "it has expired", TokenAuth::Over),
        Opened::AccountClosed => refused(from, "its account is closed", TokenAuth::AccountClosed),
        Opened::AddressNotAllowed => {
            refused(from, "its account may not be used from this address", TokenAuth::AddressNotAllowed)
        }
    })
}

/// Logs why a known token is refused.
fn refused(from: IpAddr, reason: &str, outcome: TokenAuth) -> TokenAuth {
    tracing::info!(%from, reason, "token refused");
    outcome
}

impl TokenAuthenticator {
    /// Records in the background that a token is in use, once for concurrent requests.
    fn note(&self, store: &Arc<Store>, token_id: i64) {
        if !self.noting.lock().insert(token_id) {
            return;
        }
        let (store, noting) = (Arc::clone(store), Arc::clone(&self.noting));
        let note = async move {
            if let Err(error) = store.write(move |tx| tx.use_token(token_id)).await {
                tracing::warn!(%error, token_id, "cannot record the use of a token");
            }
            noting.lock().remove(&token_id);
        };
        tokio::spawn(note.in_current_span());
    }
}
