//! Log of the floor's events. It keeps the last few thousand, so that a client that reconnects can resume where it
//! stopped.

use std::collections::VecDeque;
use std::sync::Arc;

use fleet::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use tokio::sync::watch;

use crate::view::Change;

/// Number of events in the log.
const MAX_RETAINED: usize = 8192;

/// Id of an event: the run of Hotdesk, and a number that grows by one with each event of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventId {
    /// The run of Hotdesk, a random number.
    pub run: u32,
    /// Its number in the run.
    pub number: u64,
}

impl EventId {
    /// Parses the text that `Display` writes.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (run, number) = text.split_once('-')?;
        Some(Self { run: u32::from_str_radix(run, 16).ok()?, number: number.parse().ok()? })
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}-{}", self.run, self.number)
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its name ([`Change::name`]).
    pub name: &'static str,
    /// When it happened.
    pub at: Timestamp,
    /// The state after the change, as JSON.
    pub data: Arc<str>,
    /// The change.
    pub change: Arc<Change>,
}

/// The log.
#[derive(Debug)]
pub(crate) struct EventLog {
    run: u32,
    retained: Mutex<VecDeque<Event>>,
    last: watch::Sender<u64>,
}

impl EventLog {
    pub(crate) fn new(run: u32) -> Self {
        Self { run, retained: Mutex::default(), last: watch::Sender::new(0) }
    }

    /// Appends an event.
    pub(crate) fn publish(&self, at: Timestamp, change: Change) {
        let data = match &change {
            Change::Session(view, _) => json(view),
            Change::Dialer(view) | Change::DialerConfig(view) => json(view),
            Change::LineCounts(lines) => json(lines),
            Change::DialerAction(done) => json(done),
            Change::Minute(minute) => json(minute),
            Change::Alarm(alarm) => json(alarm),
        };
        let mut retained = self.retained();
        let number = *self.last.borrow() + 1;
        let (id, name) = (EventId { run: self.run, number }, change.name());
        retained.push_back(Event { id, name, at, data, change: Arc::new(change) });
        if retained.len() > MAX_RETAINED {
            retained.pop_front();
        }
        self.last.send_replace(number);
    }

    /// The id of the last event.
    pub(crate) fn last(&self) -> EventId {
        EventId { run: self.run, number: *self.last.borrow() }
    }

    /// The events after this one; `None` if the log no longer has all of them.
    pub(crate) fn after(&self, id: EventId) -> Option<Vec<Event>> {
        let retained = self.retained();
        let last = *self.last.borrow();
        let first = retained.front().map_or(last + 1, |event| event.id.number);
        if id.run != self.run || id.number > last || id.number + 1 < first {
            return None;
        }
        let skipped = usize::try_from(id.number + 1 - first).unwrap_or(usize::MAX);
        Some(retained.iter().skip(skipped).cloned().collect())
    }

    /// The last `at_most` notable events, the latest first.
    pub(crate) fn latest(&self, at_most: usize) -> Vec<Event> {
        let retained = self.retained();
        retained.iter().rev().filter(|event| event.change.is_notable()).take(at_most).cloned().collect()
    }

    /// A receiver that is notified of every event.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn retained(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.retained.lock()
    }
}

fn json(view: &impl Serialize) -> Arc<str> {
    // Views contain only text, numbers and booleans, all of which can be serialized.
    serde_json::to_string(view).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Alarm;

    #[test]
    fn a_client_resumes_after_its_last_event_while_the_log_has_all_later_ones() {
        let events = EventLog::new(7);
        let start = events.last();
        let publish =
            |gone| events.publish(Timestamp::from_unix(0), Change::Alarm(Alarm { frozen: true, gone, of: 8 }));
        (0..3).for_each(publish);
        let seen = events.after(start).unwrap();
        assert_eq!(
            seen.iter().map(|event| event.id.to_string()).collect::<Vec<_>>(),
            ["00000007-1", "00000007-2", "00000007-3"]
        );
        assert_eq!(&*seen[2].data, r#"{"frozen":true,"down":2,"total":8}"#);
        assert_eq!(events.after(EventId::read("00000007-2").unwrap()).unwrap().len(), 1);
        let latest: Vec<u64> = events.latest(2).iter().map(|event| event.id.number).collect();
        assert_eq!(latest, [3, 2]);
        assert_eq!(events.after(EventId { run: 8, number: 2 }), None, "an event of another run");
        assert_eq!(events.after(EventId { run: 7, number: 4 }), None, "an event in the future");
        (0..MAX_RETAINED).for_each(publish);
        assert_eq!(events.after(EventId { run: 7, number: 2 }), None, "events that the log has dropped");
        assert_eq!(events.after(EventId { run: 7, number: 3 }).unwrap().len(), MAX_RETAINED);
    }
}
