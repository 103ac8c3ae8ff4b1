//! Cache of rendered events: each is rendered once, however many streams send it.

use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;

/// Maximum number of cached events.
const CAPACITY: usize = 512;

/// Identifies a rendered event: the event's number, and whether the reader may make changes.
type Key = (u64, bool);

/// Rendered events.
#[derive(Default)]
pub(crate) struct EventCache(Mutex<HashMap<Key, String>>);

impl EventCache {
    /// The cached text; if there is none, the result of `render`, which is then cached.
    pub(crate) fn get_or_render(&self, key: Key, render: impl FnOnce() -> String) -> String {
        if let Some(rendered) = self.lock().get(&key) {
            return rendered.clone();
        }
        let rendered = render();
        let mut cached = self.lock();
        if cached.len() >= CAPACITY {
            cached.clear();
        }
        cached.insert(key, rendered.clone());
        rendered
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, String>> {
        self.0.lock()
    }
}
