//! What programs are told about tokens.

use axum::http::StatusCode;
use fleet::authorization::Scope;
use fleet::tokens::{AT_MOST, DAYS_AT_MOST, InvalidToken, NAME_AT_MOST};
use serde_json::json;

use super::invalid_field;
use crate::http::problem::Problem;

/// The header of an answer to a token that opens nothing (RFC 6750).
const INVALID: &str = "Bearer realm=\"Hotdesk\", error=\"invalid_token\"";

fn refused(kind: &str, title: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, kind, title).authenticate(INVALID)
}

pub(in crate::rest) fn unknown() -> Problem {
    refused("invalid_token", "There is no such token, or it was revoked.")
}

pub(in crate::rest) fn over() -> Problem {
    refused("token_expired", "The token's time is over. Make another one.")
}

pub(in crate::rest) fn account_closed() -> Problem {
    refused("account_closed", "The token's account is not active, or not of level 7 or above any more.")
}

pub(in crate::rest) fn insufficient_scope(scope: Scope, has: &[Scope]) -> Problem {
    let title = format!("The token may not be used for this: it takes the scope {}.", scope.word());
    let problem = Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", title).with("scope", scope.word());
    problem.detail(format!("The token has: {}.", words(has)))
}

pub(in crate::rest) fn takes_password() -> Problem {
    let title = "A token neither makes tokens nor revokes others: come with the account's password (HTTP Basic).";
    Problem::new(StatusCode::FORBIDDEN, "password_required", title)
}

pub(in crate::rest) fn none_such() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_token", "There is no such token.")
}

pub(in crate::rest) fn too_many() -> Problem {
    let title = format!("The account has {AT_MOST} tokens, as many as it can have. Revoke one first.");
    Problem::new(StatusCode::CONFLICT, "too_many_tokens", title)
}

/// What is wrong, each mistake with its field; the first one is the problem's.
pub(in crate::rest) fn wrong(mistakes: &[InvalidToken]) -> Problem {
    let told: Vec<(&str, String)> = mistakes.iter().copied().map(mistake).collect();
    let errors: Vec<_> = told.iter().map(|(field, detail)| json!({"field": field, "detail": detail})).collect();
    let (field, detail) = told.into_iter().next().unwrap_or_default();
    invalid_field(field, detail).with("errors", errors)
}

fn mistake(mistake: InvalidToken) -> (&'static str, String) {
    match mistake {
        InvalidToken::Name => ("name", format!("name is one line of 1 to {NAME_AT_MOST} characters.")),
        InvalidToken::Scopes => ("scopes", no_scopes()),
        InvalidToken::Days => ("days", format!("days is a whole number from 1 to {DAYS_AT_MOST}.")),
    }
}

pub(in crate::rest) fn no_scope(word: &str) -> Problem {
    invalid_field("scopes", format!("{word:?} is no scope: {}", no_scopes()))
}

fn no_scopes() -> String {
    format!("scopes is a list of one or more of: {}.", words(&Scope::ALL))
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(", ")
}
