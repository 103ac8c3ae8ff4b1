//! Problems that the JSON API answers.

pub(super) mod resources;
pub(super) mod tokens;
mod webhooks;

use std::net::IpAddr;

use axum::http::StatusCode;
use fleet::dialer_files::FileName;
use fleet::login::LOCKED_FOR;
use fleet::sessions::{Choice, Refusal};
use store::{ReadError, WriteError};

use crate::auth::agent_login::Missing;
use crate::error::Error;
use crate::http::form::FormError;
use crate::http::problem::Problem;
use crate::messages::refusals::{NO_PHONE, barred as barred_words, kind, reasons, refusal};
pub(super) use webhooks::*;

pub(super) fn no_such_path() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_path", "There is nothing at this address.")
}

pub(super) fn method_not_allowed() -> Problem {
    let title = "This address does not know the method; see the header Allow.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title)
}

pub(super) fn bad_request(status: StatusCode) -> Problem {
    Problem::new(status, "bad_request", "The request could not be read.")
}

pub(super) fn cross_site() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "cross_site", "A page of another site may not ask for this.")
}

pub(super) fn body_refused(error: FormError, at_most: usize) -> Problem {
    match error {
        FormError::TooLong => {
            let title = format!("The body is longer than {} KiB.", at_most / 1024);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", title)
        }
        FormError::TooSlow => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time.")
        }
        FormError::Broken => Problem::new(StatusCode::BAD_REQUEST, "body_incomplete", "The body could not be read."),
    }
}

/// The system could not do it; the log says why.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a request could not be carried out");
        unavailable()
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Error::from(error).into()
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        Error::from(error).into()
    }
}

pub(super) fn unavailable() -> Problem {
    let title = "The request could not be carried out, and nothing was changed. Try again in a moment.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title).retry_after(1)
}

pub(super) fn too_many_streams() -> Problem {
    let title = "As many watch the events already as can.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", title).retry_after(60)
}

pub(super) fn no_json_type() -> Problem {
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", "The body must be JSON.");
    problem.detail("Send it with the header Content-Type: application/json.")
}

pub(super) fn not_json(line: usize, column: usize) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST, "not_json", "The body is not JSON.");
    problem.detail(format!("The mistake is in line {line}, column {column}."))
}

pub(super) fn not_an_object(known: &[&str]) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_object", "The body must be a JSON object.");
    problem.detail(fields(known))
}

pub(super) fn unknown_field(name: &str, known: &[&str]) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_field", "There is no such field here.");
    problem.field(name).detail(fields(known))
}

fn fields(known: &[&str]) -> String {
    if known.is_empty() { "It has no fields.".to_owned() } else { format!("The fields are: {}.", known.join(", ")) }
}

fn invalid_field(name: &str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", "A field is wrong.").field(name).detail(detail)
}

pub(super) fn no_text(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a text, such as \"1001\"."))
}

pub(super) fn no_texts(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a list of texts."))
}

pub(super) fn no_limit(at_most: u32) -> Problem {
    invalid_field("limit", format!("limit is a whole number from 1 to {at_most}."))
}

pub(super) fn no_day(name: &str) -> Problem {
    invalid_field(name, format!("{name} is a day, such as 2026-11-21, in UTC."))
}

pub(super) fn no_result(known: &[&str]) -> Problem {
    invalid_field("result", format!("result is one of: {}.", known.join(", ")))
}

pub(super) fn no_login_state(known: &[&str]) -> Problem {
    invalid_field("state", format!("state is one of: {}.", known.join(", ")))
}

pub(super) fn no_cursor() -> Problem {
    invalid_field("cursor", "cursor is what an answer had as next, unchanged.")
}

pub(super) fn no_flag(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be true or false."))
}

pub(super) fn no_count(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a whole number from 0 on."))
}

pub(super) fn no_list(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a list of objects."))
}

pub(super) fn no_digest() -> Problem {
    invalid_field("digest", "digest must be what the list of files says, or empty: at most 64 hexadecimal digits.")
}

pub(super) fn no_state() -> Problem {
    invalid_field("state", "state is one of: reserved, ringing, live.")
}

pub(super) fn missing(field: Missing) -> Problem {
    let (name, detail) = match field {
        Missing::PhonePass => ("phone_pass", "phone_pass is missing: the password of the phones behind phone_login."),
        Missing::User => ("user", "user is missing: the agent's account."),
        Missing::Pass => ("pass", "pass is missing: the password of the agent's account."),
    };
    invalid_field(name, detail)
}

pub(super) fn missing_phone_login() -> Problem {
    invalid_field(
        "phone_login",
        "phone_login is missing: an alias, a phone's login, or several logins with commas between.",
    )
}

pub(super) fn login_required() -> Problem {
    let title = "Send a login: HTTP Basic, or a token; for one's own session its key as a bearer token.";
    Problem::new(StatusCode::UNAUTHORIZED, "login_required", title).authenticate(BASIC).authenticate(BEARER)
}

const BASIC: &str = "Basic realm=\"Hotdesk\", charset=\"UTF-8\"";
const BEARER: &str = "Bearer realm=\"Hotdesk\"";

pub(super) fn login_incorrect() -> Problem {
    let title = "The user name or the password is wrong, or the account may not use the API.";
    Problem::new(StatusCode::UNAUTHORIZED, "login_incorrect", title).authenticate(BASIC)
}

pub(super) fn invalid_key() -> Problem {
    let title = "This key does not open the session.";
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_key", title).authenticate(BEARER)
}

pub(super) fn locked() -> Problem {
    let title = refusal(Refusal::Locked);
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked", title);
    problem.retry_after(LOCKED_FOR.unsigned_abs())
}

pub(super) fn address_blocked(seconds: u64) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "address_blocked", barred_words(seconds)).retry_after(seconds)
}

pub(super) fn rate_limited(seconds: u64) -> Problem {
    let title = "These are more requests a second than one caller may make. Wait, or ask for more at once.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", title).retry_after(seconds)
}

pub(super) fn address_not_allowed(from: IpAddr) -> Problem {
    let title = format!("This account may not come from the address {from}.");
    Problem::new(StatusCode::FORBIDDEN, "address_not_allowed", title)
}

pub(super) fn may_not_look() -> Problem {
    let title = "This account may not use the API (vdc_agent_api_access).";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn may_not_administer() -> Problem {
    let title = "This account may not do this: it takes level 8, vdc_agent_api_access and ast_admin_access.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn sees_not_all() -> Problem {
    let title =
        "A dialer's files have the phones of all user groups in them, and this account does not see all of those.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn key_may_not() -> Problem {
    let title = "A session's key may look at the session, end it and ring it again, and no more.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn only_its_key_rings() -> Problem {
    let title = "Only the agent's own key rings a session again. A supervisor can move the agent.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn no_such_session() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_session", "There is no such session.")
}

pub(super) fn session_ended() -> Problem {
    Problem::new(StatusCode::CONFLICT, "session_ended", "The session has ended.")
}

pub(super) fn cannot_ring() -> Problem {
    let title = "The session cannot be rung again: no phone can take the agent, or it ended otherwise or too long ago.";
    Problem::new(StatusCode::CONFLICT, "cannot_ring", title).detail("Log in again with POST /api/v1/sessions.")
}

pub(super) fn no_alternative() -> Problem {
    let title = "No other dialer can take the agent now, so the agent stays.";
    Problem::new(StatusCode::CONFLICT, "no_alternative", title)
}

pub(super) fn in_call(found: u32) -> Problem {
    let (title, loss) = match found {
        0 => ("Nobody is in a call there now.".to_owned(), "No call ends by it."),
        1 => ("1 agent is in a call there now.".to_owned(), "Moving ends that call."),
        found => (format!("{found} agents are in a call there now."), "Moving ends their calls."),
    };
    let detail = format!("{loss} If that is meant, send {{\"in_call\":{found}}}.");
    Problem::new(StatusCode::CONFLICT, "agents_in_call", title).detail(detail).with("in_call", found)
}

pub(super) fn no_such_dialer() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_dialer", "There is no dialer with this server_ip.")
}

pub(super) fn no_such_alias() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_alias", "There is no alias with this alias_id.")
}

pub(super) fn no_softphone_accounts() -> Problem {
    let title = "None of the alias's phones is one that a softphone can be.";
    let problem = Problem::new(StatusCode::CONFLICT, "no_softphone_accounts", title);
    problem.detail("It takes an active phone of the protocol SIP or PJSIP that is not in a browser.")
}

pub(super) fn no_such_file() -> Problem {
    let names: Vec<&str> = FileName::ALL.iter().map(|file| file.name()).collect();
    let problem =
        Problem::new(StatusCode::NOT_FOUND, "no_such_file", "A dialer has no configuration file of this name.");
    problem.detail(format!("There are: {}.", names.join(", ")))
}

pub(super) fn refused(reason: Refusal) -> Problem {
    if reason == Refusal::Locked {
        return locked();
    }
    let field = match reason {
        Refusal::CampaignUnknown | Refusal::CampaignInactive | Refusal::CampaignNotAllowed => Some("campaign"),
        Refusal::AliasInactive | Refusal::NoPhoneOfOwn | Refusal::TooManyLogins => Some("phone_login"),
        Refusal::LoginIncorrect | Refusal::Locked | Refusal::ApiOnly => None,
    };
    let (status, kind) = kind(reason);
    let problem = Problem::new(status, kind, refusal(reason));
    match field {
        Some(field) => problem.field(field),
        None => problem,
    }
}

pub(super) fn no_phone(choice: &Choice) -> Problem {
    Problem::new(StatusCode::CONFLICT, "no_phone", NO_PHONE).reasons(reasons(choice))
}

/// A login that was waited for, and no phone was answered.
pub(super) fn ended(session_id: i64, key: &str, words: &str, tried: Vec<String>) -> Problem {
    let problem = Problem::new(StatusCode::CONFLICT, "session_ended", format!("The session is over: {words}."));
    problem.reasons(tried).with("session_id", session_id).with("key", key)
}
