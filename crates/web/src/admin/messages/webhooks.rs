//! What people read about webhooks.

use ::webhooks::DestinationError;
use fleet::webhooks::admin::AT_MOST;
use fleet::webhooks::{Attempt, Failure, Outcome, State, Topic, Webhook};

use super::Tone;

pub(in crate::admin) const ONLY_ADMINISTRATORS: &str = "Only administrators see webhooks.";
pub(in crate::admin) const NO_SUCH_WEBHOOK: &str = "There is no such webhook, or not any more.";
pub(in crate::admin) const REFUSED: &str = "Nothing was saved. Please look at this:";
pub(in crate::admin) const OUTDATED: &str = "Somebody else has changed this webhook since you opened the page, so nothing was saved. Below is what is there now.";
pub(in crate::admin) const NO_TOPIC: &str = "Choose at least one.";

/// There cannot be more.
pub(in crate::admin) fn too_many() -> String {
    format!("There are {AT_MOST} webhooks already. Delete one that is not needed any more.")
}

/// What happens when a webhook is deleted: the question, the effects, and the button.
pub(in crate::admin) fn deleting(name: &str) -> (String, Vec<String>, &'static str) {
    let effects = [
        "It is told nothing any more, and what waits for it is never told.",
        "Its secret and its list of attempts are gone.",
    ];
    (format!("Delete the webhook to {name}?"), effects.map(str::to_owned).into(), "Delete")
}

/// Why messages cannot go there.
pub(in crate::admin) const fn no_destination(why: DestinationError) -> &'static str {
    match why {
        DestinationError::NoUrl => "Type a whole address, such as https://receiver.example/hotdesk.",
        DestinationError::NotHttp => "It must begin with https:// or http://.",
        DestinationError::HasUser => {
            "Leave out the user and the password: the receiver knows Hotdesk by the signature."
        }
        DestinationError::HasFragment => "Leave out what stands behind #: it is never sent.",
        DestinationError::NotAllowed => "Messages may not go to this address; see the setting webhook_networks.",
    }
}

/// What a topic is about.
pub(in crate::admin) const fn topic(topic: Topic) -> (&'static str, &'static str) {
    match topic {
        Topic::Phone => ("Phones", "Added, changed, deleted"),
        Topic::Alias => ("Aliases", "Added, changed, deleted"),
        Topic::User => ("Users", "Added, changed, deleted"),
        Topic::Dialer => ("Dialers", "Added, changed, deleted; down, and healthy again"),
        Topic::Session => ("Sessions", "Reserved, ringing, live, ended"),
    }
}

/// How a subscriber is.
pub(in crate::admin) fn state(webhook: &Webhook) -> (&'static str, Tone) {
    match webhook.state {
        State::Active if webhook.failures > 0 => ("Failing", Tone::Busy),
        State::Active => ("Active", Tone::Good),
        State::Paused => ("Paused", Tone::Quiet),
        State::GaveUp => ("Given up", Tone::Bad),
        State::Gone => ("Gone", Tone::Bad),
    }
}

/// What is the matter with it, if anything is.
pub(in crate::admin) fn delivery_problem(webhook: &Webhook) -> Option<String> {
    let since = webhook.failing_since.map(fleet::Timestamp::stamp).unwrap_or_default();
    Some(match webhook.state {
        State::Active if webhook.failures > 0 => {
            let next = webhook.next_attempt.stamp();
            format!("Failing since {since}: {} attempts so far, the next at {next}.", webhook.failures)
        }
        State::Active => return None,
        State::Paused => {
            "Nothing is told for now. What happens meanwhile waits; sessions and dialers for 7 days.".to_owned()
        }
        State::GaveUp => format!(
            "Nothing arrived from {since} on, for 3 days. Resume it once the receiver is there again: it goes on where it was."
        ),
        State::Gone => "The receiver answered 410 Gone. Resume it if that was a mistake, or delete it.".to_owned(),
    })
}

/// How many events wait.
pub(in crate::admin) fn waiting(events: usize) -> String {
    match events {
        0 => "None".to_owned(),
        500.. => "500 or more".to_owned(),
        events => events.to_string(),
    }
}

/// What came of an attempt.
pub(in crate::admin) fn outcome(attempt: &Attempt) -> (String, Tone) {
    match attempt.outcome {
        Outcome::Answered(status) if attempt.outcome.has_arrived() => (format!("Taken ({status})"), Tone::Good),
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

/// What was done, by the word for it in the address.
pub(in crate::admin) fn news(done: &str) -> &'static str {
    match done {
        "saved" => "Saved.",
        "pause" => "Paused. What happens from now on waits.",
        "resume" => "Resumed. What waits is told now.",
        "skip" => "The event that was first in the row is passed over.",
        "skip_all" => "All that waited is passed over.",
        "deleted" => "The webhook is deleted.",
        _ => "",
    }
}

/// What came of a test.
pub(in crate::admin) fn tested(attempt: &Attempt) -> (String, bool) {
    let (words, _) = outcome(attempt);
    (format!("Test message: {words}, after {} ms.", attempt.took), attempt.outcome.has_arrived())
}
