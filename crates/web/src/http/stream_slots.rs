//! Limit on event streams of agent pages: each occupies a connection, and requests with one agent's cookie
//! must not occupy all of them.

use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::sync::Arc;

/// Maximum number of concurrent streams.
pub(crate) const SLOTS: usize = 4096;

/// Maximum number of concurrent streams per session, since an agent may open the page in a few windows.
const OF_A_SESSION: usize = 4;

/// Slots for streams, counted by session.
#[derive(Default)]
pub(crate) struct StreamSlots(Mutex<OpenStreams>);

#[derive(Default)]
struct OpenStreams {
    all: usize,
    of_session: HashMap<i64, usize>,
}

impl StreamSlots {
    /// Takes a slot for a stream of this session; `None` if none is free.
    pub(crate) fn take(self: &Arc<Self>, session_id: i64) -> Option<StreamSlot> {
        let mut taken = self.lock();
        let own = taken.of_session.get(&session_id).copied().unwrap_or_default();
        if taken.all >= SLOTS || own >= OF_A_SESSION {
            return None;
        }
        taken.all += 1;
        taken.of_session.insert(session_id, own + 1);
        Some(StreamSlot { slots: Arc::clone(self), session_id })
    }

    /// Number of open streams.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, OpenStreams> {
        self.0.lock()
    }
}

/// Taken slot, released when dropped.
pub(crate) struct StreamSlot {
    slots: Arc<StreamSlots>,
    session_id: i64,
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        taken.all -= 1;
        match taken.of_session.get_mut(&self.session_id) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.of_session.remove(&self.session_id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_session_gets_a_few_slots_and_leaves_the_others_free() {
        let slots = Arc::new(StreamSlots::default());
        let own: Vec<StreamSlot> = (0..OF_A_SESSION).filter_map(|_| slots.take(7)).collect();
        assert_eq!(own.len(), OF_A_SESSION);
        assert!(slots.take(7).is_none());
        let other = slots.take(8);
        assert!(other.is_some());
        assert_eq!(slots.taken(), OF_A_SESSION + 1);
        drop(own);
        assert!(slots.take(7).is_some(), "released slots can be taken again");
        assert_eq!(slots.taken(), 1);
    }
}
