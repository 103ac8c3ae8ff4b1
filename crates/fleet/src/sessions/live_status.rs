//! What is known of dialers beyond the database: whoever watches them tells.

use crate::dialer_status::{Health, Registration};

/// Sees the dialers.
pub trait LiveStatus: Send + Sync {
    /// How this dialer is.
    fn health(&self, server_ip: &str) -> Health;

    /// Whether this channel, such as `SIP/cc100`, can be rung there.
    fn registration(&self, server_ip: &str, channel: &str) -> Registration;

    /// What the house rules say.
    fn rules(&self) -> LoginPolicy;
}

/// Settings of the login, and of who may join an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoginPolicy {
    /// Whether a phone that another agent is live on may be shared.
    pub shared_phones: bool,
    /// Whether a phone that is not registered is left out instead of rung last.
    pub registered_only: bool,
    /// Whether only phones that were ever seen registered may join an alias.
    pub registered_members: bool,
}

/// Nobody watches: the heartbeat alone tells.
#[derive(Debug, Clone, Copy)]
pub struct NoLiveStatus;

impl LiveStatus for NoLiveStatus {
    fn health(&self, _: &str) -> Health {
        Health::Unwatched
    }

    fn registration(&self, _: &str, _: &str) -> Registration {
        Registration::Unknown
    }

    fn rules(&self) -> LoginPolicy {
        LoginPolicy::default()
    }
}
