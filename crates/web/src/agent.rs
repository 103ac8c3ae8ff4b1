//! The agent's door: `/agc/vicidial.php`, with VICIdial's field names.
//!
//! GET and POST with a login log an agent in; a browser gets a page, a program that accepts `application/json` gets JSON.

mod reply;
pub mod wording;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fleet::field::{FieldId, Fields};
use fleet::login::Proof;
use fleet::password::{Password, StoredPassword};
use fleet::seating::LogIn;
use fleet::text::Alphabet;
use floor::LoggedIn;

use crate::App;
use crate::address::{Peer, client};
use crate::doorkeeper::Credentials;
use crate::form;
use crate::params::Params;
use crate::server::WholeRequestRead;
use crate::trouble::Trouble;
use reply::{Format, Typed};

/// How often a login is tried again when the settings or the password changed under it.
const ATTEMPTS: usize = 4;

/// Answers with the form, or logs an agent in.
pub async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let format = Format::wanted(&parts.headers);
    if !matches!(parts.method, Method::GET | Method::POST) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response();
    }
    let form = match form::read(&parts.method, &parts.headers, body, app.settings.client_timeout).await {
        Ok(form) => form,
        Err(error) => return reply::form_refused(error, format),
    };
    let params = Params::from_query(parts.uri.query().unwrap_or_default().as_bytes()).or_form(form.pairs());
    let mut response = log_in(&app, &parts.headers, parts.extensions.get().copied(), &params, format).await;
    response.extensions_mut().insert(WholeRequestRead);
    response
}

async fn log_in(app: &App, headers: &HeaderMap, peer: Option<Peer>, params: &Params<'_>, format: Format) -> Response {
    let Some(peer) = peer else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let typed = Typed::read(params);
    if typed.user.is_empty() && typed.phone_login.is_empty() {
        return reply::form(&typed, format);
    }
    if let Some(missing) = typed.missing() {
        return reply::incomplete(&typed, missing, format);
    }
    let from = client(peer, headers, &app.settings.trusted_proxies);
    let pass = params.raw(FieldId::VdPass);
    let credentials =
        Credentials { user: typed.user.clone(), sent: Password::new(pass), filtered: Password::new(pass) };
    for _ in 0..ATTEMPTS {
        let wanted = LogIn {
            phone_login: typed.phone_login.clone(),
            phone_pass: typed.phone_pass.clone(),
            user: typed.user.clone(),
            campaign: typed.campaign.clone(),
            from,
            alphabet: if app.store.settings().use_non_latin { Alphabet::Unicode } else { Alphabet::Latin },
        };
        match attempt(app, wanted, &credentials).await {
            Ok(LoggedIn::CheckAgain) => {}
            Ok(ending) => {
                if let LoggedIn::Refused(refusal) = &ending {
                    tracing::info!(?refusal, %from, "login refused");
                }
                return reply::ended(&typed, &ending, format);
            }
            Err(trouble) => {
                tracing::error!(error = %trouble, %from, "an agent could not log in");
                return reply::failed(&typed, format);
            }
        }
    }
    reply::failed(&typed, format)
}

async fn attempt(app: &App, wanted: LogIn, credentials: &Credentials) -> Result<LoggedIn, Trouble> {
    let proof = app.doorkeeper.prove(credentials).await?;
    let ending = app.floor.log_in(wanted, proof.clone()).await?;
    match &ending {
        LoggedIn::CheckAgain => app.doorkeeper.forget(credentials, &proof),
        LoggedIn::Seated(_) if matches!(proof, Proof::Right(StoredPassword::Plain(_))) => {
            app.doorkeeper.upgrade(credentials, &proof);
        }
        _ => {}
    }
    Ok(ending)
}
