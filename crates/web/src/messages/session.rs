//! Timeline of an agent session as sentences.

use std::net::IpAddr;

use fleet::dialer_status::RingEnd;
use fleet::sessions::timeline::{Cause, EndReason, Step, TimelineEntry, Weighed};

use crate::messages::refusals::left_out_because;

/// Reader of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The agent whose session it is.
    Agent,
    /// A supervisor or an administrator.
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

/// A dialer in a sentence: its name, or “dialer” and its address.
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
        // The candidates include the phones that were already tried.
        Cause::Failover => return "trying the next phone".to_owned(),
        Cause::DialerLost => "the dialer went down or lost the call".to_owned(),
        // The candidates include the phones on the dialer that the agent leaves.
        Cause::Moved => return format!("a supervisor moved {you} to another dialer"),
        Cause::RingAgain => format!("{you} asked to be rung again"),
        Cause::Restart => format!("Hotdesk restarted while {}phone was ringing", reader.your()),
    };
    let mut in_turn: Vec<_> = candidates.iter().filter(|phone| phone.turn.is_some()).collect();
    in_turn.sort_by_key(|phone| phone.turn);
    let in_turn: Vec<_> = in_turn.iter().map(|phone| phone.phone_login.as_str()).collect();
    let left_out: Vec<_> = candidates.iter().filter_map(left_out).collect();
    let order = if in_turn.is_empty() { "no phone can be rung".to_owned() } else { in_turn.join(", then ") };
    let others = if left_out.is_empty() { String::new() } else { format!("; left out: {}", left_out.join(", ")) };
    format!("{happened}; ringing order: {order}{others}")
}

fn left_out(phone: &Weighed) -> Option<String> {
    phone.left_out.as_ref().map(|reason| format!("{} ({})", phone.phone_login, left_out_because(reason)))
}

/// Why a phone was not reached.
fn not_reached(how: &RingEnd) -> String {
    match how {
        RingEnd::NotRegistered => "it is not registered there".to_owned(),
        RingEnd::NoAnswer => "it rang, but nobody answered".to_owned(),
        RingEnd::Dead => "it did not ring: it seems to be switched off or disconnected".to_owned(),
        RingEnd::Rejected => "it is busy or rejected the call".to_owned(),
        RingEnd::Failed { reason } => format!("the call failed (Asterisk reason {reason})"),
        RingEnd::Refused { words } => format!("the dialer refused the call: {words}"),
        RingEnd::DialerLost => "the dialer went down".to_owned(),
        RingEnd::TimedOut => "the dialer did not respond in time".to_owned(),
        RingEnd::GivenUp => "the call was cancelled".to_owned(),
    }
}

/// Why a session has ended.
pub(crate) fn ended(reason: EndReason, reader: Reader) -> String {
    let you = reader.you();
    match reason {
        EndReason::LoggedOut => format!("{you} logged out"),
        EndReason::Removed => format!("a supervisor logged {you} out"),
        EndReason::Replaced => format!("{you} logged in again"),
        EndReason::NoPhone => "no phone of this login was available".to_owned(),
        EndReason::NoAnswer => "no phone was answered".to_owned(),
        EndReason::HungUp => "the phone hung up".to_owned(),
        EndReason::DialerLost => format!("the dialer went down and no other could take {you}"),
        EndReason::Gone => "the call was lost while Hotdesk restarted".to_owned(),
    }
}

/// Phones that were rung since the last placement other than a failover, and the results: one line each.
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

/// What an agent can do after the session has ended.
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
            "Your phone {phone} is not registered on {}. Check that your softphone shows it as registered, then ring again.",
            called(dialer)
        )),
        (EndReason::NoAnswer, Some((phone, dialer, RingEnd::Dead))) => Some(format!(
            "Your phone {phone} on {} did not respond. Check that it is switched on and connected, then ring again.",
            called(dialer)
        )),
        (EndReason::NoAnswer, Some((_, _, RingEnd::NoAnswer | RingEnd::Rejected))) => {
            Some("Keep the phone at hand, ring again and answer it.".to_owned())
        }
        (EndReason::NoAnswer, _) => Some("Ring again. If it fails again, tell your supervisor.".to_owned()),
        (EndReason::HungUp | EndReason::Gone, _) => Some("Ring again to continue.".to_owned()),
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
    fn a_step_is_worded_for_agents_and_for_supervisors() {
        let rung =
            Step::Rung { phone_login: "100a".into(), server_ip: "10.0.9.8".into(), conference: "8600051".into() };
        assert_eq!(words(&rung, Reader::Agent), "your phone 100a was rung by dialer 10.0.9.8");
        assert_eq!(words(&rung, Reader::Supervisor), "phone 100a was rung by dialer 10.0.9.8");
        assert_eq!(words(&failed("100a", RingEnd::NotRegistered).step, Reader::Agent), "it is not registered there");
    }

    #[test]
    fn a_placement_lists_the_phones_in_ringing_order_and_those_left_out() {
        let candidates = vec![
            weighed("100a", Some(2), None),
            weighed("100b", Some(1), None),
            weighed("100c", None, Some(LeftOut::Draining)),
        ];
        let decided = Step::Decided { cause: Cause::LogIn, why: Why::LeastLoaded, candidates };
        let expected = "you logged in; ringing order: 100b, then 100a; left out: 100c (its dialer is draining)";
        assert_eq!(words(&decided, Reader::Agent), expected);
    }

    #[test]
    fn only_the_last_attempt_is_reported_and_decides_the_advice() {
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
        let lines = ["100b on 10.0.9.8: it did not ring: it seems to be switched off or disconnected"];
        assert_eq!(tried(&trail)[..1], lines);
        assert_eq!(tried(&trail).len(), 2);
        let advice = advice(&trail).unwrap();
        assert!(advice.starts_with("Your phone 100a is not registered on dialer 10.0.9.8. Check that"), "{advice}");
    }
}
