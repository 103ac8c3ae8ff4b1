//! Problem details about tokens.

use axum::http::StatusCode;
use fleet::authorization::Scope;
use fleet::tokens::{AT_MOST, DAYS_AT_MOST, InvalidToken, NAME_AT_MOST};
use serde_json::json;

use super::invalid_field;
use crate::http::problem::Problem;

/// `WWW-Authenticate` header of a response to an invalid token (RFC 6750).
const INVALID: &str = "Bearer realm=\"Hotdesk\", error=\"invalid_token\"";

fn refused(kind: &str, title: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, kind, title).authenticate(INVALID)
}

pub(in crate::rest) fn unknown() -> Problem {
    refused("invalid_token", "The token is unknown or was revoked.")
}

pub(in crate::rest) fn over() -> Problem {
    refused("token_expired", "The token has expired. Create a new one.")
}

pub(in crate::rest) fn account_closed() -> Problem {
    refused("account_closed", "The token's account is inactive, or its level is now below 7.")
}

pub(in crate::rest) fn insufficient_scope(scope: Scope, has: &[Scope]) -> Problem {
    let title = format!("The token lacks the scope {}.", scope.word());
    let problem = Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", title).with("scope", scope.word());
    problem.detail(format!("The token's scopes are: {}.", words(has)))
}

pub(in crate::rest) fn takes_password() -> Problem {
    let title = "A token cannot create tokens or revoke other tokens. Use the account's password (HTTP Basic).";
    Problem::new(StatusCode::FORBIDDEN, "password_required", title)
}

pub(in crate::rest) fn none_such() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_token", "No such token.")
}

pub(in crate::rest) fn too_many() -> Problem {
    let title = format!("The account already has {AT_MOST} tokens, the maximum. Revoke one first.");
    Problem::new(StatusCode::CONFLICT, "too_many_tokens", title)
}

/// Invalid fields of a new token: the first one in `field` and `detail`, all of them in `errors`.
pub(in crate::rest) fn wrong(mistakes: &[InvalidToken]) -> Problem {
    let described: Vec<(&str, String)> = mistakes.iter().copied().map(mistake).collect();
    let errors: Vec<_> = described.iter().map(|(field, detail)| json!({"field": field, "detail": detail})).collect();
    let (field, detail) = described.into_iter().next().unwrap_or_default();
    invalid_field(field, detail).with("errors", errors)
}

fn mistake(mistake: InvalidToken) -> (&'static str, String) {
    match mistake {
        InvalidToken::Name => ("name", format!("name must be one line of 1 to {NAME_AT_MOST} characters.")),
        InvalidToken::Scopes => ("scopes", no_scopes()),
        InvalidToken::Days => ("days", format!("days must be an integer from 1 to {DAYS_AT_MOST}.")),
    }
}

pub(in crate::rest) fn no_scope(word: &str) -> Problem {
    invalid_field("scopes", format!("{word:?} is not a scope: {}", no_scopes()))
}

fn no_scopes() -> String {
    format!("scopes must be a list of one or more of: {}.", words(&Scope::ALL))
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(", ")
}
