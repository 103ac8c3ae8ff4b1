//! Takeover of a dialer: a node that begins to lead a dialer resumes the previous leader's unfinished work.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::CallId;
use fleet::sessions::timeline::Cause;
use fleet::sessions::{Session, lifecycle};
use tokio::time::Instant;

use crate::cluster::ActionGuard;
use crate::cluster::membership::GainedLease;
use crate::dialer_events::MissingCall;
use crate::floor::Floor;
use crate::ringing::retry_until_written;

/// Grace period before a session that this node owns but is not ringing counts as orphaned: a login may have been written while its
/// reply was lost.
const ORPHANED_AFTER: Duration = Duration::from_secs(3);

/// If a call is missing on a dialer that has been healthy for less time, the dialer has lost its calls; otherwise the
/// agent hung up.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// Sessions in state ringing whose phones no node is ringing, by session id, with the time of discovery.
pub(crate) type OrphanedRings = HashMap<i64, (CallId, Instant)>;

impl Floor {
    /// Starts to act on the events of the dialers whose leases this node has gained.
    pub(crate) fn take_over(self: &Arc<Self>, gained: Vec<GainedLease>) {
        for GainedLease { server_ip, had_leader } in gained {
            let Some(dialer) = self.dialer_registry.watched(&server_ip) else { continue };
            self.cluster.newly_led.lock().push(server_ip.clone());
            self.line_activity.notify_one();
            self.health_changed.notify_one();
            if dialer.connection_state().borrow().is_healthy() {
                let missing_call = if had_leader { self.missing_call(&server_ip) } else { MissingCall::BeforeStart };
                self.reconcile_calls(&server_ip, &dialer, missing_call);
            }
        }
    }

    /// Compares sessions with calls on the healthy dialers that this node leads.
    pub(crate) fn reconcile_led_dialers(self: &Arc<Self>) {
        for (server_ip, dialer) in self.dialer_registry.all_watched() {
            if self.cluster.leads(&server_ip) && dialer.connection_state().borrow().is_healthy() {
                self.reconcile_calls(&server_ip, &dialer, self.missing_call(&server_ip));
            }
        }
    }

    /// Meaning of a missing call on a dialer that another node has led.
    fn missing_call(&self, server_ip: &str) -> MissingCall {
        let healthy_since = self.cluster.healthy_since.lock().get(server_ip).copied();
        let is_long = healthy_since.is_some_and(|since| since.elapsed() >= STABLE_AFTER);
        if is_long { MissingCall::HungUp } else { MissingCall::ConnectionLost }
    }

    /// Resumes ringing for sessions whose node has died, or that no node rings because a login's reply was lost.
    pub(crate) fn resume_orphaned_rings(self: &Arc<Self>) {
        if self.cluster.is_alone() || self.alarm().frozen {
            return;
        }
        let now = Instant::now();
        let ringing = self.session_cache.ringing();
        let mut orphaned_rings = self.cluster.orphaned_rings.lock();
        let before = std::mem::take(&mut *orphaned_rings);
        let mut left = Vec::new();
        for session in ringing.into_iter().filter(|session| self.is_orphaned_ring(session)) {
            let Some(call) = CallId::read(&session.place.call) else { continue };
            let known = before.get(&session.session_id).filter(|(known, _)| *known == call);
            let since = known.map_or(now, |(_, since)| *since);
            orphaned_rings.insert(session.session_id, (call, since));
            if call.owner() == self.cluster.owner() {
                // This node continues its own logins, whichever node leads the dialer.
                let is_orphaned = now.duration_since(since) >= ORPHANED_AFTER;
                left.extend(is_orphaned.then_some((session, ActionGuard::Unconditional)));
            } else if self.cluster.leads(&session.place.server_ip) {
                let guard = self.cluster.action_guard(&session.place.server_ip);
                left.push((session, guard));
            }
        }
        drop(orphaned_rings);
        for (session, guard) in left {
            if !self.moving().insert(session.session_id) {
                continue;
            }
            let floor = Arc::clone(self);
            self.spawn(async move {
                floor.resume_ring(&session, guard).await;
                floor.moving().remove(&session.session_id);
            });
        }
    }

    /// Resumes a session whose phone was being rung: the session is live if the agent has answered meanwhile; otherwise
    /// its phone is rung again.
    async fn resume_ring(self: &Arc<Self>, session: &Session, guard: ActionGuard) {
        let Some(dialer) = self.dialer_registry.watched(&session.place.server_ip) else { return };
        if !dialer.connection_state().borrow().is_healthy() {
            // The dialer's next state change resumes this session.
            return;
        }
        let Some(calls) = dialer.calls().await else { return };
        let is_answered = CallId::read(&session.place.call).and_then(|call| calls.get(&call).copied()) == Some(true);
        if !is_answered {
            self.place(session, Cause::Restart, false, guard).await;
            return;
        }
        let (session_id, call) = (session.session_id, session.place.call.clone());
        retry_until_written(|| {
            let (call, guard) = (call.clone(), guard.clone());
            self.change(move |tx, changed| {
                let is_wanted = guard.permits(tx)? && lifecycle::answered(tx, session_id, &call)?;
                changed.extend(is_wanted.then_some(session_id));
                Ok(())
            })
        })
        .await;
    }
}
