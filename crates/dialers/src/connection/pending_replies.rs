//! Pending replies of one connection.

use std::collections::HashMap;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::{Disconnect, Reply};
use crate::frame::Frame;

/// Limit of list entries; further ones are dropped.
const ENTRIES: usize = 200_000;

/// The pending replies of one connection.
#[derive(Debug, Default)]
pub(super) struct PendingReplies(Mutex<ReplyTable>);

#[derive(Debug, Default)]
struct ReplyTable {
    by_id: HashMap<String, PendingReply>,
    ended: Option<Disconnect>,
}

#[derive(Debug)]
struct PendingReply {
    sender: oneshot::Sender<Reply>,
    list_ends_with: Option<&'static str>,
    /// The reply once received, with the entries so far.
    list: Option<Reply>,
}

/// A reply that a caller waits for. Dropping it cancels the expectation.
pub(super) struct ExpectedReply<'a> {
    replies: &'a PendingReplies,
    id: &'a str,
    receiver: oneshot::Receiver<Reply>,
}

impl PendingReplies {
    /// Registers that the reply to this action is expected.
    pub(super) fn register<'a>(
        &'a self,
        id: &'a str,
        list_ends_with: Option<&'static str>,
    ) -> Result<ExpectedReply<'a>, Disconnect> {
        let mut table = self.lock();
        if let Some(ended) = table.ended {
            return Err(ended);
        }
        let (sender, receiver) = oneshot::channel();
        table.by_id.insert(id.to_owned(), PendingReply { sender, list_ends_with, list: None });
        Ok(ExpectedReply { replies: self, id, receiver })
    }

    /// Whether the reply to this action is expected.
    pub(super) fn is_pending(&self, id: &str) -> bool {
        self.lock().by_id.contains_key(id)
    }

    /// Delivers a reply to its caller. Returns the block if it is an event.
    pub(super) fn deliver(&self, frame: Frame) -> Option<Frame> {
        let is_reply = frame.kind().is_some_and(|(key, _)| key == "Response");
        let Some(id) = frame.get("ActionID") else { return Some(frame).filter(|_| !is_reply) };
        let mut table = self.lock();
        if is_reply {
            let mut pending = table.by_id.remove(id)?;
            if pending.list_ends_with.is_some() && frame.kind() == Some(("Response", "Success")) {
                let id = id.to_owned();
                pending.list = Some(Reply { frame, entries: Vec::new() });
                table.by_id.insert(id, pending);
            } else {
                // The caller may be gone.
                drop(pending.sender.send(Reply { frame, entries: Vec::new() }));
            }
            return None;
        }
        let Some(pending) = table.by_id.get_mut(id) else { return Some(frame) };
        let Some(list) = &mut pending.list else { return Some(frame) };
        if frame.kind().map(|(_, event)| event) != pending.list_ends_with {
            if list.entries.len() < ENTRIES {
                list.entries.push(frame);
            }
        } else if let Some(PendingReply { sender, list: Some(list), .. }) = table.by_id.remove(id) {
            drop(sender.send(list));
        }
        None
    }

    /// Ends all pending replies. Only the first reason is stored.
    pub(super) fn end(&self, ended: Disconnect) {
        let mut table = self.lock();
        table.ended.get_or_insert(ended);
        table.by_id.clear();
    }

    pub(super) fn ended(&self) -> Option<Disconnect> {
        self.lock().ended
    }

    fn lock(&self) -> MutexGuard<'_, ReplyTable> {
        self.0.lock()
    }
}

impl ExpectedReply<'_> {
    /// Waits for the reply.
    pub(super) async fn wait(mut self) -> Result<Reply, Disconnect> {
        let reply = (&mut self.receiver).await;
        reply.map_err(|_| self.replies.ended().unwrap_or(Disconnect::Dropped))
    }
}

impl Drop for ExpectedReply<'_> {
    fn drop(&mut self) {
        self.replies.lock().by_id.remove(self.id);
    }
}
