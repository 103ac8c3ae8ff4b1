//! `/admin/login` and `/admin/logout`.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Extension, RawQuery, State};
use axum::http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::admin_session;
use fleet::password::Password;
use fleet::sessions::{Refusal, SessionKey, digest_of};

use super::csrf_form::PostForm;
use super::page::{self, Frame};
use super::session::safe;
use super::{HOME, messages};
use crate::auth::account_auth::{self, AccountAuth};
use crate::error::Error;
use crate::http::address::Peer;
use crate::http::cookie::ADMIN_SESSION;
use crate::http::fields::Fields;
use crate::messages::refusals;
use crate::{App, html};

#[derive(Template)]
#[template(path = "admin/login.html")]
struct AdminLoginPage<'a> {
    frame: Frame,
    user: &'a str,
    next: &'a str,
    problem: &'a str,
    /// A message that is not a problem.
    news: &'a str,
}

fn form(status: StatusCode, user: &str, next: &str, problem: &str) -> Response {
    html::page(status, &AdminLoginPage { frame: Frame::bare(), user, next, problem, news: "" })
}

/// The form with a problem.
pub(super) fn refused(status: StatusCode, problem: &str) -> Response {
    form(status, "", "", problem)
}

/// `GET`: the form.
pub(super) async fn show(RawQuery(query): RawQuery) -> Response {
    let fields = Fields::of_query(query);
    let next = safe(fields.get("next")).unwrap_or_default();
    let news = if fields.is_ticked("out") { refusals::LOGGED_OUT } else { "" };
    html::page(StatusCode::OK, &AdminLoginPage { frame: Frame::bare(), user: "", next, problem: "", news })
}

/// `POST`: begins an admin session.
pub(super) async fn log_in(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = Fields::read(&body);
    let (user, next) = (fields.get("user"), safe(fields.get("next")).unwrap_or_default());
    if user.is_empty() || fields.get("pass").is_empty() {
        return form(StatusCode::UNPROCESSABLE_ENTITY, user, next, messages::INCOMPLETE);
    }
    let from = app.settings.proxies.client(peer, &headers);
    let pass = Password::new(fields.get("pass"));
    let entered = match account_auth::authenticate(&app, user.to_owned(), pass, from).await {
        Ok(entered) => entered,
        Err(error) => return page::failed(&error),
    };
    let key = SessionKey::new(app.rng.as_ref());
    let (status, problem) = match entered {
        AccountAuth::In(known) => match begin(&app, &headers, (known.user, from), &key).await {
            Ok(true) => return begun(&app, peer, &headers, &key, next),
            Ok(false) => (StatusCode::FORBIDDEN, messages::NO_ACCESS.to_owned()),
            Err(error) => return page::failed(&error),
        },
        AccountAuth::Incorrect => (StatusCode::UNAUTHORIZED, messages::LOGIN_INCORRECT.to_owned()),
        AccountAuth::Locked => (StatusCode::TOO_MANY_REQUESTS, refusals::refusal(Refusal::Locked).to_owned()),
        AccountAuth::AddressNotAllowed => (StatusCode::FORBIDDEN, messages::address_not_allowed(from)),
        AccountAuth::Barred(seconds) => {
            let words = refusals::barred(seconds);
            let page = form(StatusCode::TOO_MANY_REQUESTS, user, next, &words);
            return ([(RETRY_AFTER, seconds.to_string())], page).into_response();
        }
    };
    form(status, user, next, &problem)
}

/// Begins an admin session and ends the previous one of this browser. Returns whether the account has access.
async fn begin(
    app: &App,
    headers: &HeaderMap,
    (user, from): (String, IpAddr),
    key: &SessionKey,
) -> Result<bool, Error> {
    let (digest, before) = (key.digest(), ADMIN_SESSION.value(headers).map(digest_of));
    let role = app.store.write(move |tx| {
        if let Some(before) = &before {
            tx.end_admin_session(before)?;
        }
        admin_session::begin(tx, &user, &digest, from)
    });
    Ok(role.await?.is_some())
}

fn begun(app: &App, peer: Peer, headers: &HeaderMap, key: &SessionKey, next: &str) -> Response {
    let target = if next.is_empty() { HOME } else { next };
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response();
    if let Some(cookie) = ADMIN_SESSION.set(key.reveal(), app.settings.proxies.is_https(peer, headers)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// `POST`: ends the admin session and deletes its cookie.
pub(super) async fn log_out(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    posted: PostForm,
) -> Response {
    let digest = digest_of(&posted.admin_session.key);
    if let Err(error) = app.store.write(move |tx| tx.end_admin_session(&digest)).await {
        return page::failed(&error.into());
    }
    app.session_ended.send_replace(());
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, "/admin/login?out=1")]).into_response();
    if let Some(cookie) = ADMIN_SESSION.clear(app.settings.proxies.is_https(peer, &headers)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
