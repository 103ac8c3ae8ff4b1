//! Who calls, and what they may do.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use fleet::password::Password;
use fleet::records::User;
use fleet::resource::lack;
use fleet::scope::Scope;
use fleet::seating::{Session, Supervisor, opens};

use super::wording;
use crate::App;
use crate::address::{Peer, client};
use crate::authorization::{basic, bearer};
use crate::entry::{self, Entered};
use crate::problem::Problem;

/// Somebody who calls, whoever it is.
pub(super) struct Caller {
    /// From where.
    pub(super) from: Option<IpAddr>,
    /// With which headers.
    pub(super) headers: HeaderMap,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied();
        let from = peer.map(|peer| client(peer, &parts.headers, &app.settings.trusted_proxies));
        Ok(Self { from, headers: parts.headers.clone() })
    }
}

/// Somebody who may look at the floor: an account of level 7 or above that may use the API.
pub(super) struct Looker;

impl FromRequestParts<Arc<App>> for Looker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, app).await;
        caller.look(app).await.map(|_| Self)
    }
}

/// Somebody who may move agents and drain dialers: an account that may change phones.
pub(super) struct Administrator(pub(super) Supervisor);

impl FromRequestParts<Arc<App>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, app).await;
        caller.administer(app).await.map(Self)
    }
}

impl Caller {
    /// The client's address.
    pub(super) fn from(&self) -> Result<IpAddr, Problem> {
        self.from.ok_or_else(wording::failed)
    }

    /// Whether a session's key was sent.
    pub(super) fn has_key(&self) -> bool {
        bearer(&self.headers).is_some()
    }

    /// The session, if the key that was sent opens it.
    pub(super) async fn own_session(&self, app: &App, session_id: i64) -> Result<Session, Problem> {
        let key = bearer(&self.headers).unwrap_or_default().to_owned();
        let session = app.store.read(move |tx| tx.session(session_id)).await;
        let session = session?;
        session.filter(|session| opens(&key, &session.key_digest)).ok_or_else(wording::wrong_key)
    }

    /// Lets in who may look.
    pub(super) async fn look(&self, app: &App) -> Result<User, Problem> {
        let user = self.enter(app).await?;
        if user.vdc_agent_api_access { Ok(user) } else { Err(wording::may_not_look()) }
    }

    /// Lets in who may move agents and drain dialers.
    pub(super) async fn administer(&self, app: &App) -> Result<Supervisor, Problem> {
        let user = self.enter(app).await?;
        if !user.may_administer_phones() {
            return Err(wording::may_not_administer());
        }
        Ok(Supervisor { user: user.user, from: self.from()? })
    }

    /// Lets in who may change what each of these scopes is about.
    pub(super) async fn write(&self, app: &App, scopes: &[Scope]) -> Result<Supervisor, Problem> {
        let user = self.enter(app).await?;
        self.write_as(user, scopes)
    }

    /// The same for who was let in already.
    pub(super) fn write_as(&self, user: User, scopes: &[Scope]) -> Result<Supervisor, Problem> {
        match scopes.iter().find_map(|scope| lack(&user, *scope)) {
            Some(lack) => Err(wording::resources::lacks(lack)),
            None => Ok(Supervisor { user: user.user, from: self.from()? }),
        }
    }

    /// Logs in with HTTP Basic.
    async fn enter(&self, app: &App) -> Result<User, Problem> {
        let from = self.from()?;
        let Some((user, pass)) = basic(&self.headers) else { return Err(wording::no_login()) };
        let user = String::from_utf8_lossy(&user).into_owned();
        match entry::enter(app, user, Password::new(pass), from).await? {
            Entered::In(user) => Ok(user),
            Entered::Incorrect => Err(wording::login_incorrect()),
            Entered::Locked => Err(wording::locked()),
            Entered::Barred(seconds) => Err(wording::barred(seconds)),
            Entered::AddressNotAllowed => Err(wording::address_not_allowed(from)),
        }
    }
}
