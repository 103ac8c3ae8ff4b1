//! State of the connection to a dialer, and what is wrong with it.

use tokio::time::Instant;

/// State of the connection to a dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Logged in, and it answers.
    Healthy,
    /// No new logins: the connection closed, or a ping is unanswered. Calls on it may live on.
    Suspect {
        /// Since when.
        since: Instant,
        /// What the last trouble was.
        why: Trouble,
    },
    /// It is taken as dead: connecting is refused, or it is silent for too long.
    Down {
        /// Since when.
        since: Instant,
        /// What the last trouble was.
        why: Trouble,
    },
}

/// What is wrong with a dialer. `Display` is for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing yet: the first connection is being made.
    #[error("not connected yet")]
    NotConnectedYet,
    /// It closed the connection.
    #[error("it closed the connection")]
    Closed,
    /// It leaves a ping unanswered, or it accepts a connection and says nothing.
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
    /// It refuses Hotdesk's login. It lives, so it is suspect and does not get lost.
    #[error("it refuses the login")]
    LoginRefused,
    /// It is being stopped and takes no more calls; those that it has live on. It is suspect and does not get lost.
    #[error("it is shutting down")]
    ShuttingDown,
    /// Something else answers there. It is suspect and does not get lost.
    #[error("what answers there is no manager interface")]
    NoManager,
    /// Its certificate is not trusted, so nothing was told to it. It is suspect and does not get lost.
    #[error("its certificate is not trusted")]
    Untrusted,
    /// It answers, but not with TLS, or with none that can be used. It is suspect and does not get lost.
    #[error("it speaks no TLS that can be used")]
    NoTls,
    /// It is to be reached with TLS, and nobody said whose certificates are believed. It is not contacted, so it is suspect
    /// and does not get lost.
    #[error("no certificate authority is set (ami_ca)")]
    NoAuthority,
}

impl ConnectionState {
    /// Whether it can be used.
    #[must_use]
    pub const fn is_healthy(&self) -> bool {
        matches!(self, Self::Healthy)
    }

    /// Whether it was connected to or failed, once at least.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Suspect { why: Trouble::NotConnectedYet, .. })
    }

    /// Whether it is taken as dead.
    #[must_use]
    pub const fn is_down(&self) -> bool {
        matches!(self, Self::Down { .. })
    }

    /// After this trouble at this time, where nothing worse is known: a lost dialer stays lost.
    pub(super) fn suspect(self, at: Instant, why: Trouble) -> Self {
        match self {
            Self::Healthy => Self::Suspect { since: at, why },
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

impl Trouble {
    /// The word for programs, which stays the same whatever people read.
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
            Self::ShuttingDown => "shutting_down",
            Self::NoManager => "no_manager_interface",
            Self::Untrusted => "untrusted_certificate",
            Self::NoTls => "no_tls",
            Self::NoAuthority => "no_authority",
        }
    }

    /// Whether something speaks there, or nobody was asked, so that time alone does not make the dialer lost.
    pub(super) const fn speaks(self) -> bool {
        match self {
            Self::LoginRefused
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
    async fn health_keeps_since_when_and_a_lost_dialer_stays_lost() {
        let start = Instant::now();
        let later = start + Duration::from_secs(3);
        let suspect = ConnectionState::Healthy.suspect(start, Trouble::Closed);
        assert_eq!(suspect, ConnectionState::Suspect { since: start, why: Trouble::Closed });
        assert_eq!(
            suspect.suspect(later, Trouble::Unanswered),
            ConnectionState::Suspect { since: start, why: Trouble::Unanswered }
        );
        let lost = suspect.down(later, Trouble::Refused);
        assert_eq!(lost, ConnectionState::Down { since: later, why: Trouble::Refused });
        assert_eq!(
            lost.suspect(later + Duration::from_secs(1), Trouble::LoginRefused),
            ConnectionState::Down { since: later, why: Trouble::LoginRefused }
        );
    }
}
