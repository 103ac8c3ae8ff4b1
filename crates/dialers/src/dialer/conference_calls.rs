//! Calls in the conferences of a dialer, and the calls that the dialer refuses to hang up.

use std::collections::{HashMap, HashSet};

use crate::call_id::CallId;
use crate::frame::Frame;

/// The applications in which a channel is in a conference.
const CONFERENCE_APPLICATIONS: [&str; 2] = ["ConfBridge", "MeetMe"];

/// A channel that is in a conference or on its way there.
#[derive(Debug)]
struct ConferenceCall {
    conference: String,
    /// The connection on which it was last seen or asked for.
    link: u64,
    /// Whether the log has said that this channel keeps its conference in use.
    is_reported: bool,
}

/// The channels in conferences, by unique id. A channel stays here until the dialer reports its end.
#[derive(Debug, Default)]
pub(super) struct ConferenceCalls {
    by_id: HashMap<String, ConferenceCall>,
    /// The unique ids of these channels, by conference, so that a login does not search all of them.
    by_conference: HashMap<String, HashSet<String>>,
    /// While the channels are listed: those that have left meanwhile. The list may still have them.
    left: Option<HashSet<String>>,
    /// Calls that the dialer refused to hang up.
    refused: HashSet<CallId>,
}

impl ConferenceCalls {
    /// Records that a channel is in a conference, or is being placed there.
    pub(super) fn enter(&mut self, unique_id: &str, conference: &str, link: u64) {
        self.remove(unique_id);
        let call = ConferenceCall { conference: conference.to_owned(), link, is_reported: false };
        self.by_id.insert(unique_id.to_owned(), call);
        self.by_conference.entry(conference.to_owned()).or_default().insert(unique_id.to_owned());
    }

    fn remove(&mut self, unique_id: &str) {
        let Some(call) = self.by_id.remove(unique_id) else { return };
        if let Some(channels) = self.by_conference.get_mut(&call.conference) {
            channels.remove(unique_id);
            if channels.is_empty() {
                self.by_conference.remove(&call.conference);
            }
        }
    }

    /// Records that a channel has left its conference.
    pub(super) fn leave(&mut self, unique_id: &str) {
        self.remove(unique_id);
        if let Some(left) = &mut self.left {
            left.insert(unique_id.to_owned());
        }
    }

    /// Records that a channel does not exist. Returns whether it was the last one that the dialer refused to hang up.
    pub(super) fn end(&mut self, unique_id: &str) -> bool {
        self.leave(unique_id);
        let was_refused = CallId::read(unique_id).is_some_and(|call_id| self.refused.remove(&call_id));
        was_refused && self.refused.is_empty()
    }

    /// Records that the dialer refused to hang up a call. Returns whether this is the first refusal of this call.
    pub(super) fn refuse(&mut self, call_id: CallId) -> bool {
        self.refused.insert(call_id)
    }

    /// The calls that the dialer refused to hang up.
    pub(super) fn refused(&self) -> Vec<CallId> {
        self.refused.iter().copied().collect()
    }

    pub(super) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Whether a channel other than this call is in a conference.
    pub(super) fn is_in_use(&self, conference: &str, but: Option<CallId>) -> bool {
        let Some(channels) = self.by_conference.get(conference) else { return false };
        let but = but.map(|call_id| call_id.to_string());
        channels.iter().any(|unique_id| Some(unique_id) != but.as_ref())
    }

    /// The channel of another program that keeps a conference in use, unless it was returned before.
    pub(super) fn unreported_foreign_channel(&mut self, conference: &str) -> Option<String> {
        let mut channels = self.by_conference.get(conference)?.iter();
        let is_unreported = |unique_id: &&String| self.by_id.get(*unique_id).is_some_and(|call| !call.is_reported);
        let unique_id = channels.find(|id| CallId::read(id).is_none() && is_unreported(id))?.clone();
        self.by_id.get_mut(&unique_id)?.is_reported = true;
        Some(unique_id)
    }

    pub(super) fn begin_list(&mut self) {
        self.left = Some(HashSet::new());
    }

    pub(super) fn cancel_list(&mut self) {
        self.left = None;
    }

    /// Replaces what is older than this connection by the dialer's list of channels.
    pub(super) fn finish_list(&mut self, channels: &[Frame], link: u64) {
        let left = self.left.take().unwrap_or_default();
        let mut there = HashSet::new();
        for frame in channels {
            let Some(unique_id) = frame.get("Uniqueid").filter(|unique_id| !left.contains(*unique_id)) else {
                continue;
            };
            there.insert(unique_id);
            if let Some(conference) = conference_of(frame) {
                self.enter(unique_id, conference, link);
            }
        }
        let is_gone =
            |(unique_id, call): &(&String, &ConferenceCall)| call.link < link && !there.contains(unique_id.as_str());
        let gone: Vec<String> = self.by_id.iter().filter(is_gone).map(|(unique_id, _)| unique_id.clone()).collect();
        for unique_id in &gone {
            self.remove(unique_id);
        }
        self.refused.retain(|call_id| there.contains(call_id.to_string().as_str()));
    }
}

/// The conference that a listed channel is in; for a call of Hotdesk also the one that it will be in.
fn conference_of(frame: &Frame) -> Option<&str> {
    let is_conference = |name: &&str| CONFERENCE_APPLICATIONS.iter().any(|known| known.eq_ignore_ascii_case(name));
    if frame.get("Application").as_ref().is_some_and(is_conference) {
        let name = frame.get("ApplicationData")?.split(',').next()?;
        return Some(name).filter(|name| !name.is_empty());
    }
    CallId::read(frame.get("Uniqueid")?)?;
    frame.get("Exten").filter(|exten| !exten.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Block, Parser};

    fn channel(lines: &str) -> Frame {
        let mut parser = Parser::of_client();
        parser.feed(format!("Event: CoreShowChannel\n{lines}\n\n").as_bytes());
        match parser.next_block().unwrap().unwrap() {
            Block::Frame(frame) => frame,
            Block::Banner(_) => unreachable!(),
        }
    }

    #[test]
    fn a_list_shows_foreign_channels_in_conferences_and_ends_calls_of_earlier_connections() {
        let mut calls = ConferenceCalls::default();
        calls.enter("hd-00000001-00000001", "8600051", 1);
        calls.enter("hd-00000001-00000002", "8600052", 2);
        calls.begin_list();
        calls.end("1795239060.13");
        let listed = [
            "Uniqueid: 1795239060.12\nApplication: MeetMe\nApplicationData: 8600053,F\nExten: 8600053",
            "Uniqueid: 1795239060.13\nApplication: ConfBridge\nApplicationData: 8600054\nExten: 8600054",
            "Uniqueid: 1795239060.14\nApplication: Dial\nApplicationData: SIP/cc100\nExten: 8600055",
            "Uniqueid: hd-00000002-00000001\nApplication: AppDial2\nExten: 8600056",
        ];
        calls.finish_list(&listed.map(channel), 2);
        let in_use = |name: &&str| calls.is_in_use(name, None);
        let all = ["8600051", "8600052", "8600053", "8600054", "8600055", "8600056"];
        assert_eq!(all.into_iter().filter(in_use).collect::<Vec<_>>(), ["8600052", "8600053", "8600056"]);
        assert!(
            !calls.is_in_use("8600056", CallId::read("hd-00000002-00000001")),
            "the agent's own call does not count"
        );
    }
}
