//! Authentication and authorization of a request to the JSON API.
//! A caller authenticates with an account's password or with one of the account's tokens. A token has the
//! rights of its account, limited to the token's scopes, so every operation names the scope that it needs.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use fleet::actor::{Actor, Source};
use fleet::authorization::{Scope, missing_permission};
use fleet::password::Password;
use fleet::records::User;
use fleet::sessions::{Session, opens};
use fleet::tokens::{self, Token};

use super::messages;
use crate::App;
use crate::auth::account_auth::{self, AccountAuth};
use crate::auth::authorization::{basic, bearer};
use crate::auth::in_process::InProcessAccount;
use crate::auth::rate_limit::{AllowanceSlot, RateKey};
use crate::auth::token_auth::{self, TokenAuth};
use crate::http::address::Peer;
use crate::http::problem::Problem;

/// Caller of a request, before authentication.
pub(super) struct Caller {
    /// The client's address.
    pub(super) from: Option<IpAddr>,
    /// The request's headers.
    pub(super) headers: HeaderMap,
    /// Receives the caller's allowance, which the response then reports.
    allowance: Option<AllowanceSlot>,
    /// The account that an in-process request acts as.
    local: Option<InProcessAccount>,
}

/// Authenticated caller.
pub(super) struct Account {
    /// The account, as stored.
    pub(super) user: User,
    /// The token, if the caller used one.
    pub(super) token: Option<Token>,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied();
        let from = peer.map(|peer| app.settings.proxies.client(peer, &parts.headers));
        let allowance = parts.extensions.get::<AllowanceSlot>().cloned();
        let local = parts.extensions.get::<InProcessAccount>().cloned();
        Ok(Self { from, headers: parts.headers.clone(), allowance, local })
    }
}

/// Extractor for read access: an account of level 7 or above that may use the API.
pub(super) struct Looker;

impl FromRequestParts<Arc<App>> for Looker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, app).await;
        caller.account(app, Scope::Read).await.map(|_| Self)
    }
}

impl Caller {
    /// The client's address.
    pub(super) fn from(&self) -> Result<IpAddr, Problem> {
        self.from.ok_or_else(messages::unavailable)
    }

    /// The account as the actor of a change.
    pub(super) fn actor(&self, user: User) -> Result<Actor, Problem> {
        let source = if self.is_local() { Source::CommandLine } else { Source::JsonApi };
        Ok(Actor { user: user.user, from: self.from()?, source })
    }

    /// Whether the request comes from a command that runs on the database itself.
    pub(super) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Whether the request carries a session's key.
    pub(super) fn has_key(&self) -> bool {
        bearer(&self.headers).is_some() && self.token().is_none()
    }

    /// The bearer token of the request.
    fn token(&self) -> Option<&str> {
        bearer(&self.headers).filter(|shown| shown.starts_with(tokens::PREFIX))
    }

    /// The session, if the request carries its key.
    pub(super) async fn own_session(&self, app: &App, session_id: i64) -> Result<Session, Problem> {
        let key = bearer(&self.headers).unwrap_or_default().to_owned();
        let session = app.store.read(move |tx| tx.session(session_id)).await?;
        session.filter(|session| opens(&key, &session.key_digest)).ok_or_else(messages::invalid_key)
    }

    /// Authenticates an account that may use the API, for an operation of this scope.
    pub(super) async fn account(&self, app: &App, scope: Scope) -> Result<Account, Problem> {
        let account = self.enter(app).await?;
        if let Some(token) = account.token.as_ref().filter(|token| !token.scopes.contains(&scope)) {
            return Err(messages::tokens::insufficient_scope(scope, &token.scopes));
        }
        if account.user.vdc_agent_api_access { Ok(account) } else { Err(messages::may_not_look()) }
    }

    /// Authenticates an administrator of dialers and phones, for an operation of this scope.
    pub(super) async fn administer(&self, app: &App, scope: Scope) -> Result<Actor, Problem> {
        let Account { user, .. } = self.account(app, scope).await?;
        if !user.may_administer_phones() {
            return Err(messages::may_not_administer());
        }
        self.actor(user)
    }

    /// Authenticates an account with read access.
    pub(super) async fn look(&self, app: &App) -> Result<User, Problem> {
        self.account(app, Scope::Read).await.map(|account| account.user)
    }

    /// Authenticates an account that may make changes in all of these scopes.
    pub(super) async fn write(&self, app: &App, scopes: &[Scope]) -> Result<Actor, Problem> {
        let account = self.enter(app).await?;
        self.write_as(account, scopes)
    }

    /// Authorizes an authenticated account to make changes in all of these scopes.
    pub(super) fn write_as(&self, account: Account, scopes: &[Scope]) -> Result<Actor, Problem> {
        let Account { user, token } = account;
        if let Some(token) = &token
            && let Some(scope) = scopes.iter().find(|scope| !token.scopes.contains(scope))
        {
            return Err(messages::tokens::insufficient_scope(*scope, &token.scopes));
        }
        match scopes.iter().find_map(|scope| missing_permission(&user, *scope)) {
            Some(missing_permission) => Err(messages::resources::lacks(missing_permission)),
            None if !user.vdc_agent_api_access => Err(messages::may_not_look()),
            None => self.actor(user),
        }
    }

    /// Authenticates the caller, and counts the request against its rate limit.
    pub(super) async fn enter(&self, app: &App) -> Result<Account, Problem> {
        if let Some(InProcessAccount(user)) = &self.local {
            let user = user.to_string();
            let user = app.store.read(move |tx| tx.user(&user)).await?.filter(|user| user.active);
            return user.map(|user| Account { user, token: None }).ok_or_else(messages::login_incorrect);
        }
        let account = match self.token() {
            Some(shown) => self.enter_with_token(app, shown).await?,
            None => self.enter_with_password(app).await?,
        };
        let rate_key = match &account.token {
            Some(token) => RateKey::Token(token.token_id),
            None => RateKey::Account(account.user.user_id),
        };
        let taken = app.rate_limit.take(rate_key);
        let left = taken.unwrap_or_else(|refused| Some(refused.left));
        if let (Some(slot), Some(left)) = (&self.allowance, left) {
            // A request can be authenticated twice; its first allowance is reported.
            slot.set(left).unwrap_or_default();
        }
        match taken {
            Ok(_) => Ok(account),
            Err(refused) => Err(messages::rate_limited(refused.retry_after)),
        }
    }

    async fn enter_with_token(&self, app: &App, shown: &str) -> Result<Account, Problem> {
        let from = self.from()?;
        match token_auth::authenticate(app, shown, from).await? {
            TokenAuth::In(bearer) => Ok(Account { user: bearer.user, token: Some(bearer.token) }),
            TokenAuth::Unknown => Err(messages::tokens::unknown()),
            TokenAuth::Over => Err(messages::tokens::over()),
            TokenAuth::AccountClosed => Err(messages::tokens::account_closed()),
            TokenAuth::Barred(seconds) => Err(messages::address_blocked(seconds)),
            TokenAuth::AddressNotAllowed => Err(messages::address_not_allowed(from)),
        }
    }

    /// Authenticates with HTTP Basic.
    async fn enter_with_password(&self, app: &App) -> Result<Account, Problem> {
        let from = self.from()?;
        let Some((user, pass)) = basic(&self.headers) else { return Err(messages::login_required()) };
        let user = String::from_utf8_lossy(&user).into_owned();
        match account_auth::authenticate(app, user, Password::new(pass), from).await? {
            AccountAuth::In(user) => Ok(Account { user, token: None }),
            AccountAuth::Incorrect => Err(messages::login_incorrect()),
            AccountAuth::Locked => Err(messages::locked()),
            AccountAuth::Barred(seconds) => Err(messages::address_blocked(seconds)),
            AccountAuth::AddressNotAllowed => Err(messages::address_not_allowed(from)),
        }
    }
}
