//! What people read in the panel.

use std::net::IpAddr;

use axum::http::StatusCode;
use fleet::panel::accounts::Permission;
use fleet::placement::Why;
use fleet::seating::trail::EndReason;
use floor::{Alarm, DialerView, SessionView};

use super::acts::{DialerAct, SessionAct};
use crate::form::FormError;
use crate::history::{self, Reader};

pub(super) const FOREIGN_PAGE: &str = "A page of another site may not ask for this. Nothing was changed.";
pub(super) const FAILED: &str = "It could not be carried out. Try again in a moment.";
pub(super) const NO_TOKEN: &str = "This form is not from a page of your visit, perhaps from one before you logged in again. \
    Nothing was changed. Go back, load the page again, and try once more.";
pub(super) const MAY_ONLY_LOOK: &str =
    "Your account may look, but not change anything: that takes level 8 and “may change phones and dialers”.";
pub(super) const NO_SUCH_PAGE: &str = "There is no page at this address.";
pub(super) const NO_SUCH_DIALER: &str = "There is no such dialer any more.";
pub(super) const NO_SUCH_USER: &str = "There is no such user.";
pub(super) const SESSION_IS_OVER: &str = "This session is over already.";
pub(super) const NOWHERE_ELSE: &str = "No other dialer can take the agent now, so the agent stays.";
pub(super) const CALLS_CHANGED: &str =
    "Nothing was done yet: the number of agents in a call has changed since you were asked. Please look again.";
pub(super) const INCOMPLETE: &str = "Type a user and a password.";
pub(super) const LOGIN_INCORRECT: &str =
    "The user name or the password is wrong, or the account may not come in here: that takes level 7.";
pub(super) const LOCKED: &str = "Too many attempts with a wrong password. Try again in 15 minutes.";
pub(super) const NO_ACCESS: &str = "Your account may not use the API (vdc_agent_api_access), and so not this panel.";
pub(super) const LOGGED_OUT: &str = "You are logged out.";
pub(super) const SAVED: &str = "Saved. It counts from the next call on.";
pub(super) const MAY_NOT_CHANGE_USERS: &str = "Your account may not change users (modify_users). Nothing was changed.";
pub(super) const ABOVE_OWN_LEVEL: &str =
    "Nobody changes an account above their own level, or lifts one above it. Nothing was changed.";
pub(super) const LOCKS_ONESELF_OUT: &str =
    "This would put you out of this panel, so nothing was changed. Have another administrator do it.";
pub(super) const NO_SUCH_LEVEL: &str = "Levels go from 1 to 9. Nothing was changed.";
pub(super) const OUTDATED: &str = "Somebody else has changed this account since you opened the page, so nothing was changed. \
    This is how it is now; change it once more if that is still needed.";
pub(super) const NOWHERE: &str = "No phone of this alias can take an agent now.";

/// Nobody comes in from there.
pub(super) fn address_not_allowed(from: IpAddr) -> String {
    format!("This account may not come from the address {from}.")
}

/// What a page that only says something is headed by.
pub(super) fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::CONFLICT => "Not possible now",
        _ => "It did not work",
    }
}

/// A form could not be read.
pub(super) fn form_refused(error: FormError) -> (StatusCode, &'static str) {
    match error {
        FormError::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long."),
        FormError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The form did not arrive in time."),
        FormError::Broken => (StatusCode::BAD_REQUEST, "The form could not be read."),
    }
}

/// How something is to be taken; the name of its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Busy,
    Bad,
    Quiet,
}

impl std::fmt::Display for Tone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        })
    }
}

/// What a dialer is called.
pub(super) fn dialer(dialer: &DialerView) -> String {
    if dialer.server_id.is_empty() { dialer.server_ip.clone() } else { dialer.server_id.clone() }
}

/// A dialer's health.
pub(super) fn health(word: &str) -> (&'static str, Tone) {
    match word {
        "well" => ("Well", Tone::Good),
        "suspect" => ("Suspect", Tone::Busy),
        "lost" => ("Lost", Tone::Bad),
        "no_account" => ("No account", Tone::Bad),
        _ => ("Not watched", Tone::Quiet),
    }
}

/// What keeps agents from a dialer that is well.
pub(super) fn switches(dialer: &DialerView) -> Vec<&'static str> {
    let switches = [
        (!dialer.active, "Not active"),
        (!dialer.accepts_agents, "Takes no agents"),
        (dialer.draining, "Draining: nobody new"),
    ];
    switches.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect()
}

/// How a session is.
pub(super) fn state(word: &str) -> (&'static str, Tone) {
    match word {
        "live" => ("Live", Tone::Good),
        "ringing" => ("Ringing", Tone::Busy),
        "reserved" => ("Reserved", Tone::Busy),
        _ => ("Over", Tone::Quiet),
    }
}

/// The floor is frozen, or not any more.
pub(super) fn alarm(alarm: Alarm) -> String {
    if alarm.frozen {
        let Alarm { gone, of, .. } = alarm;
        return format!(
            "{gone} of {of} dialers vanished at once. Hotdesk may be cut off itself, so it moves nobody until they are back."
        );
    }
    "Enough dialers are back: agents of lost dialers are moved again.".to_owned()
}

/// What happened to a session, and from which other dialer it came.
pub(super) fn session_changed(session: &SessionView, dialer: &str, left: Option<String>) -> (String, Tone) {
    let (user, phone) = (&session.user, &session.phone_login);
    let left = left.filter(|left| !left.is_empty()).map(|left| format!(", who was on {left}")).unwrap_or_default();
    match session.state {
        "live" => (format!("Agent {user} is on {dialer} with phone {phone}."), Tone::Good),
        "ringing" => (format!("{dialer} rings phone {phone} for agent {user}{left}."), Tone::Busy),
        "reserved" => (format!("Agent {user} has a seat on {dialer}; phone {phone} calls by itself."), Tone::Busy),
        _ => {
            let reason = session.end_reason.as_deref().and_then(EndReason::read);
            let words =
                reason.map_or_else(|| "it has ended".to_owned(), |reason| history::ended(reason, Reader::Supervisor));
            let tone = if matches!(reason, Some(EndReason::DialerLost | EndReason::NoPhone)) {
                Tone::Bad
            } else {
                Tone::Quiet
            };
            (format!("Agent {user} has left {dialer}: {words}."), tone)
        }
    }
}

/// How a dialer is from now on.
pub(super) fn dialer_changed(view: &DialerView) -> (String, Tone) {
    let (health, tone) = health(view.health);
    let why = view.trouble.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let switches = switches(view);
    let more = if switches.is_empty() { String::new() } else { format!(". {}", switches.join(", ")) };
    (format!("Dialer {}: {}{why}{more}.", dialer(view), health.to_lowercase()), tone)
}

fn calls(in_call: u32) -> String {
    match in_call {
        0 => "Nobody is in a call there now, so no call ends.".to_owned(),
        1 => "1 agent is in a call there now: that call ends.".to_owned(),
        more => format!("{more} agents are in a call there now: those calls end."),
    }
}

/// What is asked before something is done with a dialer: the question, what will happen, and the button.
pub(super) fn about_dialer(act: DialerAct, view: &DialerView, in_call: u32) -> (String, Vec<String>, &'static str) {
    let name = dialer(view);
    let seats = match view.seats {
        1 => "1 agent is there now".to_owned(),
        seats => format!("{seats} agents are there now"),
    };
    match act {
        DialerAct::Drain => (
            format!("Drain {name}?"),
            vec![
                "It gets nobody new from now on, neither by logins nor from other dialers.".to_owned(),
                format!("{seats}: they stay, with their calls, until they log out or are moved."),
                format!("In a call there now: {in_call}. No call ends."),
            ],
            "Drain",
        ),
        DialerAct::TakeAgents => (
            format!("Let {name} take agents again?"),
            vec![format!("New logins can go there from now on. {seats}, and nobody is moved.")],
            "Take agents again",
        ),
        DialerAct::Empty => (
            format!("Move everybody away from {name}?"),
            vec![
                format!("{seats}: the phone of each is rung again by another dialer, and must be answered."),
                "Who nobody else can take stays.".to_owned(),
                calls(in_call),
            ],
            "Move everybody",
        ),
    }
}

/// What is asked before something is done with a session.
pub(super) fn about_session(
    act: SessionAct,
    session: &SessionView,
    in_call: u32,
) -> (String, Vec<String>, &'static str) {
    let user = &session.user;
    let call =
        if in_call == 0 { "The agent is in no call now." } else { "The agent is in a call now: that call ends." };
    match act {
        SessionAct::End => (
            format!("Log agent {user} out?"),
            vec![format!("The session ends at once, and phone {} is hung up.", session.phone_login), call.to_owned()],
            "Log out",
        ),
        SessionAct::Move => (
            format!("Move agent {user} to another dialer?"),
            vec![
                "The best other dialer rings the agent's phone there, and the agent must answer it.".to_owned(),
                call.to_owned(),
            ],
            "Move",
        ),
    }
}

/// What was done.
pub(super) fn done(word: &str) -> &'static str {
    match word {
        "drain" => "The dialer is drained: nobody new from now on.",
        "take" => "The dialer takes agents again.",
        "empty" => "Everybody whom another dialer can take is being rung there.",
        "end" => "The agent was logged out.",
        "move" => "The agent's phone is being rung by another dialer.",
        _ => "",
    }
}

/// Where a login goes.
pub(super) fn goes(dialer: &str, phone: &str) -> String {
    format!("{dialer}, phone {phone}")
}

/// Why it goes there.
pub(super) fn why(why: Why, seats: u32, choices: usize) -> String {
    let seats = if seats == 1 { "1 seat".to_owned() } else { format!("{seats} seats") };
    match (why, choices) {
        (_, 1) => format!("The only one that can take an agent now ({seats})."),
        (Why::LeastLoaded, _) => format!("Least loaded of {choices} ({seats})."),
        (Why::Grouped, _) => format!("The campaign's agents are there ({seats})."),
    }
}

/// Which functions an account may call, in few words.
pub(super) fn functions(allowed: &str) -> String {
    if allowed.contains("ALL_FUNCTIONS") || allowed == "ALL" {
        return "All".to_owned();
    }
    match allowed.split_whitespace().count() {
        0 => "None".to_owned(),
        1 => allowed.trim().to_owned(),
        count => format!("{count} functions"),
    }
}

/// A permission, and how to give it.
pub(super) fn permission(permission: Permission) -> (&'static str, &'static str) {
    match permission {
        Permission::NotLocked => {
            ("The account is not locked", "Too many wrong passwords: it opens by itself after 15 minutes.")
        }
        Permission::Active => ("The account is active", "Tick “Active” and save."),
        Permission::Level => ("Level 7 or above", "Without it every login is refused as wrong. Set the level to 8."),
        Permission::Function => ("The function is allowed", "Tick the function, or choose “All functions”, and save."),
        Permission::ApiAccess => ("API access", "Tick “API access” and save."),
        Permission::AdminAccess => {
            ("May change phones and dialers", "Tick “May change phones, aliases and dialers” and save.")
        }
        Permission::ModifyUsers => ("May change users", "Set modify_users in a fleet file."),
        Permission::ViewReports => ("May see reports", "Set view_reports in a fleet file."),
        Permission::AdminLevel => ("Level 8 or above", "Set the level to 8 or 9 and save."),
    }
}
