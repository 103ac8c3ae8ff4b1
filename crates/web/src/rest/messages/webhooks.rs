//! Problem details about webhooks.

use axum::http::StatusCode;
use fleet::webhooks::Topic;
use fleet::webhooks::admin::AT_MOST;
use serde::Serialize;
use webhooks::DestinationError;

use super::invalid_field;
use crate::http::problem::Problem;

pub(in crate::rest) fn no_destination(why: DestinationError) -> Problem {
    let detail = match why {
        DestinationError::NoUrl => "url must be a URL of at most 1000 bytes, such as https://receiver.example/hotdesk.",
        DestinationError::NotHttp => "url must begin with https:// or http://.",
        DestinationError::HasUser => {
            "url must not contain a user or a password: the signature authenticates Hotdesk to the receiver."
        }
        DestinationError::HasFragment => "url must not contain a fragment (#…), which is never sent.",
        DestinationError::NotAllowed => {
            "url resolves to an address that is not allowed; the setting webhook_networks lists the allowed networks."
        }
    };
    invalid_field("url", detail)
}

pub(in crate::rest) fn no_topics() -> Problem {
    let known: Vec<&str> = Topic::ALL.iter().map(|topic| topic.word()).collect();
    invalid_field("topics", format!("topics must be a list of one or more of: {}.", known.join(", ")))
}

pub(in crate::rest) fn no_such_webhook() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_webhook", "No such webhook.")
}

pub(in crate::rest) fn too_many_webhooks() -> Problem {
    let title = format!("There are already {AT_MOST} webhooks, the maximum. Delete one first.");
    Problem::new(StatusCode::CONFLICT, "too_many_webhooks", title)
}

pub(in crate::rest) fn webhook_changed(current: &impl Serialize) -> Problem {
    let title = "The webhook has been changed since that version. Nothing was changed.";
    let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", title);
    problem.with("current", serde_json::to_value(current).unwrap_or_default())
}
