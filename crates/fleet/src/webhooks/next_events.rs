//! The next events for a webhook, merged from both logs. Each log keeps its own order; between the two, the earlier event comes
//! first.

use serde_json::{Value, json};

use crate::webhooks::{FleetChange, GapTracker, Position, StoredEvent, Topic, Webhook};
use crate::{FleetTx, Timestamp, TxError};

/// Number of rows of a log that are read at once.
const ROWS: u32 = 500;

/// State of reading both logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GapTrackers {
    changes: GapTracker,
    events: GapTracker,
}

/// An event for a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The position of a webhook after this event.
    pub position: Position,
    /// The source of an event.
    pub what: EventSource,
}

/// The source of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSource {
    /// A change of a phone, alias, user or dialer.
    Changed(FleetChange),
    /// An event of the floor.
    Told(StoredEvent),
}

/// The next events for a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextEvents {
    /// The events of its topics, in order.
    pub events: Vec<Event>,
    /// The position up to which the logs were read.
    pub position: Position,
}

impl Event {
    /// The message id. It is the same at every attempt, so that a receiver can recognize duplicates.
    #[must_use]
    pub fn message_id(&self) -> String {
        match &self.what {
            EventSource::Changed(change) => format!("change-{}", change.line.admin_log_id),
            EventSource::Told(kept) => format!("event-{}", kept.event_id),
        }
    }

    /// The event's type, such as `alias.added`.
    #[must_use]
    pub fn kind(&self) -> String {
        match &self.what {
            EventSource::Changed(change) => change.kind(),
            EventSource::Told(kept) => kept.kind.clone(),
        }
    }

    /// The message's body. It contains the current version of a changed row.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn body(&self, tx: &mut dyn FleetTx) -> Result<String, TxError> {
        let data = match &self.what {
            EventSource::Changed(change) => change.content(tx)?,
            EventSource::Told(kept) => serde_json::from_str(&kept.data).unwrap_or(Value::Null),
        };
        Ok(json!({ "type": self.kind(), "timestamp": self.what.at().rfc3339(), "data": data }).to_string())
    }
}

impl EventSource {
    fn at(&self) -> Timestamp {
        match self {
            Self::Changed(change) => change.at(),
            Self::Told(kept) => kept.at,
        }
    }
}

/// A row of either log: its number, its time, and its event if the webhook subscribes to it.
struct Row {
    number: i64,
    at: Timestamp,
    what: Option<EventSource>,
}

/// Rows of a log, and whether more rows follow.
struct Rows {
    rows: std::iter::Peekable<std::vec::IntoIter<Row>>,
    has_more: bool,
}

impl Rows {
    /// The rows after `last`. With a tracker, only those before which no more rows can appear.
    fn new(mut rows: Vec<Row>, tracker: Option<&mut GapTracker>, last: i64, now: Timestamp) -> Self {
        let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
        if let Some(tracker) = tracker {
            rows.truncate(tracker.settled(last, &numbers, now));
        }
        Self { has_more: numbers.len() >= ROWS as usize, rows: rows.into_iter().peekable() }
    }

    fn none() -> Self {
        Self { rows: Vec::new().into_iter().peekable(), has_more: false }
    }
}

/// The waiting events of a webhook, for display, not for delivery.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn waiting(tx: &mut dyn FleetTx, webhook: &Webhook) -> Result<Vec<Event>, TxError> {
    Ok(look(tx, webhook, webhook.position, None)?.events)
}

/// The events for a webhook after this position, for delivery.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn look_ahead(
    tx: &mut dyn FleetTx,
    webhook: &Webhook,
    from: Position,
    trackers: &mut GapTrackers,
) -> Result<NextEvents, TxError> {
    look(tx, webhook, from, Some(trackers))
}

fn look(
    tx: &mut dyn FleetTx,
    webhook: &Webhook,
    from: Position,
    trackers: Option<&mut GapTrackers>,
) -> Result<NextEvents, TxError> {
    let (tracker, events_tracker) = trackers.map(|trackers| (&mut trackers.changes, &mut trackers.events)).unzip();
    let waits = tracker.is_some();
    let now = tx.now();
    let mut changes = Rows::none();
    if webhook.wants_changes() {
        let rows = tx.changes_after(from.admin_log_id, ROWS, waits)?.into_iter().map(|line| {
            let (number, at) = (line.admin_log_id, Timestamp::from_stamp(&line.at).unwrap_or_default());
            let change = FleetChange::of(line).filter(|change| webhook.wants(change.topic));
            Row { number, at, what: change.map(EventSource::Changed) }
        });
        changes = Rows::new(rows.collect(), tracker, from.admin_log_id, now);
    }
    let mut floor_events = Rows::none();
    if webhook.wants_events() {
        let rows = tx.events_after(from.event_id, ROWS, waits)?.into_iter().map(|kept| {
            let topic = kept.kind.split('.').next().and_then(Topic::read);
            let (number, at) = (kept.event_id, kept.at);
            Row { number, at, what: topic.filter(|topic| webhook.wants(*topic)).map(|_| EventSource::Told(kept)) }
        });
        floor_events = Rows::new(rows.collect(), events_tracker, from.event_id, now);
    }
    Ok(merge(changes, floor_events, from))
}

fn merge(mut changes: Rows, mut floor_events: Rows, from: Position) -> NextEvents {
    let mut ahead = NextEvents { events: Vec::new(), position: from };
    loop {
        let is_floor_event = match (changes.rows.peek(), floor_events.rows.peek()) {
            (Some(change), Some(kept)) => kept.at.unix() < change.at.unix(),
            // Unread rows of the other log may be earlier.
            (None, Some(_)) if !changes.has_more => true,
            (Some(_), None) if !floor_events.has_more => false,
            _ => return ahead,
        };
        let source = if is_floor_event { &mut floor_events } else { &mut changes };
        let Some(row) = source.rows.next() else { return ahead };
        let number = if is_floor_event { &mut ahead.position.event_id } else { &mut ahead.position.admin_log_id };
        *number = row.number;
        ahead.events.extend(row.what.map(|what| Event { position: ahead.position, what }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(of: &[(i64, i64)], has_more: bool) -> Rows {
        let row = |(number, second): &(i64, i64)| {
            let at = Timestamp::from_unix(*second);
            let kept = StoredEvent { event_id: *number, at, kind: "session.live".into(), data: "{}".into() };
            Row { number: *number, at, what: Some(EventSource::Told(kept)) }
        };
        Rows { rows: of.iter().map(row).collect::<Vec<_>>().into_iter().peekable(), has_more }
    }

    fn positions(ahead: &NextEvents) -> Vec<(i64, i64)> {
        ahead.events.iter().map(|event| (event.position.admin_log_id, event.position.event_id)).collect()
    }

    #[test]
    fn each_log_keeps_its_order_and_the_earlier_event_comes_first() {
        let ahead =
            merge(rows(&[(1, 10), (2, 12)], false), rows(&[(7, 9), (8, 10), (9, 11)], false), Position::default());
        assert_eq!(positions(&ahead), [(0, 7), (1, 7), (1, 8), (1, 9), (2, 9)]);
        assert_eq!(ahead.position, Position { admin_log_id: 2, event_id: 9 });
    }

    #[test]
    fn an_event_waits_while_earlier_rows_may_be_unread() {
        let ahead = merge(rows(&[(1, 10)], true), rows(&[(7, 9), (8, 11)], false), Position::default());
        assert_eq!(positions(&ahead), [(0, 7), (1, 7)]);
    }
}
