//! `/admin/user/password`: an account gets another password, by an administrator who types their own once more.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::field::{Field, FilteredPass};
use fleet::password::Password;
use fleet::sessions::{Refusal, digest_of};
use fleet::users::save::{SetPassword, check_editable};

use super::csrf_form::AdminForm;
use super::inputs::Input;
use super::messages::{self, users as words};
use super::session::AdminSession;
use super::{lists, page, user};
use crate::App;
use crate::auth::account_auth::{self, AccountAuth};
use crate::error::Error;
use crate::http::fields::Fields;
use crate::messages::refusals;
use crate::refusal::settled;

/// The form's fields: never with what was typed.
pub(super) fn inputs() -> Vec<Input> {
    vec![
        Input::secret("new_pass", "New password").required(),
        Input::secret("again", "New password, once more").required(),
        own(),
    ]
}

/// The field in which somebody types the own password once more.
pub(super) fn own() -> Input {
    Input::secret("own_pass", "Your own password").required().hint("So that nobody does this at your desk.")
}

/// Whether the own password was typed, or what is said about it.
pub(super) async fn verify(
    app: &App,
    by: &AdminSession,
    fields: &Fields,
) -> Result<Result<(), (StatusCode, String)>, Error> {
    let own_pass = Password::new(fields.get("own_pass"));
    Ok(Err(match account_auth::authenticate(app, by.user.user.clone(), own_pass, by.from).await? {
        AccountAuth::In(_) => return Ok(Ok(())),
        AccountAuth::Incorrect => (StatusCode::UNPROCESSABLE_ENTITY, words::NOT_YOUR_PASSWORD.to_owned()),
        AccountAuth::Locked => (StatusCode::TOO_MANY_REQUESTS, refusals::refusal(Refusal::Locked).to_owned()),
        AccountAuth::Barred(seconds) => (StatusCode::TOO_MANY_REQUESTS, refusals::barred(seconds)),
        AccountAuth::AddressNotAllowed => (StatusCode::FORBIDDEN, messages::address_not_allowed(by.from)),
    }))
}

/// The fields, with what is wrong at one of them.
fn inputs_with(name: &str, problem: &str) -> Vec<Input> {
    let told = |input: Input| if input.name == name { input.problem(Some(problem.to_owned())) } else { input };
    inputs().into_iter().map(told).collect()
}

/// `POST`: sets it.
pub(super) async fn set(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    match execute(&app, &by, &fields).await {
        Ok(response) => response,
        Err(error) => page::failed(&error),
    }
}

async fn execute(app: &Arc<App>, by: &AdminSession, fields: &Fields) -> Result<Response, Error> {
    let (actor, name) = (by.actor(), fields.get("name").to_owned());
    if let Err(refusal) = app.store.read(move |tx| settled(check_editable(tx, &actor, &name))).await? {
        return Ok(user::refused(by, &refusal));
    }
    if let Some((field, problem)) = wrong(fields) {
        return Ok(again(app, by, fields, StatusCode::UNPROCESSABLE_ENTITY, (field, &problem)).await);
    }
    match verify(app, by, fields).await? {
        Ok(()) => store(app, by, fields).await,
        Err((status, problem)) => Ok(again(app, by, fields, status, ("own_pass", &problem)).await),
    }
}

/// What is wrong with what was typed, by the rules of `hotdesk user password`.
fn wrong(fields: &Fields) -> Option<(&'static str, String)> {
    let new = fields.get("new_pass");
    if new.is_empty() || new.len() > FilteredPass::AT_MOST {
        return Some(("new_pass", words::password_length()));
    }
    (new != fields.get("again")).then(|| ("again", words::NOT_THE_SAME.to_owned()))
}

async fn store(app: &App, by: &AdminSession, fields: &Fields) -> Result<Response, Error> {
    let set = SetPassword {
        user: fields.get("name").to_owned(),
        password: app.password_verifier.digest(Password::new(fields.get("new_pass"))).await?,
        actor: by.actor(),
        admin_session: digest_of(&by.key),
    };
    if let Err(refusal) = app.store.write(move |tx| settled(set.execute(tx))).await? {
        return Ok(user::refused(by, &refusal));
    }
    app.session_ended.send_replace(());
    let target = lists::address("/admin/user", &[("name", fields.get("name")), ("password", "1")]);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response())
}

/// The user's page once more, with what is wrong.
async fn again(
    app: &App,
    by: &AdminSession,
    fields: &Fields,
    status: StatusCode,
    (field, problem): (&str, &str),
) -> Response {
    let password = inputs_with(field, problem);
    let asked = user::UserPageState { name: fields.get("name"), status, password, ..user::UserPageState::default() };
    user::page_of(app, by, asked).await
}
