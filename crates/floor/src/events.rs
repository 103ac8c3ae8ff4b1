//! What changed on the floor, in order: the last few thousand changes are kept, so that a watcher who lost the connection
//! can go on where it was.

use std::collections::VecDeque;
use std::sync::Arc;

use fleet::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use tokio::sync::watch;

use crate::view::Change;

/// How many changes are kept.
const MAX_RETAINED: usize = 8192;

/// Which change: it is one of this run, and each is one more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventId {
    /// Which run of Hotdesk.
    pub run: u32,
    /// Its number in the run.
    pub number: u64,
}

impl EventId {
    /// Reads what `Display` writes.
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

/// A change that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Which.
    pub id: EventId,
    /// What [`Change::name`] says.
    pub name: &'static str,
    /// When.
    pub at: Timestamp,
    /// What is so now, as JSON.
    pub data: Arc<str>,
    /// The same, as it is.
    pub change: Arc<Change>,
}

/// The changes.
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

    /// Something changed.
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

    /// The id of the last change.
    pub(crate) fn last(&self) -> EventId {
        EventId { run: self.run, number: *self.last.borrow() }
    }

    /// The changes after this one; `None` if not all of them are kept.
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

    /// The last so many things that happened, the latest first.
    pub(crate) fn latest(&self, at_most: usize) -> Vec<Event> {
        let retained = self.retained();
        retained.iter().rev().filter(|event| event.change.is_notable()).take(at_most).cloned().collect()
    }

    /// Changes whenever there is a further change.
    pub(crate) fn more(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn retained(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.retained.lock()
    }
}

fn json(view: &impl Serialize) -> Arc<str> {
    // Views have text, numbers and switches only, all of which can be written.
    serde_json::to_string(view).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Alarm;

    #[test]
    fn a_watcher_goes_on_where_it_was_as_long_as_everything_since_is_kept() {
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
        assert_eq!(events.after(EventId { run: 8, number: 2 }), None, "of another run");
        assert_eq!(events.after(EventId { run: 7, number: 4 }), None, "has not been");
        (0..MAX_RETAINED).for_each(publish);
        assert_eq!(events.after(EventId { run: 7, number: 2 }), None, "not kept any more");
        assert_eq!(events.after(EventId { run: 7, number: 3 }).unwrap().len(), MAX_RETAINED);
    }
}
