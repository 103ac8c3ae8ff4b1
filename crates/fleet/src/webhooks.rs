//! Webhooks: subscriptions to changes, the order of their events, and failed deliveries.
//!
//! Changes of phones, aliases, users and dialers need no extra rows: the transaction of each change writes a row of the audit
//! log, and a webhook receives the rows after its position in that log. Events of the floor are stored in `hotdesk_event`, in the
//! transaction that changes the session, as long as a webhook needs them.

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

/// A topic that a webhook can subscribe to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Changes of phones: added, changed, deleted.
    Phone,
    /// Changes of aliases.
    Alias,
    /// Changes of users.
    User,
    /// Changes of dialers, and a dialer that goes down or recovers.
    Dialer,
    /// State changes of agent sessions.
    Session,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 5] = [Self::Phone, Self::Alias, Self::User, Self::Dialer, Self::Session];

    /// Name of the topic. The types of its events start with the name and a dot.
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

    /// Parses [`Self::word`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }
}

/// The secret that signs a webhook's messages: `whsec_` and base64. It is shown once, when it is created.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// A secret with this text.
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

/// Omits the secret.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(secret)")
    }
}

/// State of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Messages are delivered.
    Active,
    /// An administrator paused it. Events are kept until it is active again.
    Paused,
    /// Deliveries failed for too long; an administrator must activate it again.
    GaveUp,
    /// The receiver replied 410 Gone; an administrator must activate it again.
    Gone,
}

impl State {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::GaveUp, Self::Gone];

    /// Value of the column `hotdesk_webhook.state`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::GaveUp => "gave_up",
            Self::Gone => "gone",
        }
    }

    /// Parses [`Self::word`]; any other text is [`Self::Paused`].
    #[must_use]
    pub fn read(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Paused)
    }
}

/// Position of a webhook: the row number of the last delivered event in each of the two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// In `vicidial_admin_log`.
    pub admin_log_id: i64,
    /// In `hotdesk_event`.
    pub event_id: i64,
}

impl Position {
    /// Maximum number of rows between another position and this one.
    #[must_use]
    pub const fn rows_behind(self, other: Self) -> i64 {
        self.admin_log_id - other.admin_log_id + self.event_id - other.event_id
    }
}

/// A webhook (table `hotdesk_webhook`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The webhook's id.
    pub webhook_id: i64,
    /// The receiver's URL.
    pub url: String,
    /// The topics.
    pub topics: Vec<Topic>,
    /// The state.
    pub state: State,
    /// The secret that signs its messages.
    pub secret: Secret,
    /// The previous secret, and the time until which it also signs messages.
    pub old_secret: Option<(Secret, Timestamp)>,
    /// The time of creation.
    pub made: Timestamp,
    /// The account that created it.
    pub user: String,
    /// The position in the logs.
    pub position: Position,
    /// Number of failed deliveries of the next event.
    pub failures: u32,
    /// Time of the first of these failures.
    pub failing_since: Option<Timestamp>,
    /// Time of the next attempt.
    pub next_attempt: Timestamp,
    /// The run of Hotdesk that delivers its messages, exclusively until `held_until`.
    pub holder: String,
    /// End of the exclusive delivery by `holder`.
    pub held_until: Timestamp,
}

impl Webhook {
    /// Whether it subscribes to this topic.
    #[must_use]
    pub fn wants(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }

    /// Whether any of its topics comes from the audit log.
    #[must_use]
    pub fn wants_changes(&self) -> bool {
        self.topics.iter().any(|topic| *topic != Topic::Session)
    }

    /// Whether any of its topics comes from the floor.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        self.wants(Topic::Session) || self.wants(Topic::Dialer)
    }

    /// The secrets that sign a message at this time.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let old = self.old_secret.as_ref().filter(move |(_, until)| *until > now);
        std::iter::once(&self.secret).chain(old.map(|(secret, _)| secret))
    }

    /// Whether a delivery may be attempted at this time.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == State::Active && self.next_attempt <= now
    }
}

/// An event of the floor (table `hotdesk_event`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The event's id.
    pub event_id: i64,
    /// The time of the event.
    pub at: Timestamp,
    /// The event's type, such as `session.live`.
    pub kind: String,
    /// The event's content, a JSON object.
    pub data: String,
}

/// An attempt to deliver an event (table `hotdesk_delivery`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The attempt's id; 0 before it is stored.
    pub delivery_id: i64,
    /// The start of the attempt.
    pub at: Timestamp,
    /// The message's id, the same at every attempt.
    pub message_id: String,
    /// The event's type.
    pub kind: String,
    /// The result.
    pub outcome: Outcome,
    /// The duration in milliseconds.
    pub took: u32,
}
