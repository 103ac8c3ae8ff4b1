//! Delivery results: retries with backoff, and the end of deliveries to a failing receiver.

use std::time::Duration;

use super::{Position, State, Webhook};
use crate::Timestamp;
use crate::backoff::Backoff;

/// Pauses between attempts to deliver one event: up to an hour, with 20 % jitter.
const BACKOFF: Backoff = Backoff::table(&[
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
])
.spread(80, 120);

/// Deliveries stop after this many seconds of failures.
pub const GIVES_UP_AFTER: i64 = 3 * 24 * 60 * 60;

/// The reason why there was no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The reply did not arrive in time.
    TimedOut,
    /// The connection failed or broke.
    Unreachable,
    /// The certificate is not trusted, or TLS failed otherwise.
    Untrusted,
    /// Hotdesk is not allowed to send messages to the address.
    AddressNotAllowed,
}

impl Failure {
    /// All failures.
    pub const ALL: [Self; 4] = [Self::TimedOut, Self::Unreachable, Self::Untrusted, Self::AddressNotAllowed];

    /// Value of the column `hotdesk_delivery.failure`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
            Self::AddressNotAllowed => "address_not_allowed",
        }
    }

    /// Parses [`Self::word`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.word() == word)
    }
}

/// Result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A reply with this status.
    Answered(u16),
    /// No reply.
    Failed(Failure),
}

impl Outcome {
    /// Whether the receiver accepted the message.
    #[must_use]
    pub const fn has_arrived(self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

impl Webhook {
    /// Records the result of an attempt to deliver the event at this position.
    pub fn settle(&mut self, position: Position, outcome: Outcome, now: Timestamp, jitter: u16) {
        if outcome.has_arrived() {
            self.position = position;
            (self.failures, self.failing_since, self.next_attempt) = (0, None, now);
            return;
        }
        self.failures += 1;
        let since = *self.failing_since.get_or_insert(now);
        let pause = i64::try_from(BACKOFF.pause(self.failures, jitter).as_millis()).unwrap_or(i64::MAX);
        self.next_attempt = Timestamp::from_unix_ms(now.unix_ms().saturating_add(pause));
        if self.state != State::Active {
            return;
        }
        if outcome == Outcome::Answered(410) {
            self.state = State::Gone;
        } else if now.unix() - since.unix() >= GIVES_UP_AFTER {
            self.state = State::GaveUp;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::{Secret, Topic};

    const NOW: Timestamp = Timestamp::from_unix(1_795_239_060);
    const NEXT: Position = Position { admin_log_id: 8, event_id: 0 };

    fn webhook() -> Webhook {
        Webhook {
            webhook_id: 1,
            url: "https://receiver.example/".into(),
            topics: vec![Topic::Phone],
            state: State::Active,
            secret: Secret::new("whsec_AA=="),
            old_secret: None,
            made: NOW,
            user: "6666".into(),
            position: Position { admin_log_id: 7, event_id: 0 },
            failures: 0,
            failing_since: None,
            next_attempt: NOW,
            holder: String::new(),
            held_until: NOW,
        }
    }

    #[test]
    fn pauses_grow_up_to_an_hour_and_are_spread() {
        let pauses: Vec<u64> = (1..=9).map(|failures| BACKOFF.pause(failures, 1 << 15).as_secs()).collect();
        assert_eq!(pauses, [1, 5, 30, 120, 600, 1800, 3600, 3600, 3600]);
        assert_eq!([0, u16::MAX].map(|jitter| BACKOFF.pause(1, jitter).as_millis()), [800, 1200]);
    }

    #[test]
    fn a_failed_event_stays_next_and_a_delivered_one_advances_the_position() {
        let mut webhook = webhook();
        webhook.settle(NEXT, Outcome::Answered(500), NOW, 0);
        assert_eq!((webhook.position.admin_log_id, webhook.failures), (7, 1));
        assert!(!webhook.is_due(NOW) && webhook.is_due(NOW.plus_seconds(1)));
        webhook.settle(NEXT, Outcome::Answered(204), NOW.plus_seconds(1), 0);
        assert_eq!((webhook.position, webhook.failures, webhook.failing_since), (NEXT, 0, None));
    }

    #[test]
    fn deliveries_stop_after_three_days_of_failures_or_at_once_after_410() {
        let mut failing = webhook();
        let (mut now, mut attempts) = (NOW, 0);
        while failing.state == State::Active {
            failing.settle(NEXT, Outcome::Failed(Failure::Unreachable), now, 1 << 15);
            now = failing.next_attempt;
            attempts += 1;
        }
        assert_eq!(failing.state, State::GaveUp);
        let days = (now.unix() - NOW.unix()) / (24 * 60 * 60);
        assert_eq!((days, failing.position.admin_log_id), (3, 7));
        assert!((70..90).contains(&attempts), "{attempts}");
        let mut gone = webhook();
        gone.settle(NEXT, Outcome::Answered(410), NOW, 0);
        assert_eq!(gone.state, State::Gone);
    }
}
