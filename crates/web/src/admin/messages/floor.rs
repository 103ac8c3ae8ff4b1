//! What people read on the floor: how it is, what happened and why, and what is asked before something is done.

use fleet::Timestamp;
use fleet::dialer_status::RingEnd;
use fleet::dialers::planned_drains::Act;
use fleet::dialers::planned_drains::Plan;
use fleet::sessions::timeline::{Cause, EndReason};
use floor::{Alarm, DialerView, LineCounts, MoveReason, SessionView};

use super::{Tone, dialer, health, switches};
use crate::admin::actions::{DialerAction, SessionAction};
use crate::messages::session::{self as session_messages, Reader};

/// The floor is frozen, or not any more.
pub(in crate::admin) fn alarm(alarm: Alarm) -> String {
    if alarm.frozen {
        let Alarm { gone, of, .. } = alarm;
        return format!(
            "{gone} of {of} dialers vanished at once. Hotdesk may be cut off itself, so it moves nobody until they are back."
        );
    }
    "Enough dialers are back: agents of lost dialers are moved again.".to_owned()
}

pub(in crate::admin) const HAS_AGENTS: &str = "Agents are on this dialer. Move them away first.";
pub(in crate::admin) const NO_MINUTE: &str = "It begins with the first whole minute.";

/// What is wrong with a dialer, by the word for it.
pub(in crate::admin) fn dialer_problem(word: &str) -> &'static str {
    match word {
        "not_connected_yet" => "Hotdesk is not connected to it yet",
        "closed_connection" => "it closed the connection",
        "does_not_answer" => "it does not answer",
        "refuses_connections" => "it refuses connections",
        "unreachable" => "it cannot be reached",
        "silent" => "it is silent",
        "refuses_login" => "it refuses Hotdesk’s login",
        "shutting_down" => "it is shutting down",
        "no_manager_interface" => "what answers there is no manager interface",
        "untrusted_certificate" => "its certificate is not trusted",
        "no_tls" => "it speaks no TLS that can be used",
        "no_authority" => "no certificate authority is set (ami_ca)",
        _ => "something is wrong with it",
    }
}

/// How many lines are there.
pub(in crate::admin) fn lines(lines: &LineCounts) -> String {
    match lines.registered {
        Some(registered) => format!("Lines registered: {registered} of {}", lines.expected),
        None => format!("Lines expected: {}", lines.expected),
    }
}

/// A time as people read it. It is UTC everywhere in the panel.
pub(in crate::admin) fn time(at: Timestamp, now: Timestamp) -> String {
    let (stamp, today) = (at.stamp(), now.stamp());
    let (day, clock) = stamp.split_at(11);
    let clock = clock.get(..5).unwrap_or(clock);
    if today.starts_with(day) { format!("{clock} UTC") } else { format!("{day}{clock} UTC") }
}

/// What is planned for a dialer.
pub(in crate::admin) fn planned(plan: &Plan, now: Timestamp) -> String {
    let words = match plan.act {
        Act::Drain => "Drains at",
        Act::Take => "Takes agents again at",
    };
    format!("{words} {}", time(plan.due, now))
}

/// What happened to a session, and why it is not where it was.
pub(in crate::admin) fn session_changed(
    session: &SessionView,
    because: Option<&MoveReason>,
    at: Timestamp,
    name: &dyn Fn(&str) -> String,
) -> (String, Tone) {
    let (user, phone, on) = (&session.user, &session.phone_login, name(&session.server_ip));
    let why = because.map(|because| why(because, at, name)).unwrap_or_default();
    match session.state {
        "live" => (format!("Agent {user} is on {on} with phone {phone}{why}."), Tone::Good),
        "ringing" => (format!("{on} rings phone {phone} for agent {user}{why}."), Tone::Busy),
        "reserved" => (format!("Agent {user} has a seat on {on}; phone {phone} calls by itself{why}."), Tone::Busy),
        _ => {
            let reason = session.end_reason.as_deref().and_then(EndReason::read);
            let words = reason.map_or_else(
                || "it has ended".to_owned(),
                |reason| session_messages::ended(reason, Reader::Supervisor),
            );
            let tone = if matches!(reason, Some(EndReason::DialerLost | EndReason::NoPhone)) {
                Tone::Bad
            } else {
                Tone::Quiet
            };
            (format!("Agent {user} has left {on}: {words}."), tone)
        }
    }
}

/// Why a session went elsewhere, behind a colon; nothing if that is nothing to tell.
fn why(because: &MoveReason, at: Timestamp, name: &dyn Fn(&str) -> String) -> String {
    let MoveReason { cause, failed, phone_login, left, lost, by } = because;
    let left = if left.is_empty() { "the dialer".to_owned() } else { name(left) };
    if let Some(failed) = failed {
        return format!(": {}", not_reached(failed, phone_login, &left));
    }
    match (cause, lost, by) {
        (Cause::DialerLost, Some(lost), _) => {
            let tenths = (at.unix_ms() - lost.unix_ms()).max(0) / 100;
            format!(": {left} was lost {}.{} s before", tenths / 10, tenths % 10)
        }
        (Cause::DialerLost, None, _) => format!(": {left} had lost the call"),
        (Cause::Moved, _, Some(by)) => format!(": {by} moved the agent away from {left}"),
        (Cause::Moved, _, None) => format!(": the agent was moved away from {left}"),
        (Cause::RingAgain, ..) => ": the agent asked to be rung again".to_owned(),
        (Cause::Restart, ..) => ": Hotdesk was started again while the phone rang".to_owned(),
        (Cause::LogIn | Cause::Failover, ..) => String::new(),
    }
}

/// Why a phone was not reached.
fn not_reached(how: &RingEnd, phone: &str, dialer: &str) -> String {
    match how {
        RingEnd::NotRegistered => format!("phone {phone} is not registered on {dialer}"),
        RingEnd::NoAnswer => format!("nobody answered phone {phone} on {dialer}"),
        RingEnd::Dead => format!("phone {phone} on {dialer} did not even ring"),
        RingEnd::Rejected => format!("phone {phone} on {dialer} is busy, or rejected the call"),
        RingEnd::Failed { reason } => format!("the call to {phone} on {dialer} failed (Asterisk’s reason {reason})"),
        RingEnd::Refused { words } => format!("{dialer} refused to call phone {phone} ({words})"),
        RingEnd::DialerLost => format!("{dialer} was lost while phone {phone} rang"),
        RingEnd::TimedOut => format!("{dialer} said nothing about phone {phone} in time"),
        RingEnd::GivenUp => format!("the call to phone {phone} on {dialer} was taken back"),
    }
}

/// How a dialer is from now on.
pub(in crate::admin) fn dialer_changed(view: &DialerView) -> (String, Tone) {
    let (health, tone) = health(view.health);
    let why = view.trouble.map(|word| format!(": {}", dialer_problem(word))).unwrap_or_default();
    let switches = switches(view);
    let more = if switches.is_empty() { String::new() } else { format!(". {}", switches.join(", ")) };
    (format!("Dialer {} is {}{why}{more}.", dialer(view), health.to_lowercase()), tone)
}

/// What somebody did with a dialer.
pub(in crate::admin) fn dialer_done(done: &floor::DialerAction, name: &str) -> String {
    let words = match &*done.act {
        "drain" => format!("{name} is drained: nobody new from now on"),
        "take" => format!("{name} takes agents again"),
        "activate" => format!("{name} is active again"),
        "deactivate" => format!("{name} is inactive: new logins go elsewhere"),
        "delete" => format!("{name} is deleted"),
        _ => format!("everybody is moved away from {name}"),
    };
    if done.planned { format!("As planned by {}: {words}.", done.user) } else { format!("{}: {words}.", done.user) }
}

fn calls(in_call: u32) -> String {
    match in_call {
        0 => "Nobody is in a call there now, so no call ends.".to_owned(),
        1 => "1 agent is in a call there now: that call ends.".to_owned(),
        more => format!("{more} agents are in a call there now: those calls end."),
    }
}

/// What is asked before something is done with a dialer: the question, what will happen, and the button.
pub(in crate::admin) fn about_dialer(
    act: DialerAction,
    view: &DialerView,
    in_call: u32,
    phones: u32,
) -> (String, Vec<String>, &'static str) {
    let name = dialer(view);
    let seats = match view.seats {
        1 => "1 agent is there now".to_owned(),
        seats => format!("{seats} agents are there now"),
    };
    let stay = format!("{seats}: they stay, with their calls, until they log out or are moved.");
    let no_call = format!("In a call there now: {in_call}. No call ends.");
    match act {
        DialerAction::Drain => (
            format!("Drain {name}?"),
            vec!["It gets nobody new from now on, neither by logins nor from other dialers.".to_owned(), stay, no_call],
            "Drain",
        ),
        DialerAction::TakeAgents => (
            format!("Let {name} take agents again?"),
            vec![format!("New logins can go there from now on. {seats}, and nobody is moved.")],
            "Take agents again",
        ),
        DialerAction::Empty => (
            format!("Move everybody away from {name}?"),
            vec![
                format!("{seats}: the phone of each is rung again by another dialer, and must be answered."),
                "Who nobody else can take stays.".to_owned(),
                calls(in_call),
            ],
            "Move everybody",
        ),
        DialerAction::Deactivate => (
            format!("Set {name} inactive?"),
            vec![
                "New logins go elsewhere from now on, and VICIdial’s own programs take it as out of use.".to_owned(),
                stay,
                no_call,
            ],
            "Set inactive",
        ),
        DialerAction::Activate => (
            format!("Set {name} active?"),
            vec![format!("New logins can go there from now on, if it takes agents. {seats}, and nobody is moved.")],
            "Set active",
        ),
        DialerAction::Delete => (format!("Delete {name}?"), about_deleting(view, phones, &seats), "Delete"),
    }
}

fn about_deleting(view: &DialerView, phones: u32, seats: &str) -> Vec<String> {
    match (phones, view.seats) {
        (0, 0) => vec![
            "It has no phones, and nobody is there.".to_owned(),
            "Its weight and its way to the manager interface go with it; its rooms stay.".to_owned(),
        ],
        (0, _) => vec![format!("{seats}: it cannot be deleted before they have gone.")],
        (phones, _) => vec![phones_left(phones)],
    }
}

/// A dialer cannot be deleted.
pub(in crate::admin) fn phones_left(phones: u32) -> String {
    let there = if phones == 1 { "1 phone is on it".to_owned() } else { format!("{phones} phones are on it") };
    format!("{there}: it cannot be deleted before they are deleted or on another dialer.")
}

/// What is asked before something is done with a session.
pub(in crate::admin) fn about_session(
    act: SessionAction,
    session: &SessionView,
    in_call: u32,
) -> (String, Vec<String>, &'static str) {
    let user = &session.user;
    let call =
        if in_call == 0 { "The agent is in no call now." } else { "The agent is in a call now: that call ends." };
    match act {
        SessionAction::End => (
            format!("Log agent {user} out?"),
            vec![format!("The session ends at once, and phone {} is hung up.", session.phone_login), call.to_owned()],
            "Log out",
        ),
        SessionAction::Move => (
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
pub(in crate::admin) fn done(word: &str) -> &'static str {
    match word {
        "drain" => "The dialer is drained: nobody new from now on.",
        "take" => "The dialer takes agents again.",
        "empty" => "Everybody whom another dialer can take is being rung there.",
        "activate" => "The dialer is active: new logins can go there.",
        "deactivate" => "The dialer is inactive: new logins go elsewhere.",
        "delete" => "The dialer is deleted.",
        "end" => "The agent was logged out.",
        "move" => "The agent’s phone is being rung by another dialer.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(state: &'static str) -> SessionView {
        SessionView {
            session_id: 5,
            user: "1001".into(),
            campaign: String::new(),
            state,
            phone_login: "100b".into(),
            server_ip: "b".into(),
            conference: String::new(),
            started_at: String::new(),
            end_reason: None,
        }
    }

    fn because(cause: Cause) -> MoveReason {
        MoveReason { cause, failed: None, phone_login: "100a".into(), left: "a".into(), lost: None, by: None }
    }

    fn told(state: &'static str, because: &MoveReason) -> String {
        let name = |server_ip: &str| format!("dialer-{server_ip}");
        session_changed(&session(state), Some(because), Timestamp::from_unix_ms(10_450), &name).0
    }

    #[test]
    fn who_sits_elsewhere_is_told_with_the_cause() {
        let lost = MoveReason { lost: Some(Timestamp::from_unix_ms(10_000)), ..because(Cause::DialerLost) };
        assert_eq!(told("live", &lost), "Agent 1001 is on dialer-b with phone 100b: dialer-a was lost 0.4 s before.");
        let moved = MoveReason { by: Some("6666".into()), ..because(Cause::Moved) };
        assert_eq!(
            told("ringing", &moved),
            "dialer-b rings phone 100b for agent 1001: 6666 moved the agent away from dialer-a."
        );
        let failed = MoveReason { failed: Some(RingEnd::NotRegistered), ..because(Cause::Failover) };
        assert_eq!(
            told("live", &failed),
            "Agent 1001 is on dialer-b with phone 100b: phone 100a is not registered on dialer-a."
        );
        assert_eq!(told("live", &because(Cause::LogIn)), "Agent 1001 is on dialer-b with phone 100b.");
    }

    #[test]
    fn a_time_says_its_day_only_if_that_is_another_one() {
        let now = Timestamp::from_unix(1_795_239_060);
        assert_eq!(time(now, now), "05:31 UTC");
        assert_eq!(time(now.plus_seconds(86_400), now), "2026-11-22 05:31 UTC");
    }

    #[test]
    fn every_trouble_of_a_dialer_has_its_own_sentence() {
        let words = [
            "not_connected_yet",
            "closed_connection",
            "does_not_answer",
            "refuses_connections",
            "unreachable",
            "silent",
            "refuses_login",
            "shutting_down",
            "no_manager_interface",
            "untrusted_certificate",
            "no_tls",
            "no_authority",
        ];
        let sentences: std::collections::BTreeSet<&str> = words.into_iter().map(dialer_problem).collect();
        assert_eq!(sentences.len(), words.len());
        assert!(!sentences.contains(dialer_problem("something new")));
    }
}
