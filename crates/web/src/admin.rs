//! Admin panel: `/admin/…`. It works without a script; with one, the floor page updates itself.
//!
//! Every route but the login needs an admin session ([`session`]), every change also its CSRF token
//! ([`csrf_form`]), and most changes an administrator.

mod actions;
mod alias;
mod aliases;
mod confirm;
mod csrf_form;
mod dialer;
mod dialers;
mod events;
mod floor;
mod hour;
mod inputs;
mod line;
mod lines;
mod lists;
mod login;
mod logins;
mod logs;
pub(crate) mod messages;
mod page;
mod password;
mod phone;
mod phones;
mod plans;
mod plot;
mod session;
mod session_detail;
mod sessions;
mod settings;
mod tokens;
mod user;
mod users;
mod webhook;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::http::address::Peer;
use crate::http::server::WholeRequestRead;
use crate::http::{form, same_origin};
use crate::messages::refusals;
use crate::routes::routes;

/// Path of the panel's first page.
const HOME: &str = "/admin/";

/// Content security policy of the panel: own resources only, nothing inline.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

routes! { "";
    get "/admin" => || async { (StatusCode::PERMANENT_REDIRECT, [(LOCATION, HOME)]) };
    get "/admin/" => floor::show;
    get "/admin/events" => events::stream;
    get "/admin/login" => login::show;
    post "/admin/login" => login::log_in;
    post "/admin/logout" => login::log_out;
    get "/admin/dialers" => dialers::list;
    get "/admin/dialers/new" => dialer::ask_for_new;
    post "/admin/dialers/new" => dialer::add;
    get "/admin/dialer" => dialer::show;
    post "/admin/dialer" => dialer::save;
    post "/admin/dialer/plan" => plans::plan;
    post "/admin/dialer/cancel" => plans::cancel;
    get "/admin/dialers/{act}" => actions::ask_about_dialer;
    post "/admin/dialers/{act}" => actions::change_dialer;
    get "/admin/sessions/{act}" => actions::ask_about_session;
    post "/admin/sessions/{act}" => actions::change_session;
    get "/admin/phones" => phones::list;
    get "/admin/phone" => phone::show;
    post "/admin/phone" => phone::save;
    get "/admin/phone/delete" => phone::remove::ask;
    post "/admin/phone/delete" => phone::remove::delete;
    get "/admin/phones/new" => phone::ask_new;
    post "/admin/phones/new" => phone::add;
    get "/admin/phones/bulk" => phone::bulk::ask;
    post "/admin/phones/bulk" => phone::bulk::preview;
    post "/admin/phones/bulk/make" => phone::bulk::make;
    get "/admin/aliases" => aliases::list;
    get "/admin/aliases/new" => alias::new;
    get "/admin/alias" => alias::show;
    post "/admin/alias" => alias::change;
    get "/admin/alias/matches" => alias::matches;
    get "/admin/alias/softphone" => alias::softphone::show;
    post "/admin/alias/softphone" => alias::softphone::make;
    get "/admin/alias/delete" => alias::delete::ask;
    post "/admin/alias/delete" => alias::delete::execute;
    get "/admin/lines" => lines::list;
    get "/admin/line" => line::show;
    get "/admin/logins" => logins::list;
    get "/admin/logins.csv" => logins::csv::send;
    get "/admin/logins/{session_id}" => session_detail::show;
    get "/admin/users" => users::list;
    get "/admin/user" => user::show;
    post "/admin/user" => user::save;
    post "/admin/user/password" => password::set;
    get "/admin/tokens" => tokens::list;
    post "/admin/tokens" => tokens::create;
    post "/admin/tokens/revoke" => tokens::revoke;
    get "/admin/visits" => sessions::list;
    post "/admin/visits/end" => sessions::end;
    get "/admin/logs" => logs::calls;
    get "/admin/logs/{api_id}" => logs::call;
    get "/admin/logs/admin" => logs::changes;
    get "/admin/logs/admin/{admin_log_id}" => logs::change;
    get "/admin/settings" => settings::show;
    post "/admin/settings" => settings::save;
    get "/admin/webhooks" => webhooks::list;
    get "/admin/webhooks/new" => webhooks::ask;
    post "/admin/webhooks/new" => webhooks::add;
    get "/admin/webhook" => webhook::show;
    post "/admin/webhook" => webhook::save;
    get "/admin/webhook/{act}" => webhook::ask;
    post "/admin/webhook/{act}" => webhook::act;
    any "/admin/{*unknown}" => page::unknown_address;
}

/// Router of the panel.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    routed().layer(from_fn_with_state(Arc::clone(app), limit_and_protect))
}

/// Middleware for every request: limits the size and the time of the body, refuses cross-site requests, and
/// adds security headers to the response.
async fn limit_and_protect(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut response, is_read) = match read_whole(&app, request).await {
        Ok(request) => (next.run(request).await, true),
        Err(refused) => (*refused, false),
    };
    if is_read {
        response.extensions_mut().insert(WholeRequestRead);
    }
    let headers = response.headers_mut();
    let security: [(HeaderName, &'static str); 3] =
        [(CONTENT_SECURITY_POLICY, POLICY), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "same-origin")];
    for (name, value) in security {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn read_whole(app: &App, request: Request) -> Result<Request, Box<Response>> {
    let (parts, body) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>().copied() else {
        return Err(Box::new(StatusCode::INTERNAL_SERVER_ERROR.into_response()));
    };
    if !parts.method.is_safe() && same_origin::is_cross_site(peer, &parts.headers, &app.settings.proxies) {
        return Err(Box::new(login::refused(StatusCode::FORBIDDEN, refusals::CROSS_SITE)));
    }
    let body: Bytes = form::collect(body, app.settings.client_timeout, form::FORM_SIZE).await.map_err(|error| {
        let (status, _, words) = refusals::form_refused(error);
        Box::new(login::refused(status, words))
    })?;
    Ok(Request::from_parts(parts, Body::from(body)))
}
