//! Responses of the agent page, as HTML or JSON.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fleet::field::{FieldId, Fields};
use fleet::password::Password;
use floor::LoggedIn;

use super::messages::Reason;
use super::names::Names;
use super::{PAGE, messages};
pub(super) use crate::auth::agent_login::LoginForm;
use crate::auth::agent_login::{LoginOutcome, Missing};
use crate::html::page;
use crate::http::accept;
use crate::http::form::FormError;
use crate::http::params::Params;
use crate::http::problem::{Problem, json};
use crate::messages::refusals;
use crate::messages::session_created::SessionCreated;

/// Format of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Page,
    Json,
}

impl Format {
    /// JSON for clients that accept it, otherwise a page.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        if accept::accepts_json(headers) { Self::Json } else { Self::Page }
    }
}

/// The entered login, and whether the form is empty.
pub(super) fn read(params: &Params<'_>) -> (LoginForm, bool) {
    let text = |field| String::from_utf8_lossy(params.raw(field)).into_owned();
    let either = |long, short| if params.is_sent(long) { text(long) } else { text(short) };
    let typed = LoginForm {
        user: text(FieldId::VdLogin),
        pass: Password::new(params.raw(FieldId::VdPass)),
        phone_login: either(FieldId::PhoneLogin, FieldId::Pl).trim().to_owned(),
        phone_pass: either(FieldId::PhonePass, FieldId::Pp),
        campaign: text(FieldId::VdCampaign),
    };
    let is_empty = typed.user.is_empty() && typed.phone_login.is_empty();
    (typed, is_empty)
}

#[derive(Template)]
#[template(path = "agent/login.html")]
struct AgentLoginPage<'a> {
    typed: &'a LoginForm,
    problem: &'a str,
    /// Whether the text reports success.
    is_news: bool,
    reasons: &'a [Reason],
    /// Whether the form is free of problems and may take the focus.
    is_alone: bool,
}

#[derive(Template)]
#[template(path = "agent/begun.html")]
struct BegunPage;

/// A refused login, for agents and for programs.
struct RefusedLogin<'a> {
    status: StatusCode,
    kind: &'static str,
    problem: &'a str,
    reasons: Vec<Reason>,
    retry_after: Option<u64>,
}

impl<'a> RefusedLogin<'a> {
    const fn new(status: StatusCode, kind: &'static str, problem: &'a str) -> Self {
        Self { status, kind, problem, reasons: Vec::new(), retry_after: None }
    }

    fn answer(self, typed: &LoginForm, format: Format) -> Response {
        let Self { status, kind, problem, reasons, retry_after } = self;
        let mut response = match format {
            Format::Page => {
                let is_news = status == StatusCode::OK;
                page(status, &AgentLoginPage { typed, problem, is_news, reasons: &reasons, is_alone: is_news })
            }
            Format::Json => {
                let reasons = reasons.into_iter().map(|reason| reason.plain).collect();
                Problem::new(status, kind, problem).reasons(reasons).into_response()
            }
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The empty form.
pub(super) fn form() -> Response {
    form_with(StatusCode::OK, "")
}

/// The empty form with a message.
pub(super) fn form_with(status: StatusCode, problem: &str) -> Response {
    RefusedLogin::new(status, "", problem).answer(&LoginForm::default(), Format::Page)
}

/// A required field is empty.
pub(super) fn incomplete(typed: &LoginForm, missing: Missing, format: Format) -> Response {
    RefusedLogin::new(StatusCode::UNPROCESSABLE_ENTITY, "missing", messages::missing(missing)).answer(typed, format)
}

/// The form could not be read.
pub(super) fn form_refused(error: FormError, format: Format) -> Response {
    let (status, kind, problem) = refusals::form_refused(error);
    RefusedLogin::new(status, kind, problem).answer(&LoginForm::default(), format)
}

/// Result of a login, except a successful one in a browser.
pub(super) fn ended(typed: &LoginForm, outcome: &LoginOutcome, names: &Names, format: Format) -> Response {
    match outcome {
        LoginOutcome::Ended(LoggedIn::Seated(seated)) => {
            json(StatusCode::OK, "application/json", &SessionCreated::of(seated, &seated.session))
        }
        LoginOutcome::Ended(LoggedIn::NoPhone(choice)) => {
            let refused = RefusedLogin::new(StatusCode::CONFLICT, "no_phone", refusals::NO_PHONE);
            RefusedLogin { reasons: messages::explained(choice, names), ..refused }.answer(typed, format)
        }
        LoginOutcome::Ended(LoggedIn::Refused(refusal)) => {
            let (status, kind) = refusals::kind(*refusal);
            RefusedLogin::new(status, kind, refusals::refusal(*refusal)).answer(typed, format)
        }
        LoginOutcome::Barred(seconds) => {
            let words = refusals::barred(*seconds);
            let refused = RefusedLogin::new(StatusCode::TOO_MANY_REQUESTS, "address_blocked", &words);
            RefusedLogin { retry_after: Some(*seconds), ..refused }.answer(typed, format)
        }
        LoginOutcome::Ended(LoggedIn::CheckAgain) | LoginOutcome::Failed => {
            RefusedLogin::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", messages::FAILED).answer(typed, format)
        }
    }
}

/// Redirects the browser to the session page, so that a reload does not log in again.
pub(super) fn see_page() -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, PAGE), (header::CACHE_CONTROL, "no-store")]).into_response()
}

/// Makes the browser load the session page by itself.
pub(super) fn come_again() -> Response {
    let again = [(header::REFRESH, concat!("0; url=", "/agc/vicidial.php"))];
    (again, page(StatusCode::OK, &BegunPage)).into_response()
}
