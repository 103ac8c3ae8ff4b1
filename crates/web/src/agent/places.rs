//! Places for agents' pages that are live: each keeps a connection, and one agent's cookie must not take all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many pages may be live at a time.
pub(crate) const PLACES: usize = 4096;

/// How many of one session: an agent may have it open in a few windows.
const OF_A_SESSION: usize = 4;

/// The places, and whose pages have them.
#[derive(Default)]
pub(crate) struct Places(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    all: usize,
    of_session: HashMap<i64, usize>,
}

impl Places {
    /// A place for a page of this session; `None` if there is none left for it.
    pub(super) fn take(self: &Arc<Self>, session_id: i64) -> Option<Place> {
        let mut taken = self.lock();
        let own = taken.of_session.get(&session_id).copied().unwrap_or_default();
        if taken.all >= PLACES || own >= OF_A_SESSION {
            return None;
        }
        taken.all += 1;
        taken.of_session.insert(session_id, own + 1);
        Some(Place { places: Arc::clone(self), session_id })
    }

    /// How many have been taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, given back when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    session_id: i64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
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
    fn one_session_gets_a_few_places_and_others_still_get_theirs() {
        let places = Arc::new(Places::default());
        let own: Vec<Place> = (0..OF_A_SESSION).filter_map(|_| places.take(7)).collect();
        assert_eq!(own.len(), OF_A_SESSION);
        assert!(places.take(7).is_none());
        let other = places.take(8);
        assert!(other.is_some());
        assert_eq!(places.taken(), OF_A_SESSION + 1);
        drop(own);
        assert!(places.take(7).is_some(), "places that were given back can be taken again");
        assert_eq!(places.taken(), 1);
    }
}
