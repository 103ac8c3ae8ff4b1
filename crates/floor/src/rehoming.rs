//! Re-homing: the agents of a dialer that went down get seats on other dialers, without logging in again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::CallId;
use dialers::dialer::ConnectionState;
use fleet::sessions::lifecycle::{Move, Moved, To};
use fleet::sessions::timeline::Cause;
use fleet::sessions::{Place, Seat, Session, State};
use tokio::time::{Instant, sleep};

use crate::cluster::ActionGuard;
use crate::floor::Floor;
use crate::partition_guard::{PartitionGuard, Reachability, Verdict};
use crate::ringing::retry_until_written;
use crate::view::{Alarm, Change};

/// Interval between two evaluations while a dialer is unhealthy.
const EVALUATE_EVERY: Duration = Duration::from_millis(200);

/// How long an agent that no dialer can take waits for one before the session ends.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);

impl Floor {
    /// Watches the health of all dialers together, sets the alarm, and re-homes agents.
    pub(crate) async fn watch_health(self: Arc<Self>) {
        // Evaluated before the dialers are known, the guard would forget the dialers that have agents.
        self.refresh_dialers().await;
        let had_agents: BTreeSet<String> =
            self.session_cache.open().into_iter().map(|session| session.server_ip).collect();
        let mut partition = PartitionGuard::new(Instant::now(), had_agents);
        loop {
            let healths = self.dialer_registry.healths();
            let all: BTreeMap<String, Reachability> =
                healths.iter().map(|(server_ip, health)| (server_ip.clone(), Reachability::of(health))).collect();
            let verdict = partition.evaluate(Instant::now(), &all);
            self.set_alarm(verdict);
            let down: BTreeSet<String> =
                healths.iter().filter(|(_, health)| health.is_down()).map(|(server_ip, _)| server_ip.clone()).collect();
            if verdict == Verdict::Normal {
                partition.forget_dialers(&down);
                // If another node still reaches the dialer, only this node is cut off from it.
                for server_ip in
                    down.iter().filter(|down| self.cluster.leads(down) && !self.cluster.is_healthy_elsewhere(down))
                {
                    self.rehome(server_ip);
                }
            }
            let is_quiet = verdict == Verdict::Normal && healths.values().all(ConnectionState::is_healthy);
            tokio::select! {
                biased;
                () = self.health_changed.notified() => {}
                () = sleep(EVALUATE_EVERY), if !is_quiet => {}
            }
        }
    }

    /// Sets or clears the alarm, and publishes the change.
    fn set_alarm(&self, verdict: Verdict) {
        let alarm = match verdict {
            Verdict::Normal => Alarm { frozen: false, gone: 0, of: 0 },
            Verdict::Frozen { gone, of } => Alarm { frozen: true, gone, of },
        };
        let before = self.alarm.send_replace(alarm);
        if before == alarm {
            return;
        }
        if alarm.frozen {
            tracing::error!(
                gone = alarm.gone,
                of = alarm.of,
                "too many dialers became unreachable at once; the floor is frozen and no agent is moved"
            );
        } else {
            tracing::warn!("the dialers are reachable again; the floor is no longer frozen");
        }
        self.session_cache.events.publish(self.store.now(), Change::Alarm(alarm));
    }

    /// Re-homes every agent of a dialer that is down.
    pub(crate) fn rehome(self: &Arc<Self>, server_ip: &str) {
        for session in self.session_cache.open_on(server_ip) {
            // A session that a node is ringing goes on to its next choice without re-homing.
            let is_ringing = session.state == State::Ringing;
            let is_rung = CallId::read(&session.place.call).is_some_and(|call| {
                self.pending_rings.contains(call) || (is_ringing && self.cluster.is_live_peer(call.owner()))
            });
            if is_rung || !self.moving().insert(session.session_id) {
                continue;
            }
            let floor = Arc::clone(self);
            self.spawn(async move {
                floor.rehome_one(&session).await;
                floor.moving().remove(&session.session_id);
            });
        }
    }

    pub(crate) fn moving(&self) -> parking_lot::MutexGuard<'_, std::collections::HashSet<i64>> {
        self.moving.lock()
    }

    /// Re-homes an agent to the best other dialer, and retries while no dialer can take the agent.
    async fn rehome_one(self: &Arc<Self>, session: &Session) {
        let give_up_at = Instant::now() + GIVE_UP_AFTER;
        loop {
            let is_last = Instant::now() >= give_up_at;
            let guard = self.cluster.action_guard(&session.place.server_ip);
            match self.place(session, Cause::DialerLost, !is_last, guard).await {
                Some(Moved::Stays) if self.needs_rehoming(session) => sleep(EVALUATE_EVERY * 5).await,
                _ => return,
            }
        }
    }

    /// Whether re-homing is still needed: the dialer has not recovered, and the floor is not frozen.
    fn needs_rehoming(&self, session: &Session) -> bool {
        !self.dialer_registry.is_healthy(&session.place.server_ip) && !self.alarm.borrow().frozen
    }

    /// Moves a session to the best dialer, or ends it.
    pub(crate) async fn place_again(self: &Arc<Self>, session: &Session, cause: Cause) {
        self.place(session, cause, false, self.cluster.action_guard(&session.place.server_ip)).await;
    }

    pub(crate) async fn place(
        self: &Arc<Self>,
        session: &Session,
        cause: Cause,
        stays: bool,
        guard: ActionGuard,
    ) -> Option<Moved> {
        let request = Move {
            session_id: session.session_id,
            call: Some(session.place.call.clone()),
            cause,
            failed: None,
            to: To::AnyBut(Vec::new()),
            stays,
            may_cost: true,
            new_call: self.cluster.next_call().to_string(),
        };
        let moved = retry_until_written(|| self.move_session(request.clone(), None, guard.clone())).await?;
        if let Moved::To(seat, left) = &moved {
            if let Some(left) = left {
                self.hang_up(left);
            }
            self.ring_at_rehome_rate(seat, cause, None);
        }
        Some(moved)
    }

    /// Rings at the next free slot of the dialer's rehome rate. Only then is the call of the previous place hung up.
    pub(crate) fn ring_at_rehome_rate(self: &Arc<Self>, seat: &Seat, cause: Cause, left: Option<Place>) {
        let now = Instant::now();
        let slot = self.rehome_rate.lock().next_slot(&seat.place.server_ip, now);
        self.start_ringing(slot, seat, cause, left);
    }
}
