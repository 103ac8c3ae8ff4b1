//! Replies of the Non-Agent API and the Agent API that belong to no function.

use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::html;
use crate::http::form::{FORM_SIZE, FormError};
use crate::upstream::ForwardError;

/// Refuses a method other than GET and POST.
pub(crate) fn method_not_allowed() -> Response {
    let mut response = with_status(StatusCode::METHOD_NOT_ALLOWED, "ERROR: METHOD NOT ALLOWED, USE GET OR POST\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// Reply to a form that could not be read; no function was called.
pub(crate) fn form_refused(error: FormError) -> Response {
    let (status, text) = match error {
        FormError::TooLong => {
            (StatusCode::PAYLOAD_TOO_LARGE, format!("ERROR: THE FORM MUST NOT HAVE MORE THAN {FORM_SIZE} BYTES\n"))
        }
        FormError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "ERROR: THE FORM DID NOT ARRIVE IN TIME\n".to_owned()),
        FormError::Broken => (StatusCode::BAD_REQUEST, "ERROR: THE FORM COULD NOT BE READ\n".to_owned()),
    };
    with_status(status, text)
}

/// Reply after a fault of the system; nothing was changed, so the client may try again.
pub(crate) fn failed() -> Response {
    let text = "ERROR: THE SYSTEM COULD NOT CARRY OUT THE CALL, NOTHING WAS CHANGED, TRY AGAIN LATER\n";
    let mut response = with_status(StatusCode::SERVICE_UNAVAILABLE, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Reply to a call that could not be forwarded to the upstream server, which may nevertheless have executed it.
pub(crate) fn not_passed_on(why: &ForwardError) -> Response {
    let (status, text) = match why {
        ForwardError::Circle => {
            (StatusCode::LOOP_DETECTED, "ERROR: THIS CALL HAS BEEN PASSED ON ALREADY, LOOK AT THE SETTING upstream\n")
        }
        ForwardError::Unreachable(_) => {
            (StatusCode::BAD_GATEWAY, "ERROR: THE SYSTEM BEHIND THIS ONE DOES NOT ANSWER, LOOK BEFORE TRYING AGAIN\n")
        }
    };
    with_status(status, text)
}

/// A reply with this status; the body is plain text or the page of a function.
pub(crate) fn with_status(status: StatusCode, body: impl Into<String>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // Names in a reply may contain markup, and the type is the one that clients of VICIdial expect.
        (CONTENT_SECURITY_POLICY, html::CONTENT_SECURITY_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body.into()).into_response()
}
