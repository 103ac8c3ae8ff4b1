//! What an agent reads.

use axum::http::StatusCode;
use fleet::placement::{Health, LeftOut};
use fleet::sessions::{Choice, Refusal, State};

use super::names::Names;
use crate::history::called;
use crate::login::Missing;

/// Nobody can take the agent; why, each phone's reason says.
pub(crate) const NO_PHONE: &str = "No phone of this login can take you now.";

/// Nobody may log in from there for some time.
pub(crate) fn barred(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("Too many logins from your address were wrong. Try again in {minutes} {unit}.")
}

/// What a refusal is called for programs.
pub(crate) fn kind(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::LoginIncorrect => (StatusCode::UNAUTHORIZED, "login_incorrect"),
        Refusal::Locked => (StatusCode::TOO_MANY_REQUESTS, "locked"),
        Refusal::ApiOnly => (StatusCode::FORBIDDEN, "api_only"),
        Refusal::CampaignUnknown => (StatusCode::FORBIDDEN, "campaign_unknown"),
        Refusal::CampaignInactive => (StatusCode::FORBIDDEN, "campaign_inactive"),
        Refusal::CampaignNotAllowed => (StatusCode::FORBIDDEN, "campaign_not_allowed"),
        Refusal::NoPhoneOfOwn => (StatusCode::FORBIDDEN, "no_phone_of_own"),
        Refusal::TooManyLogins => (StatusCode::FORBIDDEN, "too_many_logins"),
        Refusal::AliasInactive => (StatusCode::FORBIDDEN, "alias_inactive"),
    }
}

/// Why an agent may not log in, and what to do.
pub(crate) fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::LoginIncorrect => "The user name or the password is wrong.",
        Refusal::Locked => "Too many attempts with a wrong password. Try again in 15 minutes.",
        Refusal::ApiOnly => "This account is for programs, not for agents.",
        Refusal::CampaignUnknown => "There is no such campaign.",
        Refusal::CampaignInactive => "This campaign is not active.",
        Refusal::CampaignNotAllowed => "Your user group does not work in this campaign.",
        Refusal::NoPhoneOfOwn => "Your account has no phone of its own: type a phone login and its password.",
        Refusal::TooManyLogins => "These are more phone logins than anybody has: 100 are the most.",
        Refusal::AliasInactive => "This alias is not active yet. Ask your administrator.",
    }
}

/// Why no phone of the list can take the agent, one line a phone.
pub(crate) fn reasons(choice: &Choice) -> Vec<String> {
    let left_out = &choice.decision.left_out;
    let line = |(place, reason): &(usize, LeftOut)| {
        let login = choice.candidates.get(*place).map_or("", |candidate| candidate.login.as_str());
        format!("{login}: {}", left_out_because(reason))
    };
    if left_out.is_empty() { vec!["No phone has this login.".to_owned()] } else { left_out.iter().map(line).collect() }
}

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
        LeftOut::Unwell(Health::Lost | Health::Suspect)
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

/// Why a phone is left out.
#[must_use]
pub fn left_out_because(reason: &LeftOut) -> String {
    match reason {
        LeftOut::NoSuchPhone => "no phone has this login".to_owned(),
        LeftOut::PhoneInactive => "the phone is not active".to_owned(),
        LeftOut::PasswordWrong => "the phone's password is another".to_owned(),
        LeftOut::PhoneTaken(agent) => format!("agent {agent} is on this phone"),
        LeftOut::NoSuchDialer => "its dialer is not known".to_owned(),
        LeftOut::DialerInactive => "its dialer is not active".to_owned(),
        LeftOut::TakesNoAgents => "its dialer takes no agents".to_owned(),
        LeftOut::Draining => "its dialer is being emptied".to_owned(),
        LeftOut::Unwell(Health::Lost) => "its dialer is lost".to_owned(),
        LeftOut::Unwell(Health::NoAccount) => "Hotdesk has no account on its dialer".to_owned(),
        LeftOut::Unwell(_) => "its dialer does not answer".to_owned(),
        LeftOut::NoHeartbeat(Some(age)) => format!("its dialer has not been heard of for {age} seconds"),
        LeftOut::NoHeartbeat(None) => "its dialer has never been heard of".to_owned(),
        LeftOut::TwinWithoutHeartbeat(_) => "its dialer's twin has not been heard of".to_owned(),
        LeftOut::Full => "its dialer has no free room".to_owned(),
        LeftOut::NotRegistered => "the phone is not registered".to_owned(),
    }
}

pub(super) const FAILED: &str = "It could not be carried out, and nothing was changed. Try again in a moment.";
pub(super) const FOREIGN_PAGE: &str = "A page of another site may not ask for this. Nothing was changed.";
pub(super) const LOGGED_OUT: &str = "You are logged out.";
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
