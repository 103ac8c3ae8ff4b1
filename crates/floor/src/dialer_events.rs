//! Handling of a dialer's events: its connection, its lines and its calls.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::CallId;
use dialers::dialer::{CallEvent, CallUpdate};
use dialers::event::ChannelEvent;
use fleet::sessions::timeline::{Cause, EndReason};
use fleet::sessions::{Session, State};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use crate::cluster::ActionGuard;
use crate::dialer_port::WatchedDialer;
use crate::floor::Floor;
use crate::ringing::retry_until_written;

/// Delay before a call's end ends its session: a dialer that is being stopped hangs up its calls first.
const HANG_UP_GRACE: Duration = Duration::from_secs(1);

/// Delay before another node's call without a session is hung up: the node may be about to write the session.
const ORPHAN_GRACE: Duration = Duration::from_secs(2);

/// Attempts to list the calls of a dialer that has become healthy.
const CALL_LIST_ATTEMPTS: u32 = 5;

/// Meaning of a session's call that is missing on its dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingCall {
    /// The call ended while Hotdesk was not running: the session ends.
    BeforeStart,
    /// The dialer lost the call while it could not be reached: the agent is rung again.
    ConnectionLost,
    /// The dialer was healthy all the time, and another node led it: the agent has hung up.
    HungUp,
}

impl Floor {
    /// Handles a dialer's events until the dialer is no longer watched.
    pub(crate) async fn watch_dialer_events(self: Arc<Self>, server_ip: String, dialer: Arc<dyn WatchedDialer>) {
        let mut health = dialer.connection_state();
        let mut updates = dialer.call_updates();
        let mut line_activity = dialer.line_activity();
        let mut is_first_time = true;
        health.mark_changed();
        line_activity.mark_changed();
        loop {
            tokio::select! {
                biased;
                changed = health.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let is_healthy = health.borrow_and_update().is_healthy();
                    self.health_changed.notify_one();
                    self.cluster.dialer_health_changed.notify_one();
                    self.publish_dialer(&server_ip);
                    if is_healthy {
                        self.cluster.record_healthy(&server_ip);
                        let is_first = std::mem::take(&mut is_first_time);
                        let missing_call = if is_first { MissingCall::BeforeStart } else { MissingCall::ConnectionLost };
                        self.reconcile_calls(&server_ip, &dialer, missing_call);
                    }
                }
                update = updates.recv() => match update {
                    Ok(update) => self.handle_call_event(&server_ip, &update),
                    Err(RecvError::Lagged(_)) => self.reconcile_calls(&server_ip, &dialer, MissingCall::ConnectionLost),
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = line_activity.changed() => self.line_activity.notify_one(),
            }
        }
    }

    fn handle_call_event(self: &Arc<Self>, server_ip: &str, news: &CallUpdate) {
        let CallEvent::Channel { what, .. } = &news.what else { return };
        match what {
            ChannelEvent::Ringing | ChannelEvent::Up => {
                if !self.pending_rings.update(news.call_id, |progress| progress.rings = true) {
                    self.handle_late_call(server_ip, news.call_id);
                }
            }
            ChannelEvent::Ended { .. } => {
                if !self.pending_rings.update(news.call_id, |progress| progress.ended = true) {
                    self.handle_call_end(server_ip, news.call_id, self.cluster.action_guard(server_ip));
                }
            }
            ChannelEvent::Created
            | ChannelEvent::Dialled { .. }
            | ChannelEvent::Joined { .. }
            | ChannelEvent::Left { .. } => {}
        }
    }

    /// Handles a call that this node is not ringing. The call may belong to a node that has died since.
    fn handle_late_call(self: &Arc<Self>, server_ip: &str, call: CallId) {
        let is_of_dead_node = call.owner() != self.cluster.owner()
            && !self.cluster.is_alone()
            && !self.cluster.is_live_peer(call.owner());
        if !is_of_dead_node || !self.cluster.leads(server_ip) || self.session_cache.session_of_call(call).is_some() {
            return;
        }
        let Some(dialer) = self.dialer_registry.watched(server_ip) else { return };
        let floor = Arc::clone(self);
        self.spawn(async move { floor.hang_up_orphaned_calls(&dialer, &HashMap::from([(call, false)])).await });
    }

    /// Handles the end of an answered call. If its dialer stays healthy, the agent has hung up, and the session ends.
    pub(crate) fn handle_call_end(self: &Arc<Self>, server_ip: &str, call: CallId, guard: ActionGuard) {
        // With other nodes, this node may not have read yet which session the call belongs to.
        if self.cluster.is_alone() && self.session_cache.session_of_call(call).is_none() {
            return;
        }
        let (floor, server_ip) = (Arc::clone(self), server_ip.to_owned());
        self.spawn(async move {
            sleep(HANG_UP_GRACE).await;
            let Some(session) = floor.session_cache.session_of_call(call) else { return };
            // The node that rings handles the end of its ring. If that node has died, the phone is rung again.
            let is_rung_elsewhere = session.state == State::Ringing && call.owner() != floor.cluster.owner();
            let may_act = matches!(guard, ActionGuard::Unconditional) || floor.cluster.leads(&server_ip);
            if may_act && !is_rung_elsewhere && floor.dialer_registry.reports_calls(&server_ip) {
                floor.end_session_without_call(&session, EndReason::HungUp, guard).await;
            }
        });
    }

    async fn end_session_without_call(&self, session: &Session, reason: EndReason, guard: ActionGuard) {
        let call = session.place.call.clone();
        let end = || self.end(session.session_id, Some(call.clone()), reason, guard.clone());
        let ended = retry_until_written(end).await;
        if let Some(Some(ended)) = ended {
            tracing::info!(session = ended.session_id, user = ended.user, ?reason, "the call is gone");
        }
    }

    /// Compares the sessions on a dialer with its calls, because events may have been missed. A session without a call is rung
    /// again, or ends.
    pub(crate) fn reconcile_calls(
        self: &Arc<Self>,
        server_ip: &str,
        dialer: &Arc<dyn WatchedDialer>,
        missing_call: MissingCall,
    ) {
        let (floor, dialer, server_ip) = (Arc::clone(self), Arc::clone(dialer), server_ip.to_owned());
        self.spawn(async move {
            if !floor.cluster.leads(&server_ip) {
                return;
            }
            floor.record_dialer_heartbeat(vec![server_ip.clone()]).await;
            let sessions = floor.session_cache.open_on(&server_ip);
            if missing_call == MissingCall::BeforeStart && floor.cluster.is_alone() {
                for session in sessions.iter().filter(|session| floor.is_orphaned_ring(session)) {
                    floor.place_again(session, Cause::Restart).await;
                }
            }
            let Some(there) = calls(&dialer).await else { return };
            let cleanup = {
                let (floor, there) = (Arc::clone(&floor), there.clone());
                async move { floor.hang_up_orphaned_calls(&dialer, &there).await }
            };
            if floor.cluster.is_alone() {
                cleanup.await;
            } else {
                // Hanging up starts with a delay, which must not delay the agents.
                floor.spawn(cleanup);
            }
            for session in sessions.iter().filter(|session| session.state == State::Live) {
                let Some(call) = CallId::read(&session.place.call) else { continue };
                if there.contains_key(&call) {
                    continue;
                }
                let guard = floor.cluster.action_guard(&server_ip);
                match missing_call {
                    MissingCall::BeforeStart => floor.end_session_without_call(session, EndReason::Gone, guard).await,
                    MissingCall::HungUp => floor.end_session_without_call(session, EndReason::HungUp, guard).await,
                    MissingCall::ConnectionLost => floor.place_again(session, Cause::DialerLost).await,
                }
            }
        });
    }

    /// Hangs up the calls of earlier runs on this database that belong to no session. Calls of this run and of live
    /// nodes are left to their own watch of the dialer.
    async fn hang_up_orphaned_calls(&self, dialer: &Arc<dyn WatchedDialer>, there: &HashMap<CallId, bool>) {
        if !self.cluster.is_alone() {
            // A node that seemed dead may be back, and a Galera node may not have received yet what another one has
            // written.
            sleep(ORPHAN_GRACE).await;
        }
        // Read after the calls were listed: a session stores its call id before the dialer has the call.
        let known = self.store.read(|tx| Ok((tx.open_sessions()?, tx.runs()?))).await;
        let (sessions, runs) = match known {
            Ok(known) => known,
            Err(error) => return tracing::error!(%error, "calls of an earlier run are not hung up"),
        };
        let wanted: HashSet<CallId> = sessions.iter().filter_map(|session| CallId::read(&session.place.call)).collect();
        let is_orphaned = |call: &&CallId| {
            let is_there = call.owner() == self.cluster.owner() || self.cluster.is_live_peer(call.owner());
            !wanted.contains(call) && !is_there && runs.contains(&call.owner().to_string())
        };
        for call in there.keys().filter(is_orphaned) {
            tracing::info!(%call, "hanging up a call of an earlier run");
            dialer.hang_up(*call);
        }
    }

    /// Whether a session is in state ringing although no node is ringing its phone: its node has died, or its node is
    /// this one, which never learned of the session.
    pub(crate) fn is_orphaned_ring(&self, session: &Session) -> bool {
        let is_orphaned = |call: CallId| {
            let is_own = call.owner() == self.cluster.owner();
            if is_own {
                !self.cluster.is_alone() && !self.pending_rings.contains(call)
            } else {
                !self.cluster.is_live_peer(call.owner())
            }
        };
        session.state == State::Ringing && CallId::read(&session.place.call).is_some_and(is_orphaned)
    }
}

/// The calls that a dialer has now, and whether each was answered.
async fn calls(dialer: &Arc<dyn WatchedDialer>) -> Option<HashMap<CallId, bool>> {
    for _ in 0..CALL_LIST_ATTEMPTS {
        if let Some(calls) = dialer.calls().await {
            return Some(calls);
        }
        if !dialer.connection_state().borrow().is_healthy() {
            return None;
        }
        sleep(HANG_UP_GRACE).await;
    }
    None
}
