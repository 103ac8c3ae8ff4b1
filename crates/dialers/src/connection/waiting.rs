//! Who waits for which reply.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Ended, Reply};
use crate::frame::Frame;

/// The longest list; a longer one is cut there.
const ENTRIES: usize = 200_000;

/// Everybody who waits on one connection.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    by_id: HashMap<String, Waiter>,
    ended: Option<Ended>,
}

#[derive(Debug)]
struct Waiter {
    sender: oneshot::Sender<Reply>,
    list_ends_with: Option<&'static str>,
    /// The reply, once it has come, and the entries so far.
    list: Option<Reply>,
}

/// A reply that is waited for. Nobody waits any more when it is dropped.
pub(super) struct Expected<'a> {
    waiting: &'a Waiting,
    id: &'a str,
    receiver: oneshot::Receiver<Reply>,
}

impl Waiting {
    /// Waits for the reply to this action.
    pub(super) fn expect<'a>(
        &'a self,
        id: &'a str,
        list_ends_with: Option<&'static str>,
    ) -> Result<Expected<'a>, Ended> {
        let mut state = self.state();
        if let Some(ended) = state.ended {
            return Err(ended);
        }
        let (sender, receiver) = oneshot::channel();
        state.by_id.insert(id.to_owned(), Waiter { sender, list_ends_with, list: None });
        Ok(Expected { waiting: self, id, receiver })
    }

    /// Whether anybody waits for the reply to this action.
    pub(super) fn expects(&self, id: &str) -> bool {
        self.state().by_id.contains_key(id)
    }

    /// Hands the block to who waits for it; gives it back if it is an event for everybody.
    pub(super) fn take(&self, frame: Frame) -> Option<Frame> {
        let is_reply = frame.kind().is_some_and(|(key, _)| key == "Response");
        let Some(id) = frame.get("ActionID") else { return Some(frame).filter(|_| !is_reply) };
        let mut state = self.state();
        if is_reply {
            let mut waiter = state.by_id.remove(id)?;
            if waiter.list_ends_with.is_some() && frame.kind() == Some(("Response", "Success")) {
                let id = id.to_owned();
                waiter.list = Some(Reply { frame, entries: Vec::new() });
                state.by_id.insert(id, waiter);
            } else {
                // Who asked may have gone.
                drop(waiter.sender.send(Reply { frame, entries: Vec::new() }));
            }
            return None;
        }
        let Some(waiter) = state.by_id.get_mut(id) else { return Some(frame) };
        let Some(list) = &mut waiter.list else { return Some(frame) };
        if frame.kind().map(|(_, event)| event) != waiter.list_ends_with {
            if list.entries.len() < ENTRIES {
                list.entries.push(frame);
            }
        } else if let Some(Waiter { sender, list: Some(list), .. }) = state.by_id.remove(id) {
            drop(sender.send(list));
        }
        None
    }

    /// Nobody gets a reply any more. The first reason stays.
    pub(super) fn end(&self, ended: Ended) {
        let mut state = self.state();
        state.ended.get_or_insert(ended);
        state.by_id.clear();
    }

    pub(super) fn ended(&self) -> Option<Ended> {
        self.state().ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expected<'_> {
    /// The reply.
    pub(super) async fn wait(mut self) -> Result<Reply, Ended> {
        let reply = (&mut self.receiver).await;
        reply.map_err(|_| self.waiting.ended().unwrap_or(Ended::Dropped))
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.waiting.state().by_id.remove(self.id);
    }
}
