//! What happened to a session, step by step: which phones there were to choose from, which one was rung, and what came of
//! it. Kept with the session, one line of JSON a step, so that 'my phone did not ring' has an answer.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::dialer_status::RingEnd;
use crate::dialer_status::{Health, Registration};
use crate::placement::{LeftOut, Why};
use crate::sessions::Choice;

/// A step, and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub step: Step,
}

/// What can happen to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Step {
    /// A phone was chosen, or none could be.
    Decided {
        /// Why there was something to decide.
        cause: Cause,
        /// Why the first is first.
        why: Why,
        /// The phones that there were.
        candidates: Vec<Weighed>,
    },
    /// A phone is being rung.
    Rung {
        /// The phone.
        phone_login: String,
        /// Its dialer.
        server_ip: String,
        /// The conference that it is brought to. Steps that were kept before 0.1.0 call it `room`.
        #[serde(alias = "room")]
        conference: String,
    },
    /// The phone could not be rung, or nobody answered.
    Failed {
        /// The phone.
        phone_login: String,
        /// Its dialer.
        server_ip: String,
        /// What the dialer said.
        how: RingEnd,
    },
    /// The phone was answered, and the agent is on the way into the room.
    Answered {
        /// The phone.
        phone_login: String,
        /// Its dialer.
        server_ip: String,
    },
    /// The session ended.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// Why a phone had to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The agent logged in.
    LogIn,
    /// The first choice could not be rung.
    Failover,
    /// The dialer was lost, or lost the call.
    DialerLost,
    /// Somebody moved the agent.
    Moved,
    /// The agent asked to be rung again.
    RingAgain,
    /// Hotdesk was started again while the phone rang.
    Restart,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The agent logged out.
    LoggedOut,
    /// Somebody else logged the agent out.
    Removed,
    /// The agent logged in again.
    Replaced,
    /// No phone of the login could take the agent.
    NoPhone,
    /// Phones were rung, and none was answered.
    NoAnswer,
    /// The agent hung up.
    HungUp,
    /// The dialer was lost, and no other could take the agent.
    DialerLost,
    /// The call was gone when Hotdesk came back.
    Gone,
}

impl EndReason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::LoggedOut,
        Self::Removed,
        Self::Replaced,
        Self::NoPhone,
        Self::NoAnswer,
        Self::HungUp,
        Self::DialerLost,
        Self::Gone,
    ];

    /// Reads what [`Self::word`] writes.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// As `hotdesk_session.end_reason` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::NoPhone => "no_phone",
            Self::NoAnswer => "no_answer",
            Self::HungUp => "hung_up",
            Self::DialerLost => "dialer_lost",
            Self::Gone => "gone",
        }
    }
}

/// A phone of the list, as it was when it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// The phone's login.
    pub phone_login: String,
    /// Its dialer, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_ip: Option<String>,
    /// Seats that were taken there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// The dialer's weight; 0 where it has none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight: u32,
    /// How the dialer was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// Whether the phone was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// Its turn, from 1; `None` if it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
    /// Why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(weight: &u32) -> bool {
    *weight == 0
}

impl TimelineEntry {
    /// The line that is kept.
    #[must_use]
    pub fn line(at: Timestamp, step: Step) -> String {
        // A step has text, numbers and names of variants only, all of which can be written.
        serde_json::to_string(&Self { at: at.unix_ms(), step }).unwrap_or_default()
    }

    /// Reads a whole trail. A line that an older or newer Hotdesk wrote and that says nothing here is left out.
    #[must_use]
    pub fn read(trail: &str) -> Vec<Self> {
        trail.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Step {
    /// The decision as it is kept.
    #[must_use]
    pub fn decided(cause: Cause, choice: &Choice) -> Self {
        Self::Decided { cause, why: choice.decision.why, candidates: weighed(choice) }
    }
}

/// The candidates of a choice, in the list's order.
#[must_use]
pub fn weighed(choice: &Choice) -> Vec<Weighed> {
    let decision = &choice.decision;
    let of_place = |(place, candidate): (usize, &crate::placement::Candidate)| Weighed {
        phone_login: candidate.login.clone(),
        server_ip: candidate.dialer.as_ref().map(|dialer| dialer.server_ip.clone()),
        seats: candidate.dialer.as_ref().map(|dialer| dialer.seats),
        weight: candidate.dialer.as_ref().map_or(0, |dialer| dialer.weight),
        health: candidate.dialer.as_ref().map(|dialer| dialer.health),
        registration: candidate.phone.as_ref().map(|phone| phone.registration),
        turn: decision.order.iter().position(|chosen| *chosen == place).map(|turn| turn + 1),
        left_out: decision.left_out.iter().find(|(left, _)| *left == place).map(|(_, reason)| reason.clone()),
    };
    choice.candidates.iter().enumerate().map(of_place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_reads_back_and_a_line_that_says_nothing_is_left_out() {
        let steps = [
            Step::Failed { phone_login: "a".into(), server_ip: "10.0.9.8".into(), how: RingEnd::Failed { reason: 8 } },
            Step::Ended { reason: EndReason::NoAnswer },
        ];
        let lines = steps.clone().map(|step| TimelineEntry::line(Timestamp::from_unix_ms(1_795_239_060_123), step));
        let trail = format!("{}\n{{\"at\":1,\"what\":\"danced\"}}\n{}", lines[0], lines[1]);
        let read = TimelineEntry::read(&trail);
        assert_eq!(read.iter().map(|entry| entry.step.clone()).collect::<Vec<_>>(), steps);
        assert_eq!(read[0].at, 1_795_239_060_123);
        assert_eq!(lines[1], r#"{"at":1795239060123,"what":"ended","reason":"no_answer"}"#);
    }
}
