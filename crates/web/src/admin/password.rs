//! `/admin/user/password`: sets the password of an account. The administrator has to enter their own password too.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError;
use fleet::OperationError::{Failed, Refused};
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

/// The form's fields, always empty.
pub(super) fn inputs() -> Vec<Input> {
    vec![
        Input::secret("new_pass", "New password").required(),
        Input::secret("again", "Repeat new password").required(),
        own(),
    ]
}

/// The field for the administrator's own password.
pub(super) fn own() -> Input {
    Input::secret("own_pass", "Your own password").required().hint("Confirm it is you.")
}

/// Checks the administrator's own password. A refusal has a status and a message.
pub(super) async fn verify(
    app: &App,
    by: &AdminSession,
    fields: &Fields,
) -> Result<(), OperationError<(StatusCode, String), Error>> {
    let own_pass = Password::new(fields.get("own_pass"));
    let auth = account_auth::authenticate(app, by.user.user.clone(), own_pass, by.from).await?;
    Err(Refused(match auth {
        AccountAuth::In(_) => return Ok(()),
        AccountAuth::Incorrect => (StatusCode::UNPROCESSABLE_ENTITY, words::NOT_YOUR_PASSWORD.to_owned()),
        AccountAuth::Locked => (StatusCode::TOO_MANY_REQUESTS, refusals::refusal(Refusal::Locked).to_owned()),
        AccountAuth::Barred(seconds) => (StatusCode::TOO_MANY_REQUESTS, refusals::barred(seconds)),
        AccountAuth::AddressNotAllowed => (StatusCode::FORBIDDEN, messages::address_not_allowed(by.from)),
    }))
}

/// The fields, one of them with a problem.
fn inputs_with(name: &str, problem: &str) -> Vec<Input> {
    let with_problem = |input: Input| if input.name == name { input.problem(Some(problem.to_owned())) } else { input };
    inputs().into_iter().map(with_problem).collect()
}

/// `POST`: sets the password.
pub(super) async fn set(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    match execute(&app, &by, &fields).await {
        Ok(response) => response,
        Err(error) => page::failed(&error),
    }
}

async fn execute(app: &Arc<App>, by: &AdminSession, fields: &Fields) -> Result<Response, Error> {
    let (actor, name) = (by.actor(), fields.get("name").to_owned());
    match app.store.read_or_refuse(move |tx| check_editable(tx, &actor, &name)).await {
        Ok(()) => {}
        Err(Refused(refusal)) => return Ok(user::refused(by, &refusal)),
        Err(Failed(error)) => return Err(error.into()),
    }
    if let Some((field, problem)) = wrong(fields) {
        return Ok(again(app, by, fields, StatusCode::UNPROCESSABLE_ENTITY, (field, &problem)).await);
    }
    match verify(app, by, fields).await {
        Ok(()) => store(app, by, fields).await,
        Err(Refused((status, problem))) => Ok(again(app, by, fields, status, ("own_pass", &problem)).await),
        Err(Failed(error)) => Err(error),
    }
}

/// The first invalid field and its problem, by the rules of `hotdesk user password`.
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
    match app.store.write_or_refuse(move |tx| set.execute(tx)).await {
        Ok(()) => {
            app.session_ended.send_replace(());
            let target = lists::address("/admin/user", &[("name", fields.get("name")), ("password", "1")]);
            Ok((StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response())
        }
        Err(Refused(refusal)) => Ok(user::refused(by, &refusal)),
        Err(Failed(error)) => Err(error.into()),
    }
}

/// The user's page again, with the problem.
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
