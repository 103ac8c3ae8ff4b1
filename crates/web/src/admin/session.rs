//! Admin session of a request.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::actor::{Actor, Source};
use fleet::admin_session;
use fleet::authorization::Role;
use fleet::records::User;
use fleet::sessions::digest_of;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{HOME, page};
use crate::App;
use crate::http::address::Peer;
use crate::http::cookie::ADMIN_SESSION;

/// A user with an admin session. Other requests are redirected to the login page.
pub(super) struct AdminSession {
    pub(super) user: User,
    pub(super) role: Role,
    /// Key of the session. Pages must not contain it.
    pub(super) key: String,
    pub(super) from: IpAddr,
}

impl FromRequestParts<Arc<App>> for AdminSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        match Self::find(parts, app).await? {
            Some(admin_session) => Ok(admin_session),
            None => Err(to_login(parts)),
        }
    }
}

impl AdminSession {
    /// The admin session, if the request has the key of one.
    pub(super) async fn find(parts: &Parts, app: &App) -> Result<Option<Self>, Response> {
        let Some(peer) = parts.extensions.get::<Peer>().copied() else {
            return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        let Some(key) = ADMIN_SESSION.value(&parts.headers) else { return Ok(None) };
        let digest = digest_of(key);
        let asked = digest.clone();
        let found = app.store.read(move |tx| admin_session::find(tx, &asked)).await;
        let Some(found) = found.map_err(|error| page::failed(&error.into()))? else { return Ok(None) };
        if found.must_record_use {
            let noted = app.store.write(move |tx| tx.touch_admin_session(&digest)).await;
            noted.map_err(|error| page::failed(&error.into()))?;
        }
        let from = app.settings.proxies.client(peer, &parts.headers);
        Ok(Some(Self { user: found.user, role: found.role, key: key.to_owned(), from }))
    }

    /// Whether this admin session may make changes.
    pub(super) fn may_change(&self) -> bool {
        self.role == Role::Administrator
    }

    /// The account as the actor of a change.
    pub(super) fn actor(&self) -> Actor {
        Actor { user: self.user.user.clone(), from: self.from, source: Source::Panel }
    }
}

/// Redirects a browser to the login page, which leads back to this address.
fn to_login(parts: &Parts) -> Response {
    let asked = parts.uri.path_and_query().map_or(HOME, |asked| asked.as_str());
    let is_worth_it = parts.method == Method::GET && asked != HOME;
    let target = match is_worth_it.then(|| safe(asked)).flatten() {
        Some(next) => format!("/admin/login?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC)),
        None => "/admin/login".to_owned(),
    };
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

/// The address, if it is a page of the panel to which the login page may redirect.
pub(super) fn safe(next: &str) -> Option<&str> {
    let is_own = next.starts_with(HOME) && !next.starts_with("/admin/log") && !next.starts_with("/admin/events");
    (is_own && next.len() < 1024 && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn the_login_redirects_only_to_pages_of_the_panel() {
        for own in ["/admin/", "/admin/phones?q=10%201", "/admin/user?name=6666"] {
            assert_eq!(safe(own), Some(own));
        }
        for other in [
            "",
            "/",
            "/admin",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/admin/",
            "/administrator",
            "/admin/login?next=/admin/",
            "/admin/logout",
            "/admin/events",
            "/admin/\r\nset-cookie: x=y",
            "/admin/ x",
        ] {
            assert_eq!(safe(other), None, "{other:?}");
        }
    }
}
