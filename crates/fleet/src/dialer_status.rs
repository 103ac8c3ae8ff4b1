//! What a dialer reports: its health, whether a phone is registered, and how a call to a phone failed.

use serde::{Deserialize, Serialize};

/// How healthy a dialer is, as Hotdesk sees it right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It answers.
    #[serde(alias = "well")]
    Healthy,
    /// Its connection closed, or a ping stays unanswered: it gets no new agents.
    Suspect,
    /// It is gone.
    #[serde(alias = "lost")]
    Down,
    /// Nothing watches it; only its heartbeat is known.
    Unwatched,
    /// It cannot be watched: Hotdesk has no account on its manager interface.
    NoAccount,
}

impl Health {
    /// The value that programs read, such as `healthy`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Down => "down",
            Self::Unwatched => "unwatched",
            Self::NoAccount => "no_account",
        }
    }
}

/// Whether a phone is registered on its dialer, so that it can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// It is.
    Registered,
    /// The dialer says that it is not.
    NotRegistered,
    /// The dialer does not say.
    Unknown,
    /// The phone never registers, or only after the login: EXTERNAL, Zap, a phone in the browser.
    NotNeeded,
}

/// How ringing a phone ended without the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum RingEnd {
    /// The dialer says that the phone is not registered.
    NotRegistered,
    /// It rang, and nobody answered.
    NoAnswer,
    /// It did not even ring: it has gone without saying so.
    Dead,
    /// It is busy, or the agent rejected the call.
    Rejected,
    /// The call failed, by Asterisk's number.
    Failed {
        /// The number.
        reason: u8,
    },
    /// The dialer refused the call.
    Refused {
        /// In its words.
        words: String,
    },
    /// The dialer was lost, or became suspect.
    DialerLost,
    /// The dialer said nothing in time.
    TimedOut,
    /// The call was taken back.
    GivenUp,
}
