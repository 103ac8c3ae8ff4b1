//! What programs are told about webhooks.

use axum::http::StatusCode;
use fleet::webhooks::Topic;
use fleet::webhooks::admin::AT_MOST;
use serde::Serialize;
use webhooks::DestinationError;

use super::invalid_field;
use crate::http::problem::Problem;

pub(in crate::rest) fn no_destination(why: DestinationError) -> Problem {
    let detail = match why {
        DestinationError::NoUrl => {
            "url must be an address of at most 1000 bytes, such as https://receiver.example/hotdesk."
        }
        DestinationError::NotHttp => "url must begin with https:// or http://.",
        DestinationError::HasUser => {
            "url must not have a user or a password in it: the receiver knows Hotdesk by the signature."
        }
        DestinationError::HasFragment => "url must not have a part behind #, which is never sent.",
        DestinationError::NotAllowed => {
            "url leads to an address that messages may not go to; the setting webhook_networks says where they may."
        }
    };
    invalid_field("url", detail)
}

pub(in crate::rest) fn no_topics() -> Problem {
    let known: Vec<&str> = Topic::ALL.iter().map(|topic| topic.word()).collect();
    invalid_field("topics", format!("topics must be a list of one or more of: {}.", known.join(", ")))
}

pub(in crate::rest) fn no_such_webhook() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_webhook", "There is no such webhook.")
}

pub(in crate::rest) fn too_many_webhooks() -> Problem {
    let title = format!("There are {AT_MOST} webhooks already; there cannot be more.");
    Problem::new(StatusCode::CONFLICT, "too_many_webhooks", title)
}

pub(in crate::rest) fn webhook_changed(current: &impl Serialize) -> Problem {
    let title = "Somebody else changed it meanwhile, and nothing was changed now.";
    let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", title);
    problem.with("current", serde_json::to_value(current).unwrap_or_default())
}
