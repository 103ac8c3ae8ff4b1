//! Simulated dialer without a network. It keeps the promises of `dialers::dialer::Dialer`, and no others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use dialers::action::Originate;
use dialers::call_id::{CallId, Owner};
use dialers::dialer::{AnsweredCall, CallEvent, CallUpdate, ConnectionState, LineUpdates, Trouble};
use dialers::event::ChannelEvent;
use dialers::line::Line;
use fleet::dialer_status::{Registration, RingEnd};
use floor::{BoxFuture, WatchedDialer};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Alive,
    Frozen,
    Dead,
    /// Alive, but refuses Hotdesk's login.
    Refuses,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Answers,
    Rejects,
    NeverAnswers,
    Dead,
    Unregistered,
}

/// A call, and whether it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub line: String,
    pub conference: String,
    pub is_up: bool,
}

/// The Asterisk process.
pub struct Asterisk {
    pub condition: watch::Sender<Condition>,
    pub calls: Mutex<BTreeMap<String, Call>>,
    pub lines: Mutex<HashMap<String, Behaviour>>,
    cancelled: Mutex<HashSet<CallId>>,
    call_updates: broadcast::Sender<CallUpdate>,
}

impl Asterisk {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            condition: watch::Sender::new(Condition::Alive),
            calls: Mutex::default(),
            lines: Mutex::default(),
            cancelled: Mutex::default(),
            call_updates: broadcast::Sender::new(1024),
        })
    }

    pub fn die(&self) {
        self.condition.send_replace(Condition::Dead);
        self.calls.lock().unwrap().clear();
    }

    pub fn behaviour(&self, line: &str) -> Behaviour {
        self.lines.lock().unwrap().get(line).copied().unwrap_or(Behaviour::Answers)
    }

    fn send_event(&self, call_id: CallId, what: ChannelEvent) {
        self.call_updates.send(CallUpdate { call_id, what: CallEvent::Channel { channel: String::new(), what } }).ok();
    }

    /// Waits while the process is frozen. Returns whether it is alive afterwards.
    async fn thawed(&self) -> bool {
        let mut condition = self.condition.subscribe();
        let now = *condition.wait_for(|condition| *condition != Condition::Frozen).await.unwrap();
        now != Condition::Dead
    }

    /// Ends a call, now or when the process thaws.
    pub fn end(self: &Arc<Self>, call_id: CallId) {
        let asterisk = Arc::clone(self);
        tokio::spawn(async move {
            if asterisk.thawed().await && asterisk.calls.lock().unwrap().remove(&call_id.to_string()).is_some() {
                asterisk.send_event(call_id, ChannelEvent::Ended { cause: 16 });
            }
        });
    }

    /// The course of a call.
    async fn call(self: Arc<Self>, originate: Originate, answer: oneshot::Sender<Result<AnsweredCall, RingEnd>>) {
        let call_id = originate.call_id;
        if !self.thawed().await || self.cancelled.lock().unwrap().contains(&call_id) {
            return;
        }
        let line = originate.channel.trim_start_matches("SIP/").to_owned();
        let behaviour = self.behaviour(&line);
        if behaviour == Behaviour::Unregistered {
            answer.send(Err(RingEnd::NotRegistered)).ok();
            return;
        }
        let call = Call { line, conference: originate.exten.clone(), is_up: false };
        self.calls.lock().unwrap().insert(call_id.to_string(), call);
        self.send_event(call_id, ChannelEvent::Created);
        if behaviour != Behaviour::Dead {
            self.send_event(call_id, ChannelEvent::Ringing);
        }
        let (after, outcome) = match behaviour {
            Behaviour::Answers => (Duration::from_millis(700), None),
            Behaviour::Rejects => (Duration::from_millis(300), Some(Err(RingEnd::Rejected))),
            _ => (originate.timeout, Some(Err(RingEnd::NoAnswer))),
        };
        sleep(after).await;
        if !self.thawed().await {
            return;
        }
        let mut calls = self.calls.lock().unwrap();
        let Some(call) = calls.get_mut(&call_id.to_string()) else { return };
        if let Some(outcome) = outcome {
            calls.remove(&call_id.to_string());
            drop(calls);
            self.send_event(call_id, ChannelEvent::Ended { cause: 17 });
            answer.send(outcome).ok();
        } else {
            call.is_up = true;
            drop(calls);
            self.send_event(call_id, ChannelEvent::Up);
            let answered = Ok(AnsweredCall { channel: originate.channel, unique_id: call_id.to_string() });
            if answer.send(answered).is_err() {
                self.end(call_id);
            }
        }
    }
}

/// A connection to the process.
pub struct Client {
    asterisk: Arc<Asterisk>,
    health: watch::Sender<ConnectionState>,
    /// Never changes: this simulation has no line updates.
    line_activity: watch::Sender<u64>,
    /// Whether the Hotdesk that owns this connection was killed. A killed Hotdesk acts no more.
    is_killed: Arc<AtomicBool>,
    owner: Owner,
    /// The owner's calls that are wanted; its other calls are hung up at a reconnect.
    wanted: Arc<Mutex<HashSet<CallId>>>,
    task: Mutex<Option<AbortHandle>>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap().take() {
            task.abort();
        }
    }
}

impl Client {
    pub fn new(asterisk: Arc<Asterisk>, is_killed: Arc<AtomicBool>, owner: Owner, calls: Vec<CallId>) -> Arc<Self> {
        let health = ConnectionState::Suspect { since: Instant::now(), why: Trouble::NotConnectedYet };
        let wanted = Arc::new(Mutex::new(calls.into_iter().collect()));
        let health = watch::Sender::new(health);
        let (line_activity, task) = (watch::Sender::new(0), Mutex::default());
        let client = Arc::new(Self { asterisk, health, line_activity, is_killed, owner, wanted, task });
        let task = tokio::spawn(Self::run(Arc::downgrade(&client), client.asterisk.condition.subscribe()));
        *client.task.lock().unwrap() = Some(task.abort_handle());
        client
    }

    /// After a reconnect, hangs up the owner's unwanted calls.
    fn hang_up_unwanted(&self) {
        let wanted = self.wanted.lock().unwrap();
        let there: Vec<CallId> =
            self.asterisk.calls.lock().unwrap().keys().filter_map(|call_id| CallId::read(call_id)).collect();
        for call_id in there.into_iter().filter(|call_id| call_id.owner() == self.owner && !wanted.contains(call_id)) {
            if !self.is_killed.load(Ordering::SeqCst) {
                self.asterisk.end(call_id);
            }
        }
    }

    /// Updates the connection state after the same times as the real connection.
    async fn run(client: Weak<Self>, mut condition: watch::Receiver<Condition>) {
        loop {
            let now = *condition.borrow_and_update();
            let steps: &[(u64, Option<Trouble>, bool)] = match now {
                Condition::Alive => &[(5, None, false)],
                Condition::Dead => &[(0, Some(Trouble::Closed), false), (100, Some(Trouble::Refused), true)],
                Condition::Refuses => &[(0, Some(Trouble::Closed), false), (100, Some(Trouble::LoginRefused), false)],
                Condition::Frozen => &[(1000, Some(Trouble::Unanswered), false), (4000, Some(Trouble::Silent), true)],
            };
            for (after, trouble, is_down) in steps {
                if timeout(Duration::from_millis(*after), condition.changed()).await.is_ok() {
                    condition.mark_changed();
                    break;
                }
                let Some(client) = client.upgrade() else { return };
                let since = Instant::now();
                let before = client.health.send_replace(match trouble {
                    None => ConnectionState::Healthy,
                    Some(why) if *is_down => ConnectionState::Down { since, why: *why },
                    Some(why) => ConnectionState::Suspect { since, why: *why },
                });
                if trouble.is_none() && !before.is_healthy() {
                    client.hang_up_unwanted();
                }
            }
            condition.changed().await.unwrap();
        }
    }
}

impl WatchedDialer for Client {
    fn connection_state(&self) -> watch::Receiver<ConnectionState> {
        self.health.subscribe()
    }

    fn registration(&self, line: &Line) -> Registration {
        match self.asterisk.behaviour(&line.name) {
            _ if !self.health.borrow().is_healthy() => Registration::Unknown,
            Behaviour::Unregistered => Registration::NotRegistered,
            _ => Registration::Registered,
        }
    }

    fn line_activity(&self) -> watch::Receiver<u64> {
        self.line_activity.subscribe()
    }

    fn line_address(&self, _: &Line) -> Option<String> {
        None
    }

    fn lines_registered(&self) -> Option<usize> {
        None
    }

    fn take_line_updates(&self) -> LineUpdates {
        LineUpdates::default()
    }

    fn call_updates(&self) -> broadcast::Receiver<CallUpdate> {
        self.asterisk.call_updates.subscribe()
    }

    fn is_conference_in_use(&self, conference: &str, but: Option<CallId>) -> bool {
        let but = but.map(|call_id| call_id.to_string());
        let calls = self.asterisk.calls.lock().unwrap();
        calls.iter().any(|(call_id, call)| call.conference == conference && Some(call_id) != but.as_ref())
    }

    fn calls(&self) -> BoxFuture<Option<HashMap<CallId, bool>>> {
        let asterisk = Arc::clone(&self.asterisk);
        Box::pin(async move {
            let is_alive = asterisk.thawed().await;
            let calls = asterisk.calls.lock().unwrap();
            is_alive.then(|| {
                calls.iter().filter_map(|(call_id, call)| Some((CallId::read(call_id)?, call.is_up))).collect()
            })
        })
    }

    fn ring(&self, originate: Originate) -> BoxFuture<Result<AnsweredCall, RingEnd>> {
        let call_id = originate.call_id;
        let given_up = GivenUp {
            asterisk: Arc::clone(&self.asterisk),
            call_id,
            wanted: Arc::clone(&self.wanted),
            is_killed: Arc::clone(&self.is_killed),
            is_over: false,
        };
        let (answer, answered) = oneshot::channel();
        let mut health = self.health.subscribe();
        let asterisk = Arc::clone(&self.asterisk);
        Box::pin(async move {
            let mut given_up = given_up;
            if !health.borrow().is_healthy() {
                return Err(RingEnd::DialerLost);
            }
            given_up.wanted.lock().unwrap().insert(call_id);
            tokio::spawn(asterisk.call(originate, answer));
            let outcome = tokio::select! {
                biased;
                // A dropped sender means that the call was given up or its dialer has died.
                outcome = answered => outcome.unwrap_or(Err(RingEnd::GivenUp)),
                _ = health.wait_for(|health| !health.is_healthy()) => Err(RingEnd::DialerLost),
            };
            given_up.is_over = !matches!(outcome, Err(RingEnd::DialerLost));
            outcome
        })
    }

    fn hang_up(&self, call_id: CallId) {
        self.wanted.lock().unwrap().remove(&call_id);
        self.asterisk.cancelled.lock().unwrap().insert(call_id);
        self.asterisk.end(call_id);
    }
}

/// Hangs up a call when its ring is dropped.
struct GivenUp {
    asterisk: Arc<Asterisk>,
    call_id: CallId,
    wanted: Arc<Mutex<HashSet<CallId>>>,
    is_killed: Arc<AtomicBool>,
    is_over: bool,
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if !self.is_over && !self.is_killed.load(Ordering::SeqCst) {
            self.wanted.lock().unwrap().remove(&self.call_id);
            self.asterisk.cancelled.lock().unwrap().insert(self.call_id);
            self.asterisk.end(self.call_id);
        }
    }
}
