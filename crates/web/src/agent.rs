//! Agent page: `/agc/vicidial.php`, with VICIdial's field names.
//!
//! GET and POST with a login log an agent in. A browser gets a cookie and a page that shows the session; a
//! program that accepts `application/json` gets JSON.

pub(crate) mod events;
mod messages;
mod names;
mod reply;
mod session;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use floor::LoggedIn;

use crate::App;
use crate::auth::agent_login::{self, LoginOutcome};
use crate::http::address::Peer;
use crate::http::form::{self, Form};
use crate::http::params::Params;
use crate::http::server::WholeRequestRead;
use names::Names;
use reply::Format;
use session::Action;

/// Path of the page.
const PAGE: &str = "/agc/vicidial.php";

/// Shows the form or the session, or logs an agent in.
pub async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let format = Format::wanted(&parts.headers);
    if !matches!(parts.method, Method::GET | Method::POST) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response();
    }
    let Some(peer) = parts.extensions.get().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let form = match form::read(&parts.method, &parts.headers, body, app.settings.client_timeout).await {
        Ok((_, form)) => form,
        Err(error) => return reply::form_refused(error, format),
    };
    let asked = AgentRequest { app: &app, peer, headers: &parts.headers, format };
    let query = parts.uri.query().unwrap_or_default();
    let mut response = asked.answer(query, &form).await;
    response.extensions_mut().insert(WholeRequestRead);
    response
}

/// A request with its complete form.
struct AgentRequest<'a> {
    app: &'a App,
    peer: Peer,
    headers: &'a HeaderMap,
    format: Format,
}

impl AgentRequest<'_> {
    async fn answer(&self, query: &str, form: &Form) -> Response {
        if let Some(action) = action(form) {
            return session::act(self.app, self.peer, self.headers, action).await;
        }
        let params = Params::from_query(query.as_bytes()).or_form(form.pairs());
        let (typed, is_empty) = reply::read(&params);
        if is_empty && self.format == Format::Page {
            return session::show(self.app, self.peer, self.headers).await;
        }
        if let Some(missing) = typed.missing() {
            return reply::incomplete(&typed, missing, self.format);
        }
        let from = self.app.settings.proxies.client(self.peer, self.headers);
        match agent_login::log_in(self.app, &typed, from).await {
            LoginOutcome::Ended(LoggedIn::Seated(seated)) if self.format == Format::Page => {
                let session_id = seated.session.session_id;
                session::begun(self.app, self.peer, self.headers, session_id, seated.key.reveal())
            }
            outcome => reply::ended(&typed, &outcome, &Names::of(self.app), self.format),
        }
    }
}

/// The pressed button on the page of a session.
fn action(form: &Form) -> Option<Action> {
    form.pairs().find(|(name, _)| **name == *b"action").and_then(|(_, value)| Action::read(&value))
}
