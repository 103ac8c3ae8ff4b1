//! What an agent reads.

use fleet::dialer_status::Health;
use fleet::placement::LeftOut;
use fleet::sessions::{Choice, State};

use super::names::Names;
use crate::auth::agent_login::Missing;
use crate::messages::refusals::reasons;
use crate::messages::session::called;

/// Why a phone cannot take the agent.
pub(super) struct Reason {
    /// For programs.
    pub(super) plain: String,
    /// For people, with the dialer's name.
    pub(super) words: String,
    /// What to do about it.
    pub(super) advice: &'static str,
}

/// Why no phone of the list can take the agent, and what to do about each.
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
        LeftOut::NoSuchPhone => "Check how the phone login is spelled.",
        LeftOut::PasswordWrong => "Type the phone’s password; it may be another than your own.",
        LeftOut::NotRegistered => "Start your softphone there, and check that it is logged in.",
        LeftOut::PhoneTaken(_) => "Take another phone, or have that agent log out.",
        LeftOut::Unwell(Health::Down | Health::Suspect)
        | LeftOut::NoHeartbeat(_)
        | LeftOut::TwinWithoutHeartbeat(_) => "Try again in a minute; if it stays so, tell your supervisor.",
        LeftOut::PhoneInactive
        | LeftOut::NoSuchDialer
        | LeftOut::DialerInactive
        | LeftOut::TakesNoAgents
        | LeftOut::Draining
        | LeftOut::Unwell(_)
        | LeftOut::Full => "You can do nothing about it: tell your supervisor.",
    }
}

pub(super) const FAILED: &str = "It could not be carried out, and nothing was changed. Try again in a moment.";
pub(super) const CANNOT_RING: &str =
    "Your phone cannot be rung again: no phone can take you now, or it is too long ago.";

/// What is still to be typed.
pub(super) const fn missing(field: Missing) -> &'static str {
    match field {
        Missing::PhonePass => "The phone password is missing.",
        Missing::User => "The user is missing.",
        Missing::Pass => "The password is missing.",
    }
}

/// The state in a word or two.
pub(super) fn chip(state: State, dialer: &str) -> String {
    match state {
        State::Ringing => "Ringing".to_owned(),
        State::Reserved => "Waiting".to_owned(),
        State::Live => format!("On {dialer}"),
        State::Ended => "Over".to_owned(),
    }
}

/// What the page is headed by.
pub(super) const fn heading(state: State) -> &'static str {
    match state {
        State::Ringing => "Answer your phone",
        State::Reserved => "You are logged in",
        // The dialer's name comes behind it.
        State::Live => "You are on",
        State::Ended => "You are not logged in any more",
    }
}

/// What the agent is to do now.
pub(super) const fn todo(state: State) -> &'static str {
    match state {
        State::Ringing => "Answer it, and you are at work.",
        State::Reserved => "Keep your phone at hand, and answer it when it rings.",
        State::Live => "Stay on the phone: your calls come to you through it.",
        State::Ended => "Log in below to go on.",
    }
}

/// The phone that is being rung is not registered.
pub(super) fn not_registered(phone: &str, dialer: &str) -> String {
    format!(
        "Your line {phone} is not registered on {dialer}: start your softphone, and check that it is logged in there. \
         Until then it cannot ring."
    )
}

/// How an open session is.
pub(super) fn status(state: State, phone: &str, dialer: &str, room: &str) -> String {
    let dialer = called(dialer);
    match state {
        State::Ringing => format!("Your phone {phone} is being rung by {dialer}."),
        State::Reserved => format!("Your phone {phone} on {dialer} calls by itself. Your room is {room}."),
        State::Live | State::Ended => format!("You are in room {room} of {dialer}, with phone {phone}."),
    }
}

/// Why a session is over.
pub(super) fn over(words: &str) -> String {
    format!("Your session is over: {words}.")
}

/// The dialer was lost.
pub(super) fn moved_from_lost(from: &str, to: &str) -> String {
    if from == to {
        return format!("Your call was lost, so {} rang you again.", called(to));
    }
    format!("You were moved to {}, since {} was lost.", called(to), called(from))
}

/// Somebody moved the agent.
pub(super) fn moved_by_supervisor(from: &str, to: &str) -> String {
    format!("A supervisor moved you from {} to {}.", called(from), called(to))
}
