//! When a dialer is lost, its agents are put on the others without logging in again.

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

/// How often there is a look while something is wrong.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// For how long an agent whom nobody can take waits for a dialer before the session is over.
const NOBODY_ELSE: Duration = Duration::from_mins(1);

impl Floor {
    /// Watches over all dialers together.
    pub(crate) async fn watch_health(self: Arc<Self>) {
        // Without a dialer there is nothing to doubt, and who had agents would be forgotten.
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
            let lost: BTreeSet<String> =
                healths.iter().filter(|(_, health)| health.is_lost()).map(|(server_ip, _)| server_ip.clone()).collect();
            if verdict == Verdict::Normal {
                partition.forget_dialers(&lost);
                // Where another node still sees the dialer, only this one is cut off from it.
                for server_ip in
                    lost.iter().filter(|lost| self.cluster.leads(lost) && !self.cluster.is_well_elsewhere(lost))
                {
                    self.rehome(server_ip);
                }
            }
            let is_quiet = verdict == Verdict::Normal && healths.values().all(ConnectionState::is_well);
            tokio::select! {
                biased;
                () = self.health_changed.notified() => {}
                () = sleep(LOOK_AGAIN), if !is_quiet => {}
            }
        }
    }

    /// Puts the alarm on or off.
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
                "Hotdesk seems to be cut off from its dialers: nobody is moved"
            );
        } else {
            tracing::warn!("the dialers are back: the floor is not frozen any more");
        }
        self.session_cache.events.publish(self.store.now(), Change::Alarm(alarm));
    }

    /// Puts every agent of a lost dialer elsewhere.
    pub(crate) fn rehome(self: &Arc<Self>, server_ip: &str) {
        for session in self.session_cache.open_on(server_ip) {
            // One that is being rung goes on to its next choice by itself, whichever node rings it.
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

    /// Puts an agent on the best other dialer, as soon as there is one.
    async fn rehome_one(self: &Arc<Self>, session: &Session) {
        let give_up_at = Instant::now() + NOBODY_ELSE;
        loop {
            let is_last = Instant::now() >= give_up_at;
            let guard = self.cluster.action_guard(&session.place.server_ip);
            match self.place(session, Cause::DialerLost, !is_last, guard).await {
                Some(Moved::Stays) if self.is_still_lost(session) => sleep(LOOK_AGAIN * 5).await,
                _ => return,
            }
        }
    }

    /// Whether an agent has still to be put elsewhere: neither has the dialer come back, nor is the floor frozen by now.
    fn is_still_lost(&self, session: &Session) -> bool {
        !self.dialer_registry.is_well(&session.place.server_ip) && !self.alarm.borrow().frozen
    }

    /// Puts a session on the best dialer, or nowhere.
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
        let wanted = Move {
            session_id: session.session_id,
            call: Some(session.place.call.clone()),
            cause,
            failed: None,
            to: To::AnyBut(Vec::new()),
            stays,
            may_cost: true,
            new_call: self.cluster.next_call().to_string(),
        };
        let moved = retry_until_written(|| self.move_on(wanted.clone(), None, guard.clone())).await?;
        if let Moved::To(seat, left) = &moved {
            if let Some(left) = left {
                self.hang_up(left);
            }
            self.ring_at_rehome_rate(seat, cause, None);
        }
        Some(moved)
    }

    /// Rings when it is this phone's turn on its dialer. Only then the call of the place that was left ends.
    pub(crate) fn ring_at_rehome_rate(self: &Arc<Self>, seat: &Seat, cause: Cause, left: Option<Place>) {
        let now = Instant::now();
        let slot = self.rehome_rate.lock().next_slot(&seat.place.server_ip, now);
        self.start_ringing(slot, seat, cause, left);
    }
}
