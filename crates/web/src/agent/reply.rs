//! Answers of the agent's door, as a page or as JSON.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fleet::field::{FieldId, Fields};
use fleet::seating::Refusal;
use floor::{LoggedIn, SessionView};
use serde::Serialize;

use super::wording;
use crate::form::FormError;
use crate::params::Params;

/// What the client wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Page,
    Json,
}

impl Format {
    /// JSON for who accepts it, a page for everybody else.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let accepts = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
        if accepts.contains("application/json") { Self::Json } else { Self::Page }
    }
}

/// What was typed, but for the agent's password.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) user: String,
    pub(super) phone_login: String,
    pub(super) phone_pass: String,
    pub(super) campaign: String,
    has_pass: bool,
}

impl Typed {
    pub(super) fn read(params: &Params<'_>) -> Self {
        let text = |field| String::from_utf8_lossy(params.raw(field)).into_owned();
        let either = |long, short| if params.is_sent(long) { text(long) } else { text(short) };
        Self {
            user: text(FieldId::VdLogin),
            phone_login: either(FieldId::PhoneLogin, FieldId::Pl).trim().to_owned(),
            phone_pass: either(FieldId::PhonePass, FieldId::Pp),
            campaign: text(FieldId::VdCampaign),
            has_pass: !params.raw(FieldId::VdPass).is_empty(),
        }
    }

    /// What is still to be typed.
    pub(super) fn missing(&self) -> Option<&'static str> {
        // Without a phone login, the account's own phone is meant.
        let fields = [
            (!self.phone_login.is_empty() && self.phone_pass.is_empty(), "phone password"),
            (self.user.is_empty(), "user"),
            (!self.has_pass, "password"),
        ];
        fields.into_iter().find_map(|(is_missing, field)| is_missing.then_some(field))
    }
}

#[derive(Template)]
#[template(path = "agent/login.html")]
struct LoginPage<'a> {
    typed: &'a Typed,
    problem: &'a str,
    reasons: &'a [String],
}

#[derive(Template)]
#[template(path = "agent/seated.html")]
struct SeatedPage<'a> {
    user: &'a str,
    session: &'a SessionView,
}

/// A login that succeeded.
#[derive(Serialize)]
struct Seated<'a> {
    session_id: i64,
    phone_login: &'a str,
    server_ip: &'a str,
    room: &'a str,
    state: &'static str,
}

/// A refusal, as RFC 9457 has it.
#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    reasons: &'a [String],
}

/// The empty form.
pub(super) fn form(typed: &Typed, format: Format) -> Response {
    match format {
        Format::Page => page(StatusCode::OK, &LoginPage { typed, problem: "", reasons: &[] }),
        Format::Json => incomplete(typed, "user", format),
    }
}

/// Something is still to be typed.
pub(super) fn incomplete(typed: &Typed, missing: &str, format: Format) -> Response {
    refused(typed, StatusCode::UNPROCESSABLE_ENTITY, &format!("The {missing} is missing."), &[], format)
}

/// The system could not carry the login out; nothing of it is kept.
pub(super) fn failed(typed: &Typed, format: Format) -> Response {
    let problem = "The login could not be carried out, and nothing was changed. Try again in a moment.";
    refused(typed, StatusCode::SERVICE_UNAVAILABLE, problem, &[], format)
}

/// The form could not be read.
pub(super) fn form_refused(error: FormError, format: Format) -> Response {
    let (status, problem) = match error {
        FormError::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long."),
        FormError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The form did not arrive in time."),
        FormError::Broken => (StatusCode::BAD_REQUEST, "The form could not be read."),
    };
    refused(&Typed::default(), status, problem, &[], format)
}

/// How a login ended.
pub(super) fn ended(typed: &Typed, ending: &LoggedIn, format: Format) -> Response {
    match ending {
        LoggedIn::Seated(login) => seated(&login.session, format),
        LoggedIn::NoPhone(choice) => {
            let problem = "No phone of this login can take you now.";
            refused(typed, StatusCode::CONFLICT, problem, &wording::reasons(choice), format)
        }
        LoggedIn::Refused(refusal) => {
            let status = match refusal {
                Refusal::LoginIncorrect => StatusCode::UNAUTHORIZED,
                Refusal::Locked => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::FORBIDDEN,
            };
            refused(typed, status, wording::refusal(*refusal), &[], format)
        }
        LoggedIn::CheckAgain => failed(typed, format),
    }
}

fn seated(session: &SessionView, format: Format) -> Response {
    let reply = Seated {
        session_id: session.session_id,
        phone_login: &session.phone_login,
        server_ip: &session.server_ip,
        room: &session.room,
        state: session.state,
    };
    match format {
        Format::Page => page(StatusCode::OK, &SeatedPage { user: &session.user, session }),
        Format::Json => json(StatusCode::OK, "application/json", &reply),
    }
}

fn refused(typed: &Typed, status: StatusCode, problem: &str, reasons: &[String], format: Format) -> Response {
    match format {
        Format::Page => page(status, &LoginPage { typed, problem, reasons }),
        Format::Json => {
            let problem = Problem { title: problem, status: status.as_u16(), reasons };
            json(status, "application/problem+json", &problem)
        }
    }
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    let policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    match page.render() {
        Ok(body) => (status, headers, body).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn json(status: StatusCode, kind: &'static str, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
