//! Live status of a dialer: its health, the registration of its phones, and the result of ringing a phone.

use serde::{Deserialize, Serialize};

/// Health of a dialer, as Hotdesk sees it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It answers.
    #[serde(alias = "well")]
    Healthy,
    /// Its connection closed, or a ping stays unanswered: it gets no new agents.
    Suspect,
    /// It refuses connections or has not answered for several seconds.
    #[serde(alias = "lost")]
    Down,
    /// Hotdesk does not watch it; only its heartbeat is known.
    Unwatched,
    /// It cannot be watched: Hotdesk has no account on its manager interface.
    NoAccount,
}

impl Health {
    /// Name of the value for programs, such as `healthy`.
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

/// Registration of a phone on its dialer. Only a registered phone can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// The phone is registered.
    Registered,
    /// The dialer reports that the phone is not registered.
    NotRegistered,
    /// The dialer does not report registrations.
    Unknown,
    /// The phone never registers, or only after the login: EXTERNAL, Zap, a browser phone.
    NotNeeded,
}

/// Result of ringing a phone that did not lead to a call with the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum RingEnd {
    /// The dialer reports that the phone is not registered.
    NotRegistered,
    /// The phone rang, and nobody answered.
    NoAnswer,
    /// The phone did not ring: it disappeared without unregistering.
    Dead,
    /// The phone is busy, or the agent rejected the call.
    Rejected,
    /// The call failed with this reason.
    Failed {
        /// Asterisk's reason code.
        reason: u8,
    },
    /// The dialer refused the call.
    Refused {
        /// The dialer's message.
        words: String,
    },
    /// The dialer became suspect or went down.
    DialerLost,
    /// The dialer did not respond in time.
    TimedOut,
    /// Hotdesk cancelled the call.
    GivenUp,
}
