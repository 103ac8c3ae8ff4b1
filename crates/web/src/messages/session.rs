//! History of an agent session as sentences.

use std::net::IpAddr;

use fleet::dialer_status::RingEnd;
use fleet::sessions::timeline::{Cause, EndReason, Step, TimelineEntry, Weighed};

use crate::messages::refusals::left_out_because;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The agent whose session it is.
    Agent,
    /// Somebody else.
    Supervisor,
}

impl Reader {
    const fn your(self) -> &'static str {
        match self {
            Self::Agent => "your ",
            Self::Supervisor => "",
        }
    }

    const fn you(self) -> &'static str {
        match self {
            Self::Agent => "you",
            Self::Supervisor => "the agent",
        }
    }
}

/// A dialer in a sentence: by its name, or as the dialer at an address.
pub(crate) fn called(dialer: &str) -> String {
    if dialer.parse::<IpAddr>().is_ok() { format!("dialer {dialer}") } else { dialer.to_owned() }
}

/// A step as a sentence.
pub(crate) fn words(step: &Step, reader: Reader) -> String {
    match step {
        Step::Decided { cause, candidates, .. } => decided(*cause, candidates, reader),
        Step::Rung { phone_login, server_ip, .. } => {
            format!("{}phone {phone_login} was rung by {}", reader.your(), called(server_ip))
        }
        Step::Failed { how, .. } => not_reached(how),
        Step::Answered { .. } => "it was answered".to_owned(),
        Step::Ended { reason } => ended(*reason, reader),
    }
}

fn decided(cause: Cause, candidates: &[Weighed], reader: Reader) -> String {
    let you = reader.you();
    let happened = match cause {
        Cause::LogIn => format!("{you} logged in"),
        // Who was tried before is in the list, too.
        Cause::Failover => return "the next choice was looked for".to_owned(),
        Cause::DialerLost => "the dialer was lost, or lost the call".to_owned(),
        // Those on the dialer that is left are in the list, too.
        Cause::Moved => return format!("a supervisor moved {you} to another dialer"),
        Cause::RingAgain => format!("{you} asked to be rung again"),
        Cause::Restart => format!("Hotdesk was started again while {}phone rang", reader.your()),
    };
    let mut in_turn: Vec<_> = candidates.iter().filter(|phone| phone.turn.is_some()).collect();
    in_turn.sort_by_key(|phone| phone.turn);
    let in_turn: Vec<_> = in_turn.iter().map(|phone| phone.phone_login.as_str()).collect();
    let left_out: Vec<_> = candidates.iter().filter_map(left_out).collect();
    let order = if in_turn.is_empty() { "nobody can be rung".to_owned() } else { in_turn.join(", then ") };
    let others = if left_out.is_empty() { String::new() } else { format!("; left out: {}", left_out.join(", ")) };
    format!("{happened}; the choice: {order}{others}")
}

fn left_out(phone: &Weighed) -> Option<String> {
    phone.left_out.as_ref().map(|reason| format!("{} ({})", phone.phone_login, left_out_because(reason)))
}

/// How ringing a phone ended.
fn not_reached(how: &RingEnd) -> String {
    match how {
        RingEnd::NotRegistered => "it is not registered there".to_owned(),
        RingEnd::NoAnswer => "it rang, and nobody answered".to_owned(),
        RingEnd::Dead => "it did not even ring: it seems to be off, or cut off".to_owned(),
        RingEnd::Rejected => "it is busy, or the call was rejected".to_owned(),
        RingEnd::Failed { reason } => format!("the call failed (Asterisk's reason {reason})"),
        RingEnd::Refused { words } => format!("the dialer refused the call: {words}"),
        RingEnd::DialerLost => "the dialer was lost meanwhile".to_owned(),
        RingEnd::TimedOut => "the dialer said nothing in time".to_owned(),
        RingEnd::GivenUp => "the call was taken back".to_owned(),
    }
}

/// Why a session is over.
pub(crate) fn ended(reason: EndReason, reader: Reader) -> String {
    let you = reader.you();
    match reason {
        EndReason::LoggedOut => format!("{you} logged out"),
        EndReason::Removed => format!("a supervisor logged {you} out"),
        EndReason::Replaced => format!("{you} logged in again"),
        EndReason::NoPhone => format!("no phone of this login could take {you}"),
        EndReason::NoAnswer => "no phone was answered".to_owned(),
        EndReason::HungUp => "the phone hung up".to_owned(),
        EndReason::DialerLost => format!("the dialer was lost, and no other could take {you}"),
        EndReason::Gone => "the call was gone when Hotdesk was started again".to_owned(),
    }
}

/// Which phones were rung since the last choice that was no fail-over, and what came of it, one line each.
pub(crate) fn tried(trail: &[TimelineEntry]) -> Vec<String> {
    let begins = |entry: &TimelineEntry| matches!(entry.step, Step::Decided { cause, .. } if cause != Cause::Failover);
    let since = trail.iter().rposition(begins).unwrap_or(0);
    let line = |entry: &TimelineEntry| match &entry.step {
        Step::Failed { phone_login, server_ip, how } => {
            Some(format!("{phone_login} on {server_ip}: {}", not_reached(how)))
        }
        _ => None,
    };
    trail.iter().skip(since).filter_map(line).collect()
}

/// What an agent whose session is over can do about it.
pub(crate) fn advice(trail: &[TimelineEntry]) -> Option<String> {
    let ended = trail.iter().rev().find_map(|entry| match entry.step {
        Step::Ended { reason } => Some(reason),
        _ => None,
    })?;
    let failed = trail.iter().rev().find_map(|entry| match &entry.step {
        Step::Failed { phone_login, server_ip, how } => Some((phone_login, server_ip, how)),
        _ => None,
    });
    match (ended, failed) {
        (EndReason::NoAnswer, Some((phone, dialer, RingEnd::NotRegistered))) => Some(format!(
            "Your phone {phone} is not registered on {}: check that the softphone shows it as registered, then ring again.",
            called(dialer)
        )),
        (EndReason::NoAnswer, Some((phone, dialer, RingEnd::Dead))) => Some(format!(
            "Your phone {phone} on {} gave no sign: check that it is on and has its network, then ring again.",
            called(dialer)
        )),
        (EndReason::NoAnswer, Some((_, _, RingEnd::NoAnswer | RingEnd::Rejected))) => {
            Some("Have the phone at hand, ring again, and answer it.".to_owned())
        }
        (EndReason::NoAnswer, _) => Some("Ring again. If it happens once more, tell your supervisor.".to_owned()),
        (EndReason::HungUp | EndReason::Gone, _) => Some("Ring again to go on.".to_owned()),
        (EndReason::DialerLost, _) => Some("Ring again in a moment, or log in again.".to_owned()),
        (EndReason::LoggedOut | EndReason::Removed | EndReason::Replaced | EndReason::NoPhone, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use fleet::placement::{LeftOut, Why};

    use super::*;

    fn entry(step: Step) -> TimelineEntry {
        TimelineEntry { at: 0, step }
    }

    fn failed(login: &str, how: RingEnd) -> TimelineEntry {
        entry(Step::Failed { phone_login: login.into(), server_ip: "10.0.9.8".into(), how })
    }

    fn weighed(login: &str, turn: Option<usize>, left_out: Option<LeftOut>) -> Weighed {
        let phone_login = login.to_owned();
        Weighed {
            phone_login,
            server_ip: None,
            seats: None,
            weight: 0,
            health: None,
            registration: None,
            turn,
            left_out,
        }
    }

    #[test]
    fn a_step_is_told_to_its_agent_and_to_others() {
        let rung =
            Step::Rung { phone_login: "100a".into(), server_ip: "10.0.9.8".into(), conference: "8600051".into() };
        assert_eq!(words(&rung, Reader::Agent), "your phone 100a was rung by dialer 10.0.9.8");
        assert_eq!(words(&rung, Reader::Supervisor), "phone 100a was rung by dialer 10.0.9.8");
        assert_eq!(words(&failed("100a", RingEnd::NotRegistered).step, Reader::Agent), "it is not registered there");
    }

    #[test]
    fn a_choice_names_the_phones_in_turn_and_those_left_out() {
        let candidates = vec![
            weighed("100a", Some(2), None),
            weighed("100b", Some(1), None),
            weighed("100c", None, Some(LeftOut::Draining)),
        ];
        let decided = Step::Decided { cause: Cause::LogIn, why: Why::LeastLoaded, candidates };
        let told = "you logged in; the choice: 100b, then 100a; left out: 100c (its dialer is being emptied)";
        assert_eq!(words(&decided, Reader::Agent), told);
    }

    #[test]
    fn only_the_last_attempt_counts_as_tried_and_its_end_is_what_there_is_to_do_about() {
        let decided = |cause| entry(Step::Decided { cause, why: Why::LeastLoaded, candidates: Vec::new() });
        let trail = [
            decided(Cause::LogIn),
            failed("100a", RingEnd::NoAnswer),
            entry(Step::Ended { reason: EndReason::NoAnswer }),
            decided(Cause::RingAgain),
            failed("100b", RingEnd::Dead),
            decided(Cause::Failover),
            failed("100a", RingEnd::NotRegistered),
            entry(Step::Ended { reason: EndReason::NoAnswer }),
        ];
        let lines = ["100b on 10.0.9.8: it did not even ring: it seems to be off, or cut off"];
        assert_eq!(tried(&trail)[..1], lines);
        assert_eq!(tried(&trail).len(), 2);
        let advice = advice(&trail).unwrap();
        assert!(advice.starts_with("Your phone 100a is not registered on dialer 10.0.9.8: check that"), "{advice}");
    }
}
