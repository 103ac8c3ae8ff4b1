//! Texts of the agent page.

use fleet::dialer_status::Health;
use fleet::placement::LeftOut;
use fleet::sessions::{Choice, State};

use super::names::Names;
use crate::auth::agent_login::Missing;
use crate::messages::refusals::reasons;
use crate::messages::session::called;

/// Why a phone is not available.
pub(super) struct Reason {
    /// Text for programs.
    pub(super) plain: String,
    /// Text for agents, with the name of the dialer.
    pub(super) words: String,
    /// What the agent can do about it.
    pub(super) advice: &'static str,
}

/// Why no phone of the list is available, and what the agent can do about each.
pub(super) fn explained(choice: &Choice, names: &Names) -> Vec<Reason> {
    let explain = |(plain, (place, because)): (String, &(usize, LeftOut))| {
        let candidate = choice.candidates.get(*place);
        let dialer = candidate.and_then(|candidate| candidate.dialer.as_ref());
        let dialer = dialer.map(|dialer| names.dialer(&dialer.server_ip));
        let words = dialer.map_or_else(|| plain.clone(), |dialer| format!("{plain} ({dialer})"));
        Reason { plain, words, advice: advice(because) }
    };
    let plain = reasons(choice);
    if choice.decision.left_out.is_empty() {
        let advice = advice(&LeftOut::NoSuchPhone);
        return plain
            .into_iter()
            .map(|plain| Reason { words: plain.trim_end_matches('.').to_owned(), plain, advice })
            .collect();
    }
    plain.into_iter().zip(&choice.decision.left_out).map(explain).collect()
}

/// What an agent can do about a phone that is left out.
fn advice(reason: &LeftOut) -> &'static str {
    match reason {
        LeftOut::NoSuchPhone => "Check the spelling of the phone login.",
        LeftOut::PasswordWrong => "Enter the password of the phone, which may differ from your own.",
        LeftOut::NotRegistered => "Start your softphone and check that it is registered there.",
        LeftOut::PhoneTaken(_) => "Use another phone, or ask that agent to log out.",
        LeftOut::Unhealthy(Health::Down | Health::Suspect)
        | LeftOut::NoHeartbeat(_)
        | LeftOut::TwinWithoutHeartbeat(_) => "Try again in a minute. If it fails again, tell your supervisor.",
        LeftOut::PhoneInactive
        | LeftOut::NoSuchDialer
        | LeftOut::DialerInactive
        | LeftOut::TakesNoAgents
        | LeftOut::Draining
        | LeftOut::Unhealthy(_)
        | LeftOut::Full => "Tell your supervisor.",
    }
}

pub(super) const FAILED: &str = "Hotdesk could not do this. Nothing was changed. Try again in a moment.";
pub(super) const CANNOT_RING: &str =
    "Your phone cannot be rung again: none of your phones is available, or your session ended too long ago.";

/// A required field is empty.
pub(super) const fn missing(field: Missing) -> &'static str {
    match field {
        Missing::PhonePass => "Enter the phone password.",
        Missing::User => "Enter your user.",
        Missing::Pass => "Enter your password.",
    }
}

/// Short form of the state.
pub(super) fn chip(state: State, dialer: &str) -> String {
    match state {
        State::Ringing => "Ringing".to_owned(),
        State::Reserved => "Waiting".to_owned(),
        State::Live => format!("On {dialer}"),
        State::Ended => "Logged out".to_owned(),
    }
}

/// Heading of the page.
pub(super) const fn heading(state: State) -> &'static str {
    match state {
        State::Ringing => "Answer your phone",
        State::Reserved => "You are logged in",
        // The page appends the name of the dialer.
        State::Live => "You are on",
        State::Ended => "You are no longer logged in",
    }
}

/// What the agent should do now.
pub(super) const fn todo(state: State) -> &'static str {
    match state {
        State::Ringing => "Answer to start.",
        State::Reserved => "Keep your phone at hand and answer it when it rings.",
        State::Live => "Stay on the phone: your calls arrive on it.",
        State::Ended => "Log in below to continue.",
    }
}

/// The ringing phone is not registered.
pub(super) fn not_registered(phone: &str, dialer: &str) -> String {
    format!(
        "Your phone {phone} is not registered on {dialer}, so it cannot ring. Start your softphone and check that it is \
         registered there."
    )
}

/// State of an open session.
pub(super) fn status(state: State, phone: &str, dialer: &str, conference: &str) -> String {
    let dialer = called(dialer);
    match state {
        State::Ringing => format!("Your phone {phone} is ringing, called by {dialer}."),
        State::Reserved => format!("Your phone {phone} on {dialer} dials in itself. Your conference is {conference}."),
        State::Live | State::Ended => format!("You are in conference {conference} on {dialer} with phone {phone}."),
    }
}

/// Why a session has ended.
pub(super) fn over(words: &str) -> String {
    format!("Your session has ended: {words}.")
}

/// The dialer went down, or lost the call.
pub(super) fn moved_from_lost(from: &str, to: &str) -> String {
    if from == to {
        return format!("Your call was lost, so {} rang you again.", called(to));
    }
    format!("You were moved to {} because {} went down.", called(to), called(from))
}

/// A supervisor moved the agent.
pub(super) fn moved_by_supervisor(from: &str, to: &str) -> String {
    format!("A supervisor moved you from {} to {}.", called(from), called(to))
}
