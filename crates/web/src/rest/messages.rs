//! Problem details of the JSON API.

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
    Problem::new(StatusCode::NOT_FOUND, "no_such_path", "Nothing exists at this path.")
}

pub(super) fn method_not_allowed() -> Problem {
    let title = "Method not allowed. The header Allow lists the allowed methods.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title)
}

pub(super) fn bad_request(status: StatusCode) -> Problem {
    Problem::new(status, "bad_request", "The request is malformed.")
}

pub(super) fn cross_site() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "cross_site", "Cross-site requests are not allowed.")
}

pub(super) fn body_refused(error: FormError, at_most: usize) -> Problem {
    match error {
        FormError::TooLong => {
            let title = format!("The body is larger than {} KiB.", at_most / 1024);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", title)
        }
        FormError::TooSlow => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time.")
        }
        FormError::Broken => Problem::new(StatusCode::BAD_REQUEST, "body_incomplete", "The body is incomplete."),
    }
}

/// A fault of the system; the log has the cause.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a request failed");
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
    let title = "The request failed and nothing was changed. Try again in a moment.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title).retry_after(1)
}

pub(super) fn too_many_streams() -> Problem {
    let title = "Too many clients are watching events. Try again later.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", title).retry_after(60)
}

pub(super) fn no_json_type() -> Problem {
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", "The body must be JSON.");
    problem.detail("Send the header Content-Type: application/json.")
}

pub(super) fn not_json(line: usize, column: usize) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST, "not_json", "The body is not valid JSON.");
    problem.detail(format!("The syntax error is in line {line}, column {column}."))
}

pub(super) fn not_an_object(known: &[&str]) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_object", "The body must be a JSON object.");
    problem.detail(fields(known))
}

pub(super) fn unknown_field(name: &str, known: &[&str]) -> Problem {
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_field", format!("Unknown field {name}."));
    problem.field(name).detail(fields(known))
}

fn fields(known: &[&str]) -> String {
    if known.is_empty() {
        "No fields are allowed here.".to_owned()
    } else {
        format!("The allowed fields are: {}.", known.join(", "))
    }
}

fn invalid_field(name: &str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", "A field is invalid.").field(name).detail(detail)
}

pub(super) fn no_text(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a string, such as \"1001\"."))
}

pub(super) fn no_texts(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a list of strings."))
}

pub(super) fn no_limit(at_most: u32) -> Problem {
    invalid_field("limit", format!("limit must be an integer from 1 to {at_most}."))
}

pub(super) fn no_day(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a date such as 2026-11-21, in UTC."))
}

pub(super) fn no_result(known: &[&str]) -> Problem {
    invalid_field("result", format!("result must be one of: {}.", known.join(", ")))
}

pub(super) fn no_login_state(known: &[&str]) -> Problem {
    invalid_field("state", format!("state must be one of: {}.", known.join(", ")))
}

pub(super) fn no_cursor() -> Problem {
    invalid_field("cursor", "cursor must be the value of next in the previous page, unchanged.")
}

pub(super) fn no_flag(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be true or false."))
}

pub(super) fn no_count(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a non-negative integer."))
}

pub(super) fn no_list(name: &str) -> Problem {
    invalid_field(name, format!("{name} must be a list of objects."))
}

pub(super) fn no_digest() -> Problem {
    invalid_field(
        "digest",
        "digest must be the digest from the list of files, or empty: at most 64 hexadecimal digits.",
    )
}

pub(super) fn no_state() -> Problem {
    invalid_field("state", "state must be one of: reserved, ringing, live.")
}

pub(super) fn missing(field: Missing) -> Problem {
    let (name, detail) = match field {
        Missing::PhonePass => ("phone_pass", "phone_pass is required: the password of the phones of phone_login."),
        Missing::User => ("user", "user is required: the agent's user name."),
        Missing::Pass => ("pass", "pass is required: the agent's password."),
    };
    invalid_field(name, detail)
}

pub(super) fn missing_phone_login() -> Problem {
    invalid_field(
        "phone_login",
        "phone_login is required: an alias, a phone login, or several logins separated by commas.",
    )
}

pub(super) fn login_required() -> Problem {
    let title =
        "Authentication is required: HTTP Basic or a token; for an agent's own session, its key as a bearer token.";
    Problem::new(StatusCode::UNAUTHORIZED, "login_required", title).authenticate(BASIC).authenticate(BEARER)
}

const BASIC: &str = "Basic realm=\"Hotdesk\", charset=\"UTF-8\"";
const BEARER: &str = "Bearer realm=\"Hotdesk\"";

pub(super) fn login_incorrect() -> Problem {
    let title = "Wrong user name or password, or the account may not use the API.";
    Problem::new(StatusCode::UNAUTHORIZED, "login_incorrect", title).authenticate(BASIC)
}

pub(super) fn invalid_key() -> Problem {
    let title = "Wrong key for this session.";
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
    let title = "Too many requests per second. Wait, or send fewer requests with larger pages or batches.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", title).retry_after(seconds)
}

pub(super) fn address_not_allowed(from: IpAddr) -> Problem {
    let title = format!("This account may not connect from the address {from}.");
    Problem::new(StatusCode::FORBIDDEN, "address_not_allowed", title)
}

pub(super) fn may_not_look() -> Problem {
    let title = "This account may not use the API (vdc_agent_api_access).";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn may_not_administer() -> Problem {
    let title = "This account lacks a permission: level 8, vdc_agent_api_access and ast_admin_access are required.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn sees_not_all() -> Problem {
    let title = "A dialer's files contain the phones of all user groups, and this account may not view all groups.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn key_may_not() -> Problem {
    let title = "A session's key may only read the session, end it, and ring its phone again.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn only_its_key_rings() -> Problem {
    let title = "Only the session's own key can ring its phone again. A supervisor can move the agent.";
    Problem::new(StatusCode::FORBIDDEN, "not_allowed", title)
}

pub(super) fn no_such_session() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_session", "No such session.")
}

pub(super) fn session_ended() -> Problem {
    Problem::new(StatusCode::CONFLICT, "session_ended", "The session has ended.")
}

pub(super) fn cannot_ring() -> Problem {
    let title = "The phone cannot be rung again: no phone is available, or the session ended for another reason or too long ago.";
    Problem::new(StatusCode::CONFLICT, "cannot_ring", title).detail("Log in again with POST /api/v1/sessions.")
}

pub(super) fn no_alternative() -> Problem {
    let title = "No other dialer can take the agent now. The agent was not moved.";
    Problem::new(StatusCode::CONFLICT, "no_alternative", title)
}

pub(super) fn in_call(found: u32) -> Problem {
    let (title, loss) = match found {
        0 => ("No agent is in a call.".to_owned(), "Moving ends no call."),
        1 => ("1 agent is in a call.".to_owned(), "Moving ends that call."),
        found => (format!("{found} agents are in a call."), "Moving ends their calls."),
    };
    let detail = format!("{loss} To confirm, send {{\"in_call\":{found}}}.");
    Problem::new(StatusCode::CONFLICT, "agents_in_call", title).detail(detail).with("in_call", found)
}

pub(super) fn no_such_dialer() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_dialer", "No dialer has this server_ip.")
}

pub(super) fn no_such_alias() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_alias", "No alias has this alias_id.")
}

pub(super) fn no_softphone_accounts() -> Problem {
    let title = "No phone of this alias can be used with a softphone.";
    let problem = Problem::new(StatusCode::CONFLICT, "no_softphone_accounts", title);
    problem.detail("The alias needs an active phone with the protocol SIP or PJSIP that is not a web phone.")
}

pub(super) fn no_such_file() -> Problem {
    let names: Vec<&str> = FileName::ALL.iter().map(|file| file.name()).collect();
    let problem = Problem::new(StatusCode::NOT_FOUND, "no_such_file", "No configuration file has this name.");
    problem.detail(format!("The files are: {}.", names.join(", ")))
}

pub(super) fn refused(reason: Refusal) -> Problem {
    if reason == Refusal::Locked {
        return locked();
    }
    let field = match reason {
        Refusal::CampaignUnknown | Refusal::CampaignInactive | Refusal::CampaignNotAllowed => Some("campaign"),
        Refusal::AliasInactive | Refusal::NoAssignedPhone | Refusal::TooManyLogins => Some("phone_login"),
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

/// The session ended while the request waited for its phone.
pub(super) fn ended(session_id: i64, key: &str, words: &str, tried: Vec<String>) -> Problem {
    let problem = Problem::new(StatusCode::CONFLICT, "session_ended", format!("The session has ended: {words}."));
    problem.reasons(tried).with("session_id", session_id).with("key", key)
}
