//! Agent sessions on the dialers: logins, ringing, dialer health, re-homing, and the cluster of nodes.
//!
//! A login reserves a seat in one transaction (`fleet::sessions`), then rings the phone; if the phone cannot be rung,
//! it rings the next choice ([`Floor::log_in`]). The database holds the sessions. [`Floor`] caches the open ones,
//! watches every dialer, ends sessions whose call has ended, and re-homes agents when their dialer goes down.

mod cluster;
mod dialer_events;
mod dialer_port;
mod dialer_registry;
mod events;
mod expected_lines;
mod floor;
mod housekeeping;
mod lines;
mod minutes;
mod monitoring;
mod outbox;
mod partition_guard;
mod pending_rings;
mod polled_config;
mod rehome_rate;
mod rehoming;
mod ringing;
mod session_cache;
mod supervision;
mod view;

use std::str::FromStr;

use fleet::sessions::LoginPolicy;

pub use cluster::Cluster;
pub use dialer_port::{AmiWatcher, BoxFuture, DialerWatcher, ManagerAddress, WatchedDialer};
pub use events::{Event, EventId};
pub use floor::{Floor, LoggedIn, Seated, Snapshot};
pub use supervision::{MoveAllOutcome, MoveOutcome};
pub use view::{
    Alarm, Change, DialerAction, DialerMinute, DialerView, LineCounts, LineView, MinuteView, MoveReason, NodeView,
    SessionView,
};

/// Who places the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Driver {
    /// Hotdesk itself, over each dialer's manager interface.
    #[default]
    Ami,
    /// A VICIdial cluster's own daemons, from rows of `vicidial_manager`.
    Queue,
}

/// The driver's name is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown driver `{0}`: use `ami` or `queue`")]
pub struct UnknownDriver(String);

impl FromStr for Driver {
    type Err = UnknownDriver;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "ami" => Ok(Self::Ami),
            "queue" => Ok(Self::Queue),
            other => Err(UnknownDriver(other.to_owned())),
        }
    }
}

/// Settings of the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Who places the calls.
    pub driver: Driver,
    /// Which phones may be candidates at a login.
    pub rules: LoginPolicy,
    /// How many agents of a dialer that is down are rung again each second, on each other dialer.
    pub rehomed_a_second: u32,
}

impl Default for Options {
    /// 200 a second: an Asterisk 16 takes about 270 originates a second.
    fn default() -> Self {
        Self { driver: Driver::Ami, rules: LoginPolicy::default(), rehomed_a_second: 200 }
    }
}
