//! State shared by a dialer's handles and its supervisor.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use super::conference_calls::ConferenceCalls;
use super::registrations::Registrations;
use super::tracked_calls::TrackedCalls;
use super::{ActiveCall, CallEvent, CallUpdate, ConnectionState, Settings, Trouble};
use crate::call_id::CallId;
use crate::connection::Connection;
use crate::event::{ChannelEvent, Event};
use crate::frame::Frame;

/// Call updates that are buffered for a slow receiver.
const UPDATES: usize = 4096;

/// A logged-in connection, with its number.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) connection: Arc<Connection>,
    pub(super) number: u64,
}

/// The shared state.
#[derive(Debug)]
pub(super) struct DialerState {
    pub(super) settings: Settings,
    pub(super) health: watch::Sender<ConnectionState>,
    pub(super) registration_changes: watch::Sender<u64>,
    pub(super) line_activity: watch::Sender<u64>,
    pub(super) call_updates: broadcast::Sender<CallUpdate>,
    link: Mutex<Option<Link>>,
    calls: Mutex<TrackedCalls>,
    conferences: Mutex<ConferenceCalls>,
    /// Whether the present connection may not list registrations.
    pub(super) are_lists_denied: AtomicBool,
    registrations: Mutex<Registrations>,
    hang_ups: mpsc::UnboundedSender<CallId>,
}

impl DialerState {
    pub(super) fn new(settings: Settings, hang_ups: mpsc::UnboundedSender<CallId>) -> Self {
        let health = ConnectionState::Suspect { since: Instant::now(), why: Trouble::NotConnectedYet };
        Self {
            settings,
            health: watch::Sender::new(health),
            registration_changes: watch::Sender::new(0),
            line_activity: watch::Sender::new(0),
            call_updates: broadcast::Sender::new(UPDATES),
            link: Mutex::default(),
            calls: Mutex::default(),
            conferences: Mutex::default(),
            are_lists_denied: AtomicBool::default(),
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

    pub(super) fn calls(&self) -> MutexGuard<'_, TrackedCalls> {
        lock(&self.calls)
    }

    pub(super) fn conferences(&self) -> MutexGuard<'_, ConferenceCalls> {
        lock(&self.conferences)
    }

    pub(super) fn registrations(&self) -> MutexGuard<'_, Registrations> {
        lock(&self.registrations)
    }

    pub(super) fn registrations_changed(&self) {
        self.registration_changes.send_modify(|number| *number += 1);
    }

    pub(super) fn note_line_activity(&self) {
        self.line_activity.send_modify(|number| *number += 1);
    }

    /// Stops tracking a call, and hangs it up now or when its channel appears.
    pub(super) fn give_up(&self, call_id: CallId) {
        self.calls().remove(call_id);
        // Without a supervisor no call can be hung up.
        self.hang_ups.send(call_id).ok();
    }

    /// Records that the dialer answers and that Hotdesk has its rights there. It is healthy unless it has refused to
    /// hang up a call.
    pub(super) fn mark_answering(&self, at: Instant) {
        let has_refused = self.conferences().has_refused();
        self.set_health(|health| {
            if has_refused { health.suspect(at, Trouble::HangUpRefused) } else { ConnectionState::Healthy }
        });
    }

    /// Records that the dialer refused to hang up a call. The call's conference stays in use, and the dialer takes no
    /// logins until the call has ended.
    pub(super) fn record_refused_hang_up(&self, call_id: CallId, words: &str) {
        if self.conferences().refuse(call_id) {
            tracing::warn!(dialer = self.settings.name, %call_id, words, "the dialer refuses to hang up a call");
        }
        self.set_health(|health| health.suspect(Instant::now(), Trouble::HangUpRefused));
    }

    /// Records that a channel does not exist.
    pub(super) fn record_end(&self, unique_id: &str) {
        if self.conferences().end(unique_id) {
            self.set_health(ConnectionState::without_refusals);
        }
    }

    /// Replaces the health by the result of `change`, and publishes and logs it if it differs.
    pub(super) fn set_health(&self, change: impl FnOnce(ConnectionState) -> ConnectionState) {
        self.health.send_if_modified(|health| {
            let before = std::mem::replace(health, change(*health));
            let name = &self.settings.name;
            match *health {
                now if now == before => return false,
                ConnectionState::Healthy => tracing::info!(dialer = name, "the dialer is healthy"),
                ConnectionState::Suspect { why, .. } => tracing::warn!(dialer = name, %why, "the dialer is suspect"),
                ConnectionState::Down { why, .. } if before.is_down() => {
                    tracing::debug!(dialer = name, %why, "the dialer is still down");
                }
                ConnectionState::Down { why, .. } => tracing::error!(dialer = name, %why, "the dialer is down"),
            }
            true
        });
    }

    /// Applies an event. Never waits.
    pub(super) fn apply_event(&self, event: Event) {
        match event {
            Event::FullyBooted => {}
            Event::Registration { line, contact } => {
                let is_seen = contact.reachable;
                let is_changed = self.registrations().apply_event(&line, contact);
                if is_changed {
                    self.registrations_changed();
                }
                if is_seen || is_changed {
                    self.note_line_activity();
                }
            }
            Event::OriginateResponse { action_id, answered, reason, channel, unique_id } => {
                let Some(call_id) = CallId::read(&action_id) else { return };
                if answered {
                    self.calls().resolve_answered(call_id, channel, unique_id);
                    self.hang_up_if_untracked(call_id);
                } else {
                    self.calls().resolve_failed(call_id, reason);
                    self.record_end(&action_id);
                }
            }
            Event::Channel { channel, unique_id, what } => {
                self.track_conference(&unique_id, &what);
                let Some(call_id) = CallId::read(&unique_id) else { return };
                if matches!(what, ChannelEvent::Ended { .. }) {
                    self.calls().note_end(call_id);
                } else {
                    self.calls().mark_tried(call_id);
                    self.hang_up_if_untracked(call_id);
                }
                // There may be no receiver.
                self.call_updates.send(CallUpdate { call_id, what: CallEvent::Channel { channel, what } }).ok();
            }
        }
    }

    /// Records an event of a channel in a conference, also of calls that other programs placed.
    fn track_conference(&self, unique_id: &str, what: &ChannelEvent) {
        match what {
            ChannelEvent::Joined { conference } => {
                let link = self.link().map_or(0, |link| link.number);
                self.conferences().enter(unique_id, conference, link);
            }
            ChannelEvent::Left { .. } => self.conferences().leave(unique_id),
            ChannelEvent::Ended { .. } => self.record_end(unique_id),
            ChannelEvent::Created | ChannelEvent::Ringing | ChannelEvent::Up | ChannelEvent::Dialled { .. } => {}
        }
    }

    /// Compares the channels that the dialer has after a reconnect with the tracked calls.
    pub(super) fn compare_channels(&self, channels: &[Frame], link: u64) {
        self.conferences().finish_list(channels, link);
        let present: HashSet<CallId> = active_calls(channels).into_iter().map(|call| call.call_id).collect();
        for call_id in &present {
            self.hang_up_if_untracked(*call_id);
        }
        for call_id in self.calls().take_gone(&present, link) {
            self.call_updates.send(CallUpdate { call_id, what: CallEvent::Gone }).ok();
        }
    }

    /// Hangs up a call of this owner that is not tracked. Other owners' calls are left alone.
    fn hang_up_if_untracked(&self, call_id: CallId) {
        if call_id.owner() == self.settings.owner && !self.calls().contains(call_id) {
            tracing::info!(dialer = self.settings.name, %call_id, "hanging up an untracked call");
            self.hang_ups.send(call_id).ok();
        }
    }
}

/// Hotdesk's calls among the entries of a list of channels.
pub(super) fn active_calls(channels: &[Frame]) -> Vec<ActiveCall> {
    let call = |frame: &Frame| {
        let text = |key| frame.get(key).unwrap_or_default().to_owned();
        let call_id = CallId::read(frame.get("Uniqueid")?)?;
        Some(ActiveCall { call_id, channel: text("Channel"), exten: text("Exten"), is_up: text("ChannelState") == "6" })
    };
    channels.iter().filter_map(call).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}
