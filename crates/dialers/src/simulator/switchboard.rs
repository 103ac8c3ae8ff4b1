//! State of a simulated dialer: its lines, calls, clients and faults.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::limit::AccountLimit;
use super::line::LineScript;
use crate::action::Account;
use crate::frame::Writer;
use crate::line::{Line, Technology};

/// A switchable fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    Frozen,
    Slow(Duration),
    Garbage,
    Stopping,
}

/// State of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// The phone has not responded.
    Down,
    /// The phone is ringing.
    Ringing,
    /// Answered, in its conference.
    Up,
}

/// A call on a simulated dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedCall {
    /// The line that is called.
    pub line: Line,
    /// The channel's name.
    pub channel: String,
    /// The channel's unique id.
    pub unique_id: String,
    /// The extension that the call goes to.
    pub exten: String,
    /// Its state.
    pub state: CallState,
}

/// Counters of actions and their results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections that have logged in.
    pub logins: u64,
    /// Calls that were queued.
    pub originates: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Channels that a client has hung up.
    pub hung_up: u64,
}

/// A message to a client.
pub(super) type Message = Arc<[u8]>;

#[derive(Debug)]
struct LiveCall {
    call: SimulatedCall,
    end: Option<oneshot::Sender<()>>,
}

#[derive(Debug)]
struct State {
    /// Whether the process was killed. A call that another thread is about to begin is then refused.
    is_dead: bool,
    lines: BTreeMap<Line, LineScript>,
    /// By unique id.
    calls: HashMap<String, LiveCall>,
    clients: HashMap<u64, mpsc::UnboundedSender<Message>>,
    next_client: u64,
    next_channel: u32,
    counts: Counts,
    limit: Option<AccountLimit>,
    hang_up_refusal: Option<&'static str>,
    /// Channels of other programs, with their conferences.
    foreign: BTreeMap<String, String>,
    flows: JoinSet<()>,
}

/// The state.
#[derive(Debug)]
pub(super) struct Switchboard {
    pub(super) account: Account,
    state: Mutex<State>,
    fault: watch::Sender<Fault>,
    changes: watch::Sender<()>,
}

impl Switchboard {
    pub(super) fn new(account: Account, lines: BTreeMap<Line, LineScript>) -> Self {
        let state = State {
            is_dead: false,
            lines,
            calls: HashMap::new(),
            clients: HashMap::new(),
            next_client: 0,
            next_channel: 0,
            counts: Counts::default(),
            limit: None,
            hang_up_refusal: None,
            foreign: BTreeMap::new(),
            flows: JoinSet::new(),
        };
        Self {
            account,
            state: Mutex::new(state),
            fault: watch::Sender::new(Fault::None),
            changes: watch::Sender::new(()),
        }
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    pub(super) fn fault(&self) -> watch::Receiver<Fault> {
        self.fault.subscribe()
    }

    /// Waits while the dialer is frozen. Every step of its work waits here.
    pub(super) async fn thawed(&self) {
        // The sender lives as long as `self`.
        self.fault.subscribe().wait_for(|fault| *fault != Fault::Frozen).await.map(drop).unwrap_or_default();
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    pub(super) fn calls(&self) -> Vec<SimulatedCall> {
        self.state().calls.values().map(|live| live.call.clone()).collect()
    }

    pub(super) fn counts(&self) -> Counts {
        self.state().counts
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.state().counts);
        self.changes.send_replace(());
    }

    /// Drops everything that a killed process loses.
    pub(super) fn kill(&self) {
        let mut state = self.state();
        state.is_dead = true;
        state.flows.abort_all();
        state.calls.clear();
        state.clients.clear();
        drop(state);
        self.changes.send_replace(());
    }

    /// Starts a new process.
    pub(super) fn restart(&self) {
        self.state().is_dead = false;
    }

    /// Adds a logged-in client, which gets all events from now on.
    pub(super) fn add_client(&self, outbox: mpsc::UnboundedSender<Message>) -> u64 {
        let mut state = self.state();
        state.next_client += 1;
        let number = state.next_client;
        state.clients.insert(number, outbox);
        number
    }

    pub(super) fn remove_client(&self, number: u64) {
        self.state().clients.remove(&number);
    }

    /// Sends an event to every client.
    pub(super) fn broadcast(&self, fields: &[(&str, &str)]) {
        let message = message(fields);
        let state = self.state();
        if state.limit.is_some_and(|limit| limit.hides(fields)) {
            return;
        }
        for client in state.clients.values() {
            // The client may be disconnecting.
            client.send(Arc::clone(&message)).ok();
        }
    }

    pub(super) fn set_limit(&self, limit: Option<AccountLimit>) {
        self.state().limit = limit;
    }

    pub(super) fn limit(&self) -> Option<AccountLimit> {
        self.state().limit
    }

    pub(super) fn refuse_hang_ups(&self, words: Option<&'static str>) {
        self.state().hang_up_refusal = words;
    }

    pub(super) fn hang_up_refusal(&self) -> Option<&'static str> {
        self.state().hang_up_refusal
    }

    pub(super) fn set_foreign_channel(&self, unique_id: &str, conference: &str, is_there: bool) {
        let event = if is_there {
            self.state().foreign.insert(unique_id.to_owned(), conference.to_owned());
            "MeetmeJoin"
        } else {
            self.state().foreign.remove(unique_id);
            "MeetmeLeave"
        };
        let channel = ("Channel", "SIP/trunk-00000001");
        let fields =
            [("Event", event), ("Privilege", "call,all"), channel, ("Uniqueid", unique_id), ("Meetme", conference)];
        self.broadcast(&fields);
    }

    pub(super) fn foreign_channels(&self) -> Vec<(String, String)> {
        self.state().foreign.clone().into_iter().collect()
    }

    pub(super) fn lines(&self, technology: Technology) -> Vec<(Line, LineScript)> {
        let state = self.state();
        let lines = state.lines.iter().filter(|(line, _)| line.technology == technology);
        lines.map(|(line, script)| (line.clone(), *script)).collect()
    }

    pub(super) fn line(&self, line: &Line) -> Option<LineScript> {
        self.state().lines.get(line).copied()
    }

    pub(super) fn set_line(&self, line: &Line, script: LineScript) {
        let before = self.state().lines.insert(line.clone(), script).filter(|before| before.registered);
        if before.map(|before| before.port) == script.registered.then_some(script.port) {
            return;
        }
        match line.technology {
            Technology::Sip => self.broadcast_peer_status(line, script),
            Technology::Pjsip => {
                // As for a phone whose address changed: the new contact is added before the old one is removed.
                if script.registered {
                    self.broadcast_contact_status(line, script.port, "NonQualified");
                }
                if let Some(before) = before {
                    self.broadcast_contact_status(line, before.port, "Removed");
                }
            }
        }
    }

    fn broadcast_peer_status(&self, line: &Line, script: LineScript) {
        let (name, address) = (line.to_string(), format!("127.0.0.1:{}", script.port));
        let registered = ("Registered", ("Address", address.as_str()));
        let (status, more) = if script.registered { registered } else { ("Unregistered", ("Cause", "Expired")) };
        self.broadcast(&[
            ("Event", "PeerStatus"),
            ("Privilege", "system,all"),
            ("ChannelType", "SIP"),
            ("Peer", &name),
            ("PeerStatus", status),
            more,
        ]);
    }

    fn broadcast_contact_status(&self, line: &Line, port: u16, status: &str) {
        self.broadcast(&[
            ("Event", "ContactStatus"),
            ("Privilege", "system,all"),
            ("URI", &contact_of(line, port)),
            ("ContactStatus", status),
            ("AOR", &line.name),
            ("EndpointName", &line.name),
        ]);
    }

    /// Assigns the number of a new channel.
    pub(super) fn next_channel(&self) -> u32 {
        let mut state = self.state();
        state.next_channel += 1;
        state.next_channel
    }

    /// Runs a call's task, which ends with the dialer.
    pub(super) fn spawn(&self, flow: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.state();
        while state.flows.try_join_next().is_some() {}
        state.flows.spawn(flow);
    }

    /// Adds a channel. The returned receiver resolves when the channel is hung up. `None` if the unique id is in use,
    /// or the dialer was killed.
    pub(super) fn begin(&self, call: SimulatedCall) -> Option<oneshot::Receiver<()>> {
        let (end, ended) = oneshot::channel();
        let mut state = self.state();
        if state.is_dead || state.calls.contains_key(&call.unique_id) {
            return None;
        }
        state.calls.insert(call.unique_id.clone(), LiveCall { call, end: Some(end) });
        drop(state);
        self.changes.send_replace(());
        Some(ended)
    }

    pub(super) fn advance(&self, unique_id: &str, to: CallState) {
        if let Some(live) = self.state().calls.get_mut(unique_id) {
            live.call.state = to;
        }
        self.changes.send_replace(());
    }

    pub(super) fn end(&self, unique_id: &str) {
        self.state().calls.remove(unique_id);
        self.changes.send_replace(());
    }

    /// Whether a channel with this name or unique id exists.
    pub(super) fn has_call(&self, channel: &str) -> bool {
        self.state().calls.values().any(|live| live.call.channel == channel || live.call.unique_id == channel)
    }

    /// Hangs up a channel by its name or unique id. Returns whether it exists.
    pub(super) fn hang_up(&self, channel: &str) -> bool {
        let mut state = self.state();
        let named = |live: &&mut LiveCall| live.call.channel == channel || live.call.unique_id == channel;
        let Some(live) = state.calls.values_mut().find(named) else { return false };
        if let Some(end) = live.end.take() {
            // The call may be ending already.
            end.send(()).ok();
            state.counts.hung_up += 1;
        }
        true
    }

    pub(super) fn hang_up_at(&self, line: &Line) {
        for live in self.state().calls.values_mut().filter(|live| live.call.line == *line) {
            if let Some(end) = live.end.take() {
                end.send(()).ok();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// The SIP URI that a simulated line registers from.
pub(super) fn contact_of(line: &Line, port: u16) -> String {
    format!("sip:{}@127.0.0.1:{port}", line.name)
}

/// Serializes a block. Fields that cannot be written are left out.
pub(super) fn message(fields: &[(&str, &str)]) -> Message {
    let mut writer = Writer::new();
    for (key, value) in fields {
        writer.field(key, value).map(drop).unwrap_or_default();
    }
    writer.finish().into()
}
