//! What becomes of a subscriber after an attempt.

use std::time::Duration;

use super::{Position, State, Webhook};
use crate::Timestamp;
use crate::backoff::Backoff;

/// Pauses between the attempts to deliver one event: up to an hour, a fifth more or less.
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

/// Seconds after which a subscriber that takes nothing is told no more.
pub const GIVES_UP_AFTER: i64 = 3 * 24 * 60 * 60;

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There was none in time.
    TimedOut,
    /// Nobody could be connected to, or the connection broke.
    Unreachable,
    /// The certificate is not trusted, or TLS failed otherwise.
    Untrusted,
    /// Hotdesk may not send anything to the address.
    AddressNotAllowed,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::TimedOut, Self::Unreachable, Self::Untrusted, Self::AddressNotAllowed];

    /// As `hotdesk_delivery.failure` has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
            Self::AddressNotAllowed => "address_not_allowed",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.word() == word)
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An answer with this status.
    Answered(u16),
    /// None.
    Failed(Failure),
}

impl Outcome {
    /// Whether the message has arrived.
    #[must_use]
    pub const fn has_arrived(self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

impl Webhook {
    /// An attempt to deliver the event at this position has come to this.
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
    fn an_event_that_failed_stays_first_and_one_that_arrived_is_passed() {
        let mut webhook = webhook();
        webhook.settle(NEXT, Outcome::Answered(500), NOW, 0);
        assert_eq!((webhook.position.admin_log_id, webhook.failures), (7, 1));
        assert!(!webhook.is_due(NOW) && webhook.is_due(NOW.plus_seconds(1)));
        webhook.settle(NEXT, Outcome::Answered(204), NOW.plus_seconds(1), 0);
        assert_eq!((webhook.position, webhook.failures, webhook.failing_since), (NEXT, 0, None));
    }

    #[test]
    fn after_three_days_nothing_more_is_told_and_who_is_gone_is_told_nothing_at_once() {
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
