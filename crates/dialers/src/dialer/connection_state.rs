//! State of the connection to a dialer, and the reason if it is not healthy.

use tokio::time::Instant;

use crate::rights::MissingRight;

/// State of the connection to a dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Logged in, and the dialer responds.
    Healthy,
    /// Not responding: the connection closed, or a ping is unanswered. It gets no new agents, but its calls may still
    /// exist.
    Suspect {
        /// Since when.
        since: Instant,
        /// What the last trouble was.
        why: Trouble,
    },
    /// Considered dead: it refuses connections, or it has been silent for too long.
    Down {
        /// Since when.
        since: Instant,
        /// What the last trouble was.
        why: Trouble,
    },
}

/// Reason why a dialer is not healthy. `Display` is for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The first connection attempt is not over.
    #[error("not connected yet")]
    NotConnectedYet,
    /// It closed the connection.
    #[error("it closed the connection")]
    Closed,
    /// It does not answer a ping, or it accepts a connection and does not respond.
    #[error("it does not answer")]
    Unanswered,
    /// It refuses connections.
    #[error("it refuses connections")]
    Refused,
    /// It cannot be reached: no route, or no answer to the attempt to connect.
    #[error("it cannot be reached")]
    Unreachable,
    /// It has been silent for too long.
    #[error("it is silent")]
    Silent,
    /// It refuses Hotdesk's login. It is running, so it stays suspect and never goes down.
    #[error("it refuses the login")]
    LoginRefused,
    /// Hotdesk's account may not hang up calls. It stays suspect, as with every missing right.
    #[error("Hotdesk's account lacks {}", MissingRight::HangUp.advice())]
    NoHangUpRight,
    /// Hotdesk's account may not place calls.
    #[error("Hotdesk's account lacks {}", MissingRight::Originate.advice())]
    NoOriginateRight,
    /// Hotdesk's account gets no events about its calls.
    #[error("Hotdesk's account lacks {}", MissingRight::CallEvents.advice())]
    NoCallEvents,
    /// Hotdesk's account may not list channels or registrations.
    #[error("Hotdesk's account lacks {}", MissingRight::Lists.advice())]
    NoListRight,
    /// It refused to hang up a call, so the call may still be in its conference. It stays suspect until the call ends.
    #[error("it refuses to hang up a call")]
    HangUpRefused,
    /// It is shutting down and accepts no more calls, but keeps its present ones. It stays suspect.
    #[error("it is shutting down")]
    ShuttingDown,
    /// Another service responds there. The dialer stays suspect.
    #[error("the service there is not a manager interface")]
    NoManager,
    /// Its certificate is not trusted, so no login was sent. It stays suspect.
    #[error("its certificate is not trusted")]
    Untrusted,
    /// It responds, but without TLS, or with TLS that cannot be used. It stays suspect.
    #[error("it offers no usable TLS")]
    NoTls,
    /// TLS is required, but no trusted authority is configured. It is not contacted, so it stays suspect.
    #[error("no certificate authority is set (ami_ca)")]
    NoAuthority,
}

impl ConnectionState {
    /// Whether the dialer is logged in and responds.
    #[must_use]
    pub const fn is_healthy(&self) -> bool {
        matches!(self, Self::Healthy)
    }

    /// Whether the first connection attempt is over.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Suspect { why: Trouble::NotConnectedYet, .. })
    }

    /// Whether the dialer is connected and reports its calls, although it may get no new agents.
    #[must_use]
    pub const fn reports_calls(&self) -> bool {
        matches!(
            self,
            Self::Healthy
                | Self::Suspect {
                    why: Trouble::HangUpRefused
                        | Trouble::NoHangUpRight
                        | Trouble::NoOriginateRight
                        | Trouble::NoListRight,
                    ..
                }
        )
    }

    /// The state after the end of the last call that the dialer refused to hang up.
    pub(super) const fn without_refusals(self) -> Self {
        match self {
            Self::Suspect { why: Trouble::HangUpRefused, .. } => Self::Healthy,
            other => other,
        }
    }

    /// Whether the dialer is considered dead.
    #[must_use]
    pub const fn is_down(&self) -> bool {
        matches!(self, Self::Down { .. })
    }

    /// The state after this trouble. A dialer that is down stays down.
    pub(super) fn suspect(self, at: Instant, why: Trouble) -> Self {
        match self {
            Self::Healthy => Self::Suspect { since: at, why },
            // The time of silence begins with the loss of the connection.
            Self::Suspect { why: before, .. } if before.excuses_silence() && !why.excuses_silence() => {
                Self::Suspect { since: at, why }
            }
            Self::Suspect { since, .. } => Self::Suspect { since, why },
            Self::Down { since, .. } => Self::Down { since, why },
        }
    }

    pub(super) fn down(self, at: Instant, why: Trouble) -> Self {
        match self {
            Self::Down { since, .. } => Self::Down { since, why },
            _ => Self::Down { since: at, why },
        }
    }
}

impl From<MissingRight> for Trouble {
    fn from(right: MissingRight) -> Self {
        match right {
            MissingRight::HangUp => Self::NoHangUpRight,
            MissingRight::Originate => Self::NoOriginateRight,
            MissingRight::CallEvents => Self::NoCallEvents,
            MissingRight::Lists => Self::NoListRight,
        }
    }
}

impl Trouble {
    /// The code for programs. It never changes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotConnectedYet => "not_connected_yet",
            Self::Closed => "closed_connection",
            Self::Unanswered => "does_not_answer",
            Self::Refused => "refuses_connections",
            Self::Unreachable => "unreachable",
            Self::Silent => "silent",
            Self::LoginRefused => "refuses_login",
            Self::NoHangUpRight => "no_hang_up_right",
            Self::NoOriginateRight => "no_originate_right",
            Self::NoCallEvents => "no_call_events",
            Self::NoListRight => "no_list_right",
            Self::HangUpRefused => "refuses_hang_up",
            Self::ShuttingDown => "shutting_down",
            Self::NoManager => "no_manager_interface",
            Self::Untrusted => "untrusted_certificate",
            Self::NoTls => "no_tls",
            Self::NoAuthority => "no_authority",
        }
    }

    /// Whether a service responds there, or the dialer was never contacted, so that silence does not count against it.
    pub(super) const fn excuses_silence(self) -> bool {
        match self {
            Self::LoginRefused
            | Self::NoHangUpRight
            | Self::NoOriginateRight
            | Self::NoCallEvents
            | Self::NoListRight
            | Self::HangUpRefused
            | Self::NoManager
            | Self::ShuttingDown
            | Self::Untrusted
            | Self::NoTls
            | Self::NoAuthority => true,
            Self::NotConnectedYet
            | Self::Closed
            | Self::Unanswered
            | Self::Refused
            | Self::Unreachable
            | Self::Silent => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_start_of_trouble_is_kept_and_a_dialer_that_is_down_stays_down() {
        let start = Instant::now();
        let later = start + Duration::from_secs(3);
        let suspect = ConnectionState::Healthy.suspect(start, Trouble::Closed);
        assert_eq!(suspect, ConnectionState::Suspect { since: start, why: Trouble::Closed });
        assert_eq!(
            suspect.suspect(later, Trouble::Unanswered),
            ConnectionState::Suspect { since: start, why: Trouble::Unanswered }
        );
        let down = suspect.down(later, Trouble::Refused);
        assert_eq!(down, ConnectionState::Down { since: later, why: Trouble::Refused });
        assert_eq!(
            down.suspect(later + Duration::from_secs(1), Trouble::LoginRefused),
            ConnectionState::Down { since: later, why: Trouble::LoginRefused }
        );
    }
}
