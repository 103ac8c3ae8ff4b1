//! Timeline of a session: the available phones, the one that was rung, and the result of each attempt. It is stored with the
//! session, one line of JSON per step, and answers questions such as "why did my phone not ring?".

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::dialer_status::{Health, Registration, RingEnd};
use crate::placement::{LeftOut, Why};
use crate::sessions::Choice;

/// A step with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    pub at: i64,
    /// The step.
    #[serde(flatten)]
    pub step: Step,
}

/// A step of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Step {
    /// A phone was chosen, or none was available.
    Decided {
        /// The cause of the choice.
        cause: Cause,
        /// The reason for the first phone.
        why: Why,
        /// All phones of the login.
        candidates: Vec<Weighed>,
    },
    /// A phone is being rung.
    Rung {
        /// The phone.
        phone_login: String,
        /// Its dialer.
        server_ip: String,
        /// The conference that the agent is connected to. Steps from before version 0.1.0 call it `conference`.
        #[serde(alias = "room")]
        conference: String,
    },
    /// The phone could not be rung, or nobody answered.
    Failed {
        /// The phone.
        phone_login: String,
        /// Its dialer.
        server_ip: String,
        /// The reason.
        how: RingEnd,
    },
    /// The phone was answered, and the agent is being connected to the conference.
    Answered {
        /// The phone.
        phone_login: String,
        /// Its dialer.
        server_ip: String,
    },
    /// The session ended.
    Ended {
        /// The reason.
        reason: EndReason,
    },
}

/// The cause of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The agent logged in.
    LogIn,
    /// The first choice could not be rung.
    Failover,
    /// The dialer went down, or the call on it was lost.
    DialerLost,
    /// An administrator moved the agent.
    Moved,
    /// The agent asked to be rung again.
    RingAgain,
    /// Hotdesk was restarted while the phone rang.
    Restart,
}

/// The reason for the end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The agent logged out.
    LoggedOut,
    /// An administrator logged the agent out.
    Removed,
    /// The agent logged in again.
    Replaced,
    /// No phone of the login could take the agent.
    NoPhone,
    /// Phones were rung, and none was answered.
    NoAnswer,
    /// The agent hung up.
    HungUp,
    /// The dialer went down, and no other could take the agent.
    DialerLost,
    /// The call no longer existed when Hotdesk restarted.
    Gone,
}

impl EndReason {
    /// All end reasons.
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

    /// Parses [`Self::word`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// Value of the column `hotdesk_session.end_reason`.
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

/// State of a phone of the list at the time of the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// The phone's login.
    pub phone_login: String,
    /// Its dialer, if that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_ip: Option<String>,
    /// Number of seats on the dialer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// The dialer's weight; 0 for none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight: u32,
    /// The dialer's health.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// The phone's registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// Its position in the order, starting at 1; `None` if it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
    /// The reason why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
const fn is_zero(weight: &u32) -> bool {
    *weight == 0
}

impl TimelineEntry {
    /// The line to store.
    #[must_use]
    pub fn line(at: Timestamp, step: Step) -> String {
        // Serialization cannot fail: a step consists of strings, numbers and variant names.
        serde_json::to_string(&Self { at: at.unix_ms(), step }).unwrap_or_default()
    }

    /// Parses a whole timeline. Lines of other versions of Hotdesk that cannot be parsed are skipped.
    #[must_use]
    pub fn read(timeline: &str) -> Vec<Self> {
        timeline.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Step {
    /// The step for a placement.
    #[must_use]
    pub fn decided(cause: Cause, choice: &Choice) -> Self {
        Self::Decided { cause, why: choice.decision.why, candidates: weighed(choice) }
    }
}

/// The candidates of a placement, in the order of the list.
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
    fn a_timeline_reads_back_and_unknown_lines_are_skipped() {
        let steps = [
            Step::Failed { phone_login: "a".into(), server_ip: "10.0.9.8".into(), how: RingEnd::Failed { reason: 8 } },
            Step::Ended { reason: EndReason::NoAnswer },
        ];
        let lines = steps.clone().map(|step| TimelineEntry::line(Timestamp::from_unix_ms(1_795_239_060_123), step));
        let timeline = format!("{}\n{{\"at\":1,\"what\":\"danced\"}}\n{}", lines[0], lines[1]);
        let read = TimelineEntry::read(&timeline);
        assert_eq!(read.iter().map(|entry| entry.step.clone()).collect::<Vec<_>>(), steps);
        assert_eq!(read[0].at, 1_795_239_060_123);
        assert_eq!(lines[1], r#"{"at":1795239060123,"what":"ended","reason":"no_answer"}"#);
    }
}
