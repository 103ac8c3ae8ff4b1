//! Texts about webhooks.

use ::webhooks::DestinationError;
use fleet::webhooks::admin::AT_MOST;
use fleet::webhooks::{Attempt, Failure, Outcome, State, Topic, Webhook};

use super::Tone;

pub(in crate::admin) const ONLY_ADMINISTRATORS: &str = "Only administrators can see webhooks.";
pub(in crate::admin) const NO_SUCH_WEBHOOK: &str = "This webhook no longer exists.";
pub(in crate::admin) const REFUSED: &str = "Nothing was saved. Correct these fields:";
pub(in crate::admin) const OUTDATED: &str = "Someone else has changed this webhook since you opened the page, so nothing was saved. The form shows the saved values.";
pub(in crate::admin) const NO_TOPIC: &str = "Choose at least one event.";

/// The number of webhooks has reached its limit.
pub(in crate::admin) fn too_many() -> String {
    format!("There are already {AT_MOST} webhooks, the maximum. Delete one first.")
}

/// Confirmation of deleting a webhook: the question, the effects and the button.
pub(in crate::admin) fn deleting(name: &str) -> (String, Vec<String>, &'static str) {
    let effects = [
        "It receives no more events, and its waiting events are discarded.",
        "Its secret and its list of attempts are deleted.",
    ];
    (format!("Delete the webhook to {name}?"), effects.map(str::to_owned).into(), "Delete webhook")
}

/// Why the URL of a webhook is refused.
pub(in crate::admin) const fn no_destination(why: DestinationError) -> &'static str {
    match why {
        DestinationError::NoUrl => "Enter a complete URL, e.g. https://receiver.example/hotdesk.",
        DestinationError::NotHttp => "The URL must begin with https:// or http://.",
        DestinationError::HasUser => {
            "Leave out the user and password: the receiver recognises Hotdesk by the signature."
        }
        DestinationError::HasFragment => "Leave out everything from the # on: it is never sent.",
        DestinationError::NotAllowed => "Messages to this address are not allowed; see the setting webhook_networks.",
    }
}

/// Label and hint of a topic.
pub(in crate::admin) const fn topic(topic: Topic) -> (&'static str, &'static str) {
    match topic {
        Topic::Phone => ("Phones", "Added, changed, deleted"),
        Topic::Alias => ("Aliases", "Added, changed, deleted"),
        Topic::User => ("Users", "Added, changed, deleted"),
        Topic::Dialer => ("Dialers", "Added, changed, deleted; down, and recovered"),
        Topic::Session => ("Sessions", "Reserved, ringing, live, ended"),
    }
}

/// State of a webhook.
pub(in crate::admin) fn state(webhook: &Webhook) -> (&'static str, Tone) {
    match webhook.state {
        State::Active if webhook.failures > 0 => ("Failing", Tone::Busy),
        State::Active => ("Active", Tone::Good),
        State::Paused => ("Paused", Tone::Quiet),
        State::GaveUp => ("Given up", Tone::Bad),
        State::Gone => ("Gone", Tone::Bad),
    }
}

/// Problem with the delivery of a webhook's events.
pub(in crate::admin) fn delivery_problem(webhook: &Webhook) -> Option<String> {
    let since = webhook.failing_since.map(fleet::Timestamp::stamp).unwrap_or_default();
    Some(match webhook.state {
        State::Active if webhook.failures > 0 => {
            let next = webhook.next_attempt.stamp();
            format!("Failing since {since}: {} attempts so far, the next at {next}.", webhook.failures)
        }
        State::Active => return None,
        State::Paused => {
            "Nothing is sent while it is paused. New events wait; session and dialer events for at most 7 days."
                .to_owned()
        }
        State::GaveUp => format!(
            "Every delivery since {since} has failed, for 3 days. Resume it once the receiver works again: delivery continues with the first waiting event."
        ),
        State::Gone => "The receiver answered 410 Gone. Resume it if that was a mistake, or delete it.".to_owned(),
    })
}

/// Number of waiting events.
pub(in crate::admin) fn waiting(events: usize) -> String {
    match events {
        0 => "None".to_owned(),
        500.. => "500 or more".to_owned(),
        events => events.to_string(),
    }
}

/// Result of a delivery attempt.
pub(in crate::admin) fn outcome(attempt: &Attempt) -> (String, Tone) {
    match attempt.outcome {
        Outcome::Answered(status) if attempt.outcome.has_arrived() => (format!("Delivered ({status})"), Tone::Good),
        Outcome::Answered(status) => (format!("Answered {status}"), Tone::Bad),
        Outcome::Failed(failure) => {
            let words = match failure {
                Failure::TimedOut => "No answer in time",
                Failure::Unreachable => "Not reachable",
                Failure::Untrusted => "Certificate not trusted",
                Failure::AddressNotAllowed => "Address not allowed (webhook_networks)",
            };
            (words.to_owned(), Tone::Bad)
        }
    }
}

/// Flash message, by the value in the address.
pub(in crate::admin) fn news(done: &str) -> &'static str {
    match done {
        "saved" => "Saved.",
        "pause" => "Paused. New events wait.",
        "resume" => "Resumed. Waiting events are being sent.",
        "skip" => "The first waiting event was skipped.",
        "skip_all" => "All waiting events were skipped.",
        "deleted" => "Webhook deleted.",
        _ => "",
    }
}

/// Result of a test message.
pub(in crate::admin) fn tested(attempt: &Attempt) -> (String, bool) {
    let (words, _) = outcome(attempt);
    (format!("Test message: {words}, after {} ms.", attempt.took), attempt.outcome.has_arrived())
}
