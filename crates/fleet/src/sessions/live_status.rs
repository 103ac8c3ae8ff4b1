//! Live state of the dialers beyond the database, as an interface for the rules.

use crate::dialer_status::{Health, Registration};

/// Access to the live state of the dialers and to the login settings.
pub trait LiveStatus: Send + Sync {
    /// The health of this dialer.
    fn health(&self, server_ip: &str) -> Health;

    /// The registration of this channel, such as `SIP/cc100`, on this dialer.
    fn registration(&self, server_ip: &str, channel: &str) -> Registration;

    /// Whether a channel other than this call is in a conference of this dialer. `names` are the extensions that lead
    /// into the conference.
    fn is_conference_in_use(&self, server_ip: &str, names: &[&str], but_call: &str) -> bool;

    /// The login settings.
    fn rules(&self) -> LoginPolicy;
}

/// Settings of logins and of alias members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct LoginPolicy {
    /// Whether agents may share a phone.
    pub shared_phones: bool,
    /// Whether a phone that is not registered is left out instead of rung last.
    pub registered_only: bool,
    /// Whether only phones that were ever seen registered may join an alias.
    pub registered_members: bool,
    /// Whether callers of the Agent API and of `blind_monitor` reach agents of groups that they do not see, as in VICIdial.
    pub reaches_all_agents: bool,
}

/// Without live state: only the heartbeat counts.
#[derive(Debug, Clone, Copy)]
pub struct NoLiveStatus;

impl LiveStatus for NoLiveStatus {
    fn health(&self, _: &str) -> Health {
        Health::Unwatched
    }

    fn registration(&self, _: &str, _: &str) -> Registration {
        Registration::Unknown
    }

    fn is_conference_in_use(&self, _: &str, _: &[&str], _: &str) -> bool {
        false
    }

    fn rules(&self) -> LoginPolicy {
        LoginPolicy::default()
    }
}
