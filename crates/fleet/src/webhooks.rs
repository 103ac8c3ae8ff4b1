//! Webhooks: who is told of changes, in which order, and what becomes of an event that cannot be delivered.
//!
//! Nothing is written for a change of phones, aliases, users or dialers: each has its row of the admin log in its own
//! transaction already, whoever makes it, and a subscriber is told what follows its place in that log. What the floor tells
//! is kept in `hotdesk_event`, in the transaction that changes the session, as long as anybody wants it.

pub mod admin;
pub mod change;
mod delivery;
mod gap_tracker;
pub mod networks;
mod next_events;

use std::fmt;

pub use change::FleetChange;
pub use delivery::{Failure, GIVES_UP_AFTER, Outcome};
pub use gap_tracker::GapTracker;
pub use networks::Networks;
pub use next_events::{Event, EventSource, GapTrackers, NextEvents, look_ahead, waiting};

use crate::Timestamp;

/// What a subscriber can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Phones: added, changed, deleted.
    Phone,
    /// Aliases, likewise.
    Alias,
    /// Users, likewise.
    User,
    /// Dialers, likewise; and when one is lost, or well again.
    Dialer,
    /// Sessions: each state that one comes to.
    Session,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Phone, Self::Alias, Self::User, Self::Dialer, Self::Session];

    /// As it is written; events of it begin with the word and a dot.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Alias => "alias",
            Self::User => "user",
            Self::Dialer => "dialer",
            Self::Session => "session",
        }
    }

    /// The topic of this word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }
}

/// What signs a subscriber's messages: `whsec_` and base64. Shown once, when it is made.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// This secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Without the secret.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(secret)")
    }
}

/// Whether a subscriber is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Yes.
    Active,
    /// Not for now: an administrator wants so. What happens meanwhile waits.
    Paused,
    /// Not any more until an administrator looks after it: it failed for too long.
    GaveUp,
    /// The same: it answered 410 Gone.
    Gone,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::GaveUp, Self::Gone];

    /// As `hotdesk_webhook.state` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::GaveUp => "gave_up",
            Self::Gone => "gone",
        }
    }

    /// Reads [`Self::word`]; anything else is paused.
    #[must_use]
    pub fn read(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Paused)
    }
}

/// The last events that a subscriber has: a number in each of the two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// In `vicidial_admin_log`.
    pub admin_log_id: i64,
    /// In `hotdesk_event`.
    pub event_id: i64,
}

impl Position {
    /// How many rows are between another position and this one, at most.
    #[must_use]
    pub const fn rows_behind(self, other: Self) -> i64 {
        self.admin_log_id - other.admin_log_id + self.event_id - other.event_id
    }
}

/// A subscriber (table `hotdesk_webhook`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its number.
    pub webhook_id: i64,
    /// Where its messages go.
    pub url: String,
    /// What it is told of.
    pub topics: Vec<Topic>,
    /// Whether it is told anything.
    pub state: State,
    /// What signs its messages.
    pub secret: Secret,
    /// What signed them before, and until when it still does beside the other.
    pub old_secret: Option<(Secret, Timestamp)>,
    /// When it was made.
    pub made: Timestamp,
    /// By whom.
    pub user: String,
    /// The last events that it has.
    pub position: Position,
    /// How often the event that is first in the row has failed.
    pub failures: u32,
    /// Since when.
    pub failing_since: Option<Timestamp>,
    /// When it is tried again.
    pub next_attempt: Timestamp,
    /// Which run of Hotdesk delivers, and until when no other one does.
    pub holder: String,
    /// See `holder`.
    pub held_until: Timestamp,
}

impl Webhook {
    /// Whether it wants to be told of this.
    #[must_use]
    pub fn wants(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }

    /// Whether anything of it is in the admin log.
    #[must_use]
    pub fn wants_changes(&self) -> bool {
        self.topics.iter().any(|topic| *topic != Topic::Session)
    }

    /// Whether the floor may tell anything of it.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        self.wants(Topic::Session) || self.wants(Topic::Dialer)
    }

    /// What signs a message now.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let old = self.old_secret.as_ref().filter(move |(_, until)| *until > now);
        std::iter::once(&self.secret).chain(old.map(|(secret, _)| secret))
    }

    /// Whether something can be delivered to it at this time.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == State::Active && self.next_attempt <= now
    }
}

/// What the floor told (table `hotdesk_event`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number.
    pub event_id: i64,
    /// When it was.
    pub at: Timestamp,
    /// Its type, such as `session.live`.
    pub kind: String,
    /// What is told, a JSON object.
    pub data: String,
}

/// An attempt to deliver an event (table `hotdesk_delivery`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number; 0 before it is kept.
    pub delivery_id: i64,
    /// When it began.
    pub at: Timestamp,
    /// The message's id, the same at every attempt.
    pub message_id: String,
    /// The event's type.
    pub kind: String,
    /// What came of it.
    pub outcome: Outcome,
    /// How many milliseconds it took.
    pub took: u32,
}
