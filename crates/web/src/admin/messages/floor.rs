//! Texts of the floor page: alarms, activity, confirmations and flash messages.

use fleet::Timestamp;
use fleet::dialer_status::RingEnd;
use fleet::dialers::planned_drains::Act;
use fleet::dialers::planned_drains::Plan;
use fleet::sessions::timeline::{Cause, EndReason};
use floor::{Alarm, DialerView, LineCounts, MoveReason, SessionView};

use super::{Tone, dialer, health, switches};
use crate::admin::actions::{DialerAction, SessionAction};
use crate::messages::session::{self as session_messages, Reader};

/// Alarm about several dialers that went down at once, or its end.
pub(in crate::admin) fn alarm(alarm: Alarm) -> String {
    if alarm.frozen {
        let Alarm { gone, of, .. } = alarm;
        return format!(
            "{gone} of {of} dialers went down at once. Hotdesk itself may be cut off, so it moves no agents until they are back."
        );
    }
    "Enough dialers are back. Agents of dialers that go down are moved again.".to_owned()
}

pub(in crate::admin) const HAS_AGENTS: &str = "Agents are logged in on this dialer. Move them to another dialer first.";
pub(in crate::admin) const NO_MINUTE: &str = "Data appears after the first minute.";

/// Problem of a dialer, by its code.
pub(in crate::admin) fn dialer_problem(word: &str) -> &'static str {
    match word {
        "not_connected_yet" => "Hotdesk is not connected to it yet",
        "closed_connection" => "it closed the connection",
        "does_not_answer" => "it does not answer",
        "refuses_connections" => "it refuses connections",
        "unreachable" => "it cannot be reached",
        "silent" => "it sends nothing",
        "refuses_login" => "it refuses Hotdesk’s login",
        "no_hang_up_right" => "Hotdesk’s account may not hang up calls (write = call)",
        "no_originate_right" => "Hotdesk’s account may not place calls (write = originate)",
        "no_call_events" => "Hotdesk’s account gets no events about its calls (read = call, eventfilter)",
        "no_list_right" => "Hotdesk’s account may not list channels or phones (write = system,reporting)",
        "refuses_hang_up" => "it refuses to hang up a call",
        "shutting_down" => "it is shutting down",
        "no_manager_interface" => "the service at this address is not a manager interface",
        "untrusted_certificate" => "its certificate is not trusted",
        "no_tls" => "it does not offer usable TLS",
        "no_authority" => "no certificate authority is set (ami_ca)",
        _ => "unknown problem",
    }
}

/// Registered and expected phones of a dialer.
pub(in crate::admin) fn lines(lines: &LineCounts) -> String {
    match lines.registered {
        Some(registered) => format!("Phones registered: {registered} of {}", lines.expected),
        None => format!("Phones expected: {}", lines.expected),
    }
}

/// A time in UTC, as the whole panel shows times; without the date if it is today.
pub(in crate::admin) fn time(at: Timestamp, now: Timestamp) -> String {
    let (stamp, today) = (at.stamp(), now.stamp());
    let (day, clock) = stamp.split_at(11);
    let clock = clock.get(..5).unwrap_or(clock);
    if today.starts_with(day) { format!("{clock} UTC") } else { format!("{day}{clock} UTC") }
}

/// A scheduled action, on the card of a dialer.
pub(in crate::admin) fn planned(plan: &Plan, now: Timestamp) -> String {
    let words = match plan.act {
        Act::Drain => "Drains at",
        Act::Take => "Takes agents again at",
    };
    format!("{words} {}", time(plan.due, now))
}

/// Change of a session, with the reason if it is on another dialer.
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
        "reserved" => (format!("Agent {user} has a seat on {on}; phone {phone} dials in itself{why}."), Tone::Busy),
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

/// Why a session is on another dialer, to append to a sentence; empty if no reason needs to be given.
fn why(because: &MoveReason, at: Timestamp, name: &dyn Fn(&str) -> String) -> String {
    let MoveReason { cause, failed, phone_login, left, lost, by } = because;
    let left = if left.is_empty() { "the dialer".to_owned() } else { name(left) };
    if let Some(failed) = failed {
        return format!(": {}", not_reached(failed, phone_login, &left));
    }
    match (cause, lost, by) {
        (Cause::DialerLost, Some(lost), _) => {
            let tenths = (at.unix_ms() - lost.unix_ms()).max(0) / 100;
            format!(" because {left} went down ({}.{} s earlier)", tenths / 10, tenths % 10)
        }
        (Cause::DialerLost, None, _) => format!(" because {left} lost the call"),
        (Cause::Moved, _, Some(by)) => format!(": {by} moved the agent from {left}"),
        (Cause::Moved, _, None) => format!(": the agent was moved from {left}"),
        (Cause::RingAgain, ..) => ": the agent asked to be rung again".to_owned(),
        (Cause::Restart, ..) => ": Hotdesk restarted while the phone was ringing".to_owned(),
        (Cause::LogIn | Cause::Failover, ..) => String::new(),
    }
}

/// Why a phone was not reached.
fn not_reached(how: &RingEnd, phone: &str, dialer: &str) -> String {
    match how {
        RingEnd::NotRegistered => format!("phone {phone} is not registered on {dialer}"),
        RingEnd::NoAnswer => format!("nobody answered phone {phone} on {dialer}"),
        RingEnd::Dead => format!("phone {phone} on {dialer} did not ring"),
        RingEnd::Rejected => format!("phone {phone} on {dialer} is busy, or rejected the call"),
        RingEnd::Failed { reason } => {
            format!("the call to phone {phone} on {dialer} failed (Asterisk reason {reason})")
        }
        RingEnd::Refused { words } => format!("{dialer} refused to call phone {phone} ({words})"),
        RingEnd::DialerLost => format!("{dialer} went down while phone {phone} was ringing"),
        RingEnd::TimedOut => format!("{dialer} did not report on phone {phone} in time"),
        RingEnd::GivenUp => format!("the call to phone {phone} on {dialer} was cancelled"),
    }
}

/// New state of a dialer.
pub(in crate::admin) fn dialer_changed(view: &DialerView) -> (String, Tone) {
    let (health, tone) = health(view.health);
    let why = view.trouble.map(|word| format!(": {}", dialer_problem(word))).unwrap_or_default();
    let switches = switches(view);
    let more = if switches.is_empty() { String::new() } else { format!(". {}", switches.join(", ")) };
    (format!("Dialer {} is {}{why}{more}.", dialer(view), health.to_lowercase()), tone)
}

/// Action of a user, or of a scheduled drain, on a dialer.
pub(in crate::admin) fn dialer_done(done: &floor::DialerAction, name: &str) -> String {
    let words = match &*done.act {
        "drain" => format!("{name} is draining"),
        "take" => format!("{name} takes agents again"),
        "activate" => format!("{name} is active again"),
        "deactivate" => format!("{name} is inactive, new logins go to other dialers"),
        "delete" => format!("{name} is deleted"),
        _ => format!("all agents are being moved from {name}"),
    };
    if done.planned { format!("Scheduled by {}: {words}.", done.user) } else { format!("{}: {words}.", done.user) }
}

fn calls(in_call: u32) -> String {
    match in_call {
        0 => "Nobody is on a call; no call will be cut off.".to_owned(),
        1 => "1 agent is on a call; that call will be cut off.".to_owned(),
        more => format!("{more} agents are on a call; those calls will be cut off."),
    }
}

/// Confirmation of an action on a dialer: the question, the effects and the button.
pub(in crate::admin) fn about_dialer(
    act: DialerAction,
    view: &DialerView,
    in_call: u32,
    phones: u32,
) -> (String, Vec<String>, &'static str) {
    let name = dialer(view);
    let seats = match view.seats {
        1 => "1 agent is on it".to_owned(),
        seats => format!("{seats} agents are on it"),
    };
    let stay = format!("{seats}. Agents keep their seats and calls until they log out or are moved.");
    let no_call =
        if in_call == 0 { calls(in_call) } else { format!("Agents on a call: {in_call}. No call will be cut off.") };
    match act {
        DialerAction::Drain => {
            (format!("Drain {name}?"), vec!["No new agents will be placed on it.".to_owned(), stay, no_call], "Drain")
        }
        DialerAction::TakeAgents => (
            format!("Let {name} take agents again?"),
            vec![format!("New logins can be placed on it again. {seats}; nobody is moved.")],
            "Take agents again",
        ),
        DialerAction::Empty => (
            format!("Move all agents from {name}?"),
            vec![
                format!("{seats}. Another dialer rings each agent’s phone, and the agent must answer it."),
                "Agents that no other dialer can take stay here.".to_owned(),
                calls(in_call),
            ],
            "Move all agents",
        ),
        DialerAction::Deactivate => (
            format!("Set {name} inactive?"),
            vec![
                "New logins go to other dialers, and VICIdial’s own programs treat it as not in use.".to_owned(),
                stay,
                no_call,
            ],
            "Set inactive",
        ),
        DialerAction::Activate => (
            format!("Set {name} active?"),
            vec![format!("New logins can be placed on it if it takes agents. {seats}; nobody is moved.")],
            "Set active",
        ),
        DialerAction::Delete => (format!("Delete {name}?"), about_deleting(view, phones, &seats), "Delete dialer"),
    }
}

fn about_deleting(view: &DialerView, phones: u32, seats: &str) -> Vec<String> {
    match (phones, view.seats) {
        (0, 0) => vec![
            "It has no phones and no agents.".to_owned(),
            "Its weight and its AMI connection are deleted with it; its conferences are kept.".to_owned(),
        ],
        (0, _) => vec![format!("{seats}. It cannot be deleted until they have left.")],
        (phones, _) => vec![phones_left(phones)],
    }
}

/// A dialer with phones cannot be deleted.
pub(in crate::admin) fn phones_left(phones: u32) -> String {
    let there = if phones == 1 { "1 phone is on it".to_owned() } else { format!("{phones} phones are on it") };
    format!("{there}. Delete its phones, or put them on another dialer, before you delete it.")
}

/// Confirmation of an action on a session: the question, the effects and the button.
pub(in crate::admin) fn about_session(
    act: SessionAction,
    session: &SessionView,
    in_call: u32,
) -> (String, Vec<String>, &'static str) {
    let user = &session.user;
    let call =
        if in_call == 0 { "The agent is not on a call." } else { "The agent is on a call, which will be cut off." };
    match act {
        SessionAction::End => (
            format!("Log agent {user} out?"),
            vec![
                format!("The session ends immediately, and phone {} is hung up.", session.phone_login),
                call.to_owned(),
            ],
            "Log agent out",
        ),
        SessionAction::Move => (
            format!("Move agent {user} to another dialer?"),
            vec![
                "The best other dialer rings the agent’s phone, and the agent must answer it.".to_owned(),
                call.to_owned(),
            ],
            "Move agent",
        ),
    }
}

/// Flash message after an action.
pub(in crate::admin) fn done(word: &str) -> &'static str {
    match word {
        "drain" => "The dialer is draining. No new agents will be placed on it.",
        "take" => "The dialer takes agents again.",
        "empty" => "Moving all agents: their phones are ringing on other dialers.",
        "activate" => "The dialer is active. New logins can be placed on it.",
        "deactivate" => "The dialer is inactive. New logins go to other dialers.",
        "delete" => "Dialer deleted.",
        "end" => "The agent was logged out.",
        "move" => "Moving the agent: the phone is ringing on another dialer.",
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

    fn described(state: &'static str, because: &MoveReason) -> String {
        let name = |server_ip: &str| format!("dialer-{server_ip}");
        session_changed(&session(state), Some(because), Timestamp::from_unix_ms(10_450), &name).0
    }

    #[test]
    fn a_move_to_another_dialer_is_described_with_its_cause() {
        let lost = MoveReason { lost: Some(Timestamp::from_unix_ms(10_000)), ..because(Cause::DialerLost) };
        assert_eq!(
            described("live", &lost),
            "Agent 1001 is on dialer-b with phone 100b because dialer-a went down (0.4 s earlier)."
        );
        let moved = MoveReason { by: Some("6666".into()), ..because(Cause::Moved) };
        assert_eq!(
            described("ringing", &moved),
            "dialer-b rings phone 100b for agent 1001: 6666 moved the agent from dialer-a."
        );
        let failed = MoveReason { failed: Some(RingEnd::NotRegistered), ..because(Cause::Failover) };
        assert_eq!(
            described("live", &failed),
            "Agent 1001 is on dialer-b with phone 100b: phone 100a is not registered on dialer-a."
        );
        assert_eq!(described("live", &because(Cause::LogIn)), "Agent 1001 is on dialer-b with phone 100b.");
    }

    #[test]
    fn a_time_shows_its_date_only_if_it_is_not_today() {
        let now = Timestamp::from_unix(1_795_239_060);
        assert_eq!(time(now, now), "05:31 UTC");
        assert_eq!(time(now.plus_seconds(86_400), now), "2026-11-22 05:31 UTC");
    }

    #[test]
    fn every_problem_of_a_dialer_has_its_own_text() {
        let words = [
            "not_connected_yet",
            "closed_connection",
            "does_not_answer",
            "refuses_connections",
            "unreachable",
            "silent",
            "refuses_login",
            "no_hang_up_right",
            "no_originate_right",
            "no_call_events",
            "no_list_right",
            "refuses_hang_up",
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
