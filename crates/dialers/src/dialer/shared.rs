//! What a dialer's handles and its supervisor share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use super::calls::Calls;
use super::registrations::Registrations;
use super::{CallEvent, CallNews, CallThere, Health, Settings, Trouble};
use crate::connection::Connection;
use crate::event::{ChannelEvent, Event};
use crate::frame::Frame;
use crate::mark::Mark;

/// News that wait for who reads slowly.
const NEWS: usize = 4096;

/// A connection that is logged in, and which one it is.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) connection: Arc<Connection>,
    pub(super) number: u64,
}

/// What handles and supervisor share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) health: watch::Sender<Health>,
    pub(super) registration_changes: watch::Sender<u64>,
    pub(super) sightings: watch::Sender<u64>,
    pub(super) news: broadcast::Sender<CallNews>,
    link: Mutex<Option<Link>>,
    calls: Mutex<Calls>,
    registrations: Mutex<Registrations>,
    hang_ups: mpsc::UnboundedSender<Mark>,
}

impl Shared {
    pub(super) fn new(settings: Settings, hang_ups: mpsc::UnboundedSender<Mark>) -> Self {
        let health = Health::Suspect { since: Instant::now(), why: Trouble::NotConnectedYet };
        Self {
            settings,
            health: watch::Sender::new(health),
            registration_changes: watch::Sender::new(0),
            sightings: watch::Sender::new(0),
            news: broadcast::Sender::new(NEWS),
            link: Mutex::default(),
            calls: Mutex::default(),
            registrations: Mutex::default(),
            hang_ups,
        }
    }

    pub(super) fn link(&self) -> Option<Link> {
        lock(&self.link).clone()
    }

    pub(super) fn set_link(&self, link: Option<Link>) {
        *lock(&self.link) = link;
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Calls> {
        lock(&self.calls)
    }

    pub(super) fn registrations(&self) -> MutexGuard<'_, Registrations> {
        lock(&self.registrations)
    }

    pub(super) fn registrations_changed(&self) {
        self.registration_changes.send_modify(|number| *number += 1);
    }

    pub(super) fn lines_seen(&self) {
        self.sightings.send_modify(|number| *number += 1);
    }

    /// A call is not wanted any more and ends, now or when it is seen.
    pub(super) fn give_up(&self, mark: Mark) {
        self.calls().forget(mark);
        // Without a supervisor there is nobody left to hang up.
        self.hang_ups.send(mark).ok();
    }

    /// Publishes the health that `change` makes of the current one, and says so in the log if it is another.
    pub(super) fn set_health(&self, change: impl FnOnce(Health) -> Health) {
        self.health.send_if_modified(|health| {
            let before = std::mem::replace(health, change(*health));
            let name = &self.settings.name;
            match *health {
                now if now == before => return false,
                Health::Well => tracing::info!(dialer = name, "the dialer is well"),
                Health::Suspect { why, .. } => tracing::warn!(dialer = name, %why, "the dialer is suspect"),
                Health::Lost { why, .. } if before.is_lost() => tracing::debug!(dialer = name, %why, "still lost"),
                Health::Lost { why, .. } => tracing::error!(dialer = name, %why, "the dialer is lost"),
            }
            true
        });
    }

    /// Takes an event in. Never waits.
    pub(super) fn hear(&self, event: Event) {
        match event {
            Event::FullyBooted => {}
            Event::Registration { line, contact } => {
                let is_seen = contact.reachable;
                let is_changed = self.registrations().hear(&line, contact);
                if is_changed {
                    self.registrations_changed();
                }
                if is_seen || is_changed {
                    self.lines_seen();
                }
            }
            Event::OriginateResponse { action_id, answered, reason, channel, unique_id } => {
                let Some(mark) = Mark::read(&action_id) else { return };
                if answered {
                    self.calls().answered(mark, channel, unique_id);
                    self.end_if_unwanted(mark);
                } else {
                    self.calls().failed(mark, reason);
                }
            }
            Event::Channel { channel, unique_id, what } => {
                let Some(mark) = Mark::read(&unique_id) else { return };
                if matches!(what, ChannelEvent::Ended { .. }) {
                    self.calls().end(mark);
                } else {
                    self.calls().tried(mark);
                    self.end_if_unwanted(mark);
                }
                // Nobody may want to know.
                self.news.send(CallNews { mark, what: CallEvent::Channel { channel, what } }).ok();
            }
        }
    }

    /// Compares the channels that the dialer has after a reconnect with the calls that are wanted.
    pub(super) fn compare(&self, channels: &[Frame], link: u64) {
        let there: HashSet<Mark> = calls_in(channels).into_iter().map(|call| call.mark).collect();
        for mark in &there {
            self.end_if_unwanted(*mark);
        }
        for mark in self.calls().take_gone(&there, link) {
            self.news.send(CallNews { mark, what: CallEvent::Gone }).ok();
        }
    }

    /// Ends a call of this owner that nobody wants any more. Others' calls are theirs.
    fn end_if_unwanted(&self, mark: Mark) {
        if mark.owner() == self.settings.owner && !self.calls().are_wanted(mark) {
            tracing::info!(dialer = self.settings.name, %mark, "a late call is hung up");
            self.hang_ups.send(mark).ok();
        }
    }
}

/// The calls with a mark among the entries of a list of channels.
pub(super) fn calls_in(channels: &[Frame]) -> Vec<CallThere> {
    let call = |frame: &Frame| {
        let text = |key| frame.get(key).unwrap_or_default().to_owned();
        let mark = Mark::read(frame.get("Uniqueid")?)?;
        Some(CallThere { mark, channel: text("Channel"), exten: text("Exten"), is_up: text("ChannelState") == "6" })
    };
    channels.iter().filter_map(call).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
