//! Texts about logins, and the answer to “my phone did not ring”.

use fleet::dialer_status::RingEnd;
use fleet::dialer_status::{Health, Registration};
use fleet::sessions::State;
use fleet::sessions::timeline::{EndReason, Step, TimelineEntry, Weighed};

use super::Tone;
use super::lines::duration;
use crate::messages::refusals::left_out_because;
use crate::messages::session::{self as session_messages, Reader};

pub(in crate::admin) const NO_SUCH_LOGIN: &str =
    "This login does not exist, or it was deleted because of its age (setting session_days).";

/// States by which logins can be filtered: the value of the parameter and its label.
pub(in crate::admin) const STATES: [(&str, &str); 12] = [
    ("", "Any state"),
    ("open", "Open"),
    ("live", "Live"),
    ("ended", "Ended"),
    ("logged_out", "Ended: logged out"),
    ("removed", "Ended: logged out by a supervisor"),
    ("replaced", "Ended: logged in again"),
    ("no_phone", "Ended: no phone available"),
    ("no_answer", "Ended: no answer"),
    ("hung_up", "Ended: hung up"),
    ("dialer_lost", "Ended: dialer down"),
    ("gone", "Ended: call lost during a restart"),
];

/// State of a login, or the reason why it ended.
pub(in crate::admin) fn state(state: State, end_reason: &str) -> (String, Tone) {
    if state != State::Ended {
        let (words, tone) = super::state(state.word());
        return (words.to_owned(), tone);
    }
    let Some(reason) = EndReason::read(end_reason) else { return ("Ended".to_owned(), Tone::Quiet) };
    let words = session_messages::ended(reason, Reader::Supervisor);
    let tone = match reason {
        EndReason::NoPhone | EndReason::NoAnswer | EndReason::DialerLost | EndReason::Gone => Tone::Bad,
        EndReason::LoggedOut | EndReason::Removed | EndReason::Replaced | EndReason::HungUp => Tone::Quiet,
    };
    (capitalised(&words), tone)
}

/// The text with a capital first letter.
pub(in crate::admin) fn capitalised(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// Milliseconds from the login until a phone was first answered.
pub(in crate::admin) fn took(trail: &[TimelineEntry]) -> Option<i64> {
    let began = trail.iter().find(|entry| matches!(entry.step, Step::Decided { .. }))?.at;
    let answered = trail.iter().find(|entry| matches!(entry.step, Step::Answered { .. }))?.at;
    Some((answered - began).max(0))
}

/// A duration in milliseconds as text: `0.8 s`; from one minute on, without the fraction.
pub(in crate::admin) fn seconds(milliseconds: i64) -> String {
    if milliseconds < 60_000 {
        return format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
    }
    duration(milliseconds / 1000)
}

/// Whether a candidate phone was registered at the time of the placement.
pub(in crate::admin) const fn registration_then(registration: Option<Registration>) -> &'static str {
    match registration {
        Some(Registration::Registered) => "Yes",
        Some(Registration::NotRegistered) => "No",
        Some(Registration::NotNeeded) => "Does not register",
        Some(Registration::Unknown) | None => "Unknown",
    }
}

/// Health of the dialer at the time of the placement.
pub(in crate::admin) const fn health_then(health: Option<Health>) -> &'static str {
    match health {
        Some(Health::Healthy) => "Healthy",
        Some(Health::Suspect) => "Not responding",
        Some(Health::Down) => "Down",
        Some(Health::NoAccount) => "No account",
        Some(Health::Unwatched) => "Not monitored",
        None => "",
    }
}

/// Position of a phone in the order of ringing, or why it was left out.
pub(in crate::admin) fn turn(phone: &Weighed) -> (String, Option<String>) {
    match (&phone.left_out, phone.turn) {
        (Some(reason), _) => ("Left out".to_owned(), Some(left_out_because(reason))),
        (None, Some(turn)) => (format!("Choice {turn}"), None),
        (None, None) => (String::new(), None),
    }
}

/// The answer to “my phone did not ring”.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::admin) struct LoginExplanation {
    pub(in crate::admin) words: &'static str,
    pub(in crate::admin) tone: Tone,
    /// One line per phone that was rung, or the reasons why none was.
    pub(in crate::admin) lines: Vec<String>,
}

/// One attempt to ring a phone: when it began and how it ended.
struct Try<'a> {
    phone_login: &'a str,
    server_ip: &'a str,
    at: i64,
    end: Option<(i64, Result<(), &'a RingEnd>)>,
}

fn tries(trail: &[TimelineEntry]) -> Vec<Try<'_>> {
    let mut tries: Vec<Try<'_>> = Vec::new();
    for entry in trail {
        match &entry.step {
            Step::Rung { phone_login, server_ip, .. } => {
                tries.push(Try { phone_login, server_ip, at: entry.at, end: None });
            }
            Step::Failed { how, .. } => end(&mut tries, entry.at, Err(how)),
            Step::Answered { .. } => end(&mut tries, entry.at, Ok(())),
            Step::Decided { .. } | Step::Ended { .. } => {}
        }
    }
    tries
}

fn end<'a>(tries: &mut [Try<'a>], at: i64, how: Result<(), &'a RingEnd>) {
    if let Some(last) = tries.last_mut().filter(|last| last.end.is_none()) {
        last.end = Some((at, how));
    }
}

/// Whether the phone rang, and if not, why. `dialer` returns the name of the dialer at an address.
pub(in crate::admin) fn answer(
    state: State,
    trail: &[TimelineEntry],
    dialer: impl Fn(&str) -> String,
) -> LoginExplanation {
    let tries = tries(trail);
    if tries.is_empty() {
        return unrung(state, trail);
    }
    let lines = tries.iter().map(|one| attempt(one, state, &dialer)).collect();
    let rang = |one: &Try<'_>| matches!(one.end, Some((_, Ok(()) | Err(RingEnd::NoAnswer | RingEnd::Rejected))));
    let is_answered = |one: &Try<'_>| matches!(one.end, Some((_, Ok(()))));
    let (words, tone) = match tries.last() {
        Some(last) if is_answered(last) => ("The phone rang and was answered.", Tone::Good),
        Some(last) if last.end.is_none() && state == State::Ringing => ("The phone is ringing.", Tone::Busy),
        Some(last) if last.end.is_none() && state == State::Reserved => {
            ("The phone dials in itself, so Hotdesk does not ring it.", Tone::Busy)
        }
        _ if tries.iter().any(is_answered) => {
            ("The phone was answered at first, but not when it rang again later.", Tone::Busy)
        }
        _ if tries.iter().all(|one| one.end.is_none()) => {
            ("The session ended while the phone was ringing.", Tone::Busy)
        }
        _ if tries.iter().all(rang) => ("The phone rang, but nobody answered.", Tone::Bad),
        _ if tries.iter().any(rang) => ("The phone rang on some dialers only, and nobody answered.", Tone::Bad),
        _ => ("The phone did not ring.", Tone::Bad),
    };
    LoginExplanation { words, tone, lines }
}

/// No phone was rung at all.
fn unrung(state: State, trail: &[TimelineEntry]) -> LoginExplanation {
    let decided = trail.iter().rev().find_map(|entry| match &entry.step {
        Step::Decided { candidates, .. } => Some(candidates),
        _ => None,
    });
    let Some(candidates) = decided else {
        let (words, tone) = match state {
            State::Reserved | State::Live => ("Hotdesk rang no phone: the phone dials in itself.", Tone::Quiet),
            _ => ("Nothing was recorded about this login.", Tone::Quiet),
        };
        return LoginExplanation { words, tone, lines: Vec::new() };
    };
    let reason =
        |phone: &Weighed| Some(format!("{}: {}", phone.phone_login, left_out_because(phone.left_out.as_ref()?)));
    let mut lines: Vec<String> = candidates.iter().filter_map(reason).collect();
    if candidates.is_empty() {
        lines.push("No phone has this login.".to_owned());
    }
    LoginExplanation {
        words: "The phone did not ring: none of the phones of this login was available.",
        tone: Tone::Bad,
        lines,
    }
}

fn attempt(one: &Try<'_>, state: State, dialer: &impl Fn(&str) -> String) -> String {
    let phone = format!("Phone {} on {}", one.phone_login, dialer(one.server_ip));
    let Some((at, how)) = &one.end else {
        return match state {
            State::Ringing => format!("{phone} is ringing."),
            State::Reserved => format!("{phone} dials in itself."),
            State::Live | State::Ended => format!("{phone} was rung; the result is unknown."),
        };
    };
    let after = seconds((at - one.at).max(0));
    match how {
        Ok(()) => format!("{phone} rang and was answered after {after}."),
        Err(RingEnd::NotRegistered) => {
            format!("{phone} did not ring: it was not registered there. Its registration history shows since when.")
        }
        Err(RingEnd::NoAnswer) => format!("{phone} rang for {after}, but nobody answered."),
        Err(RingEnd::Rejected) => format!("{phone} was busy or rejected the call after {after}."),
        Err(RingEnd::Dead) => format!(
            "{phone} did not ring: it was registered but did not respond for {after}. It was switched off or had no network."
        ),
        Err(RingEnd::Failed { reason }) => {
            format!("{phone} did not ring: the call failed (Asterisk reason {reason}).")
        }
        Err(RingEnd::Refused { words }) => format!("{phone} did not ring: the dialer refused the call: {words}"),
        Err(RingEnd::DialerLost) => {
            format!("{phone}: the dialer went down after {after}; the phone may have rung until then.")
        }
        Err(RingEnd::TimedOut) => format!("{phone}: the dialer did not report the result of the call within {after}."),
        Err(RingEnd::GivenUp) => format!("{phone} was rung for {after}, then the call was cancelled."),
    }
}

#[cfg(test)]
mod tests {
    use fleet::placement::{LeftOut, Why};
    use fleet::sessions::timeline::Cause;

    use super::*;

    fn rung(at: i64) -> TimelineEntry {
        let (phone_login, server_ip, conference) = ("100a".to_owned(), "10.0.9.8".to_owned(), String::new());
        TimelineEntry { at, step: Step::Rung { phone_login, server_ip, conference } }
    }

    fn failed(at: i64, how: RingEnd) -> TimelineEntry {
        TimelineEntry { at, step: Step::Failed { phone_login: "100a".into(), server_ip: "10.0.9.8".into(), how } }
    }

    fn answered(at: i64) -> TimelineEntry {
        TimelineEntry { at, step: Step::Answered { phone_login: "100a".into(), server_ip: "10.0.9.8".into() } }
    }

    fn decided(left_out: Option<LeftOut>) -> TimelineEntry {
        let phone = Weighed {
            phone_login: "100a".into(),
            server_ip: None,
            seats: None,
            weight: 0,
            health: None,
            registration: None,
            turn: None,
            left_out,
        };
        TimelineEntry {
            at: 0,
            step: Step::Decided { cause: Cause::LogIn, why: Why::LeastLoaded, candidates: vec![phone] },
        }
    }

    #[test]
    fn the_answer_says_whether_the_phone_rang() {
        let words_of = |state, trail: &[TimelineEntry]| answer(state, trail, |_| "dialer-a".to_owned()).words;
        let no = "The phone did not ring.";
        for (trail, words) in [
            (vec![rung(0), failed(1, RingEnd::NotRegistered)], no),
            (vec![rung(0), failed(1, RingEnd::Dead)], no),
            (vec![rung(0), failed(1, RingEnd::NoAnswer)], "The phone rang, but nobody answered."),
            (
                vec![rung(0), failed(1, RingEnd::Dead), rung(2), failed(3, RingEnd::NoAnswer)],
                "The phone rang on some dialers only, and nobody answered.",
            ),
            (vec![rung(0), failed(1, RingEnd::Dead), rung(2), answered(3)], "The phone rang and was answered."),
            (vec![rung(0)], "The session ended while the phone was ringing."),
            (vec![], "Nothing was recorded about this login."),
        ] {
            assert_eq!(words_of(State::Ended, &trail), words, "{trail:?}");
        }
        assert_eq!(words_of(State::Ringing, &[rung(0)]), "The phone is ringing.");
        assert_eq!(words_of(State::Reserved, &[rung(0)]), "The phone dials in itself, so Hotdesk does not ring it.");
    }

    #[test]
    fn each_attempt_shows_its_duration_and_each_phone_left_out_shows_the_reason() {
        let trail = [rung(0), failed(20_000, RingEnd::NoAnswer), rung(20_000), answered(22_340)];
        let lines = answer(State::Live, &trail, |_| "dialer-a".to_owned()).lines;
        let expected = [
            "Phone 100a on dialer-a rang for 20.0 s, but nobody answered.",
            "Phone 100a on dialer-a rang and was answered after 2.3 s.",
        ];
        assert_eq!(lines, expected);
        let none = answer(State::Ended, &[decided(Some(LeftOut::Draining))], str::to_owned);
        assert_eq!(none.lines, ["100a: its dialer is draining"]);
        assert_eq!(none.tone, Tone::Bad);
    }

    #[test]
    fn the_time_to_answer_runs_from_the_decision_to_the_first_answer() {
        assert_eq!(took(&[decided(None), rung(0), answered(1234), answered(9999)]), Some(1234));
        assert_eq!(took(&[decided(None), rung(0)]), None);
        assert_eq!([0, 840, 1234, 59_999, 60_000].map(seconds), ["0.0 s", "0.8 s", "1.2 s", "59.9 s", "1 min"]);
    }
}
