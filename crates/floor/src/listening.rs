//! Listening to a dialer: its health, its lines, and what happens to its calls.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use dialers::dialer::{CallEvent, CallNews};
use dialers::event::ChannelEvent;
use dialers::mark::Mark;
use fleet::sessions::timeline::{Cause, EndReason};
use fleet::sessions::{Session, State};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use crate::floor::Floor;
use crate::pulse::Acting;
use crate::ringing::until_written;
use crate::watched::WatchedDialer;

/// How long it is waited after a call's end, to see whether its dialer ends too: one that is being stopped hangs up first.
const GHOST_AFTER: Duration = Duration::from_secs(1);

/// How long it is waited before another node's call that no session has is taken for one that nobody wants.
const UNWANTED_AFTER: Duration = Duration::from_secs(2);

/// How often a dialer that has become well is asked for its calls, if it does not say.
const ASKED: u32 = 5;

/// Since when a call may be gone that is not on its dialer, and so what that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// Nobody has listened since the last run, and nobody knows: the session is over.
    SinceTheLastRun,
    /// The dialer could not be reached for a moment and has lost the call: the agent is rung again.
    CutOff,
    /// Another node has listened, and the dialer was well all the time: the agent has hung up.
    HungUp,
}

impl Floor {
    /// Listens to a dialer from now on.
    pub(crate) async fn listen(self: Arc<Self>, server_ip: String, dialer: Arc<dyn WatchedDialer>) {
        let mut health = dialer.health();
        let mut news = dialer.news();
        let mut sightings = dialer.sightings();
        let mut is_first_time = true;
        health.mark_changed();
        sightings.mark_changed();
        loop {
            tokio::select! {
                biased;
                changed = health.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let is_well = health.borrow_and_update().is_well();
                    self.health_changed.notify_one();
                    self.others.well_changed.notify_one();
                    self.show_dialer(&server_ip);
                    if is_well {
                        self.is_well_now(&server_ip);
                        let is_first = std::mem::take(&mut is_first_time);
                        let absence = if is_first { Absence::SinceTheLastRun } else { Absence::CutOff };
                        self.greet(&server_ip, &dialer, absence);
                    }
                }
                told = news.recv() => match told {
                    Ok(told) => self.hear(&server_ip, &told),
                    Err(RecvError::Lagged(_)) => self.greet(&server_ip, &dialer, Absence::CutOff),
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = sightings.changed() => self.lines_seen.notify_one(),
            }
        }
    }

    fn hear(self: &Arc<Self>, server_ip: &str, news: &CallNews) {
        let CallEvent::Channel { what, .. } = &news.what else { return };
        match what {
            ChannelEvent::Ringing | ChannelEvent::Up => {
                if !self.rings.note(news.mark, |heard| heard.rings = true) {
                    self.call_came(server_ip, news.mark);
                }
            }
            ChannelEvent::Ended { .. } => {
                if !self.rings.note(news.mark, |heard| heard.ended = true) {
                    self.call_ended(server_ip, news.mark, self.acting_on(server_ip));
                }
            }
            ChannelEvent::Created
            | ChannelEvent::Dialled { .. }
            | ChannelEvent::Joined { .. }
            | ChannelEvent::Left { .. } => {}
        }
    }

    /// A call that rings late may be one of a node that has died since it was asked for.
    fn call_came(self: &Arc<Self>, server_ip: &str, call: Mark) {
        let is_of_the_dead = call.owner() != self.owner && !self.is_alone() && !self.is_neighbour(call.owner());
        if !is_of_the_dead || !self.leads(server_ip) || self.board.session_with(call).is_some() {
            return;
        }
        let Some(dialer) = self.roster.watched(server_ip) else { return };
        let floor = Arc::clone(self);
        self.spawn(async move { floor.clear_away(&dialer, &HashMap::from([(call, false)])).await });
    }

    /// A call that was answered has ended. If its dialer stays well, the agent has hung up and the session is over.
    pub(crate) fn call_ended(self: &Arc<Self>, server_ip: &str, call: Mark, acting: Acting) {
        // Where other nodes ring too, it may not have been heard yet of which session it is.
        if self.is_alone() && self.board.session_with(call).is_none() {
            return;
        }
        let (floor, server_ip) = (Arc::clone(self), server_ip.to_owned());
        self.spawn(async move {
            sleep(GHOST_AFTER).await;
            let Some(session) = floor.board.session_with(call) else { return };
            // The end of a ring is its node's business, and if that has died, it is rung again.
            let is_rung_elsewhere = session.state == State::Ringing && call.owner() != floor.owner;
            let may_act = matches!(acting, Acting::Freely) || floor.leads(&server_ip);
            if may_act && !is_rung_elsewhere && floor.roster.is_well(&server_ip) {
                floor.end_gone(&session, EndReason::HungUp, acting).await;
            }
        });
    }

    async fn end_gone(&self, session: &Session, reason: EndReason, acting: Acting) {
        let call = session.place.call.clone();
        let end = || self.end(session.session_id, Some(call.clone()), reason, acting.clone());
        let ended = until_written(end).await;
        if let Some(Some(ended)) = ended {
            tracing::info!(session = ended.session_id, user = ended.user, ?reason, "the call is gone");
        }
    }

    /// A dialer is well, and there may have been more than was heard: sessions whose call it does not have any more are rung
    /// again, or are over.
    pub(crate) fn greet(self: &Arc<Self>, server_ip: &str, dialer: &Arc<dyn WatchedDialer>, absence: Absence) {
        let (floor, dialer, server_ip) = (Arc::clone(self), Arc::clone(dialer), server_ip.to_owned());
        self.spawn(async move {
            if !floor.leads(&server_ip) {
                return;
            }
            floor.beat(vec![server_ip.clone()]).await;
            let sessions = floor.board.open_on(&server_ip);
            if absence == Absence::SinceTheLastRun && floor.is_alone() {
                for session in sessions.iter().filter(|session| floor.is_left_ringing(session)) {
                    floor.put_on(session, Cause::Restart).await;
                }
            }
            let Some(there) = calls(&dialer).await else { return };
            let clearing = {
                let (floor, there) = (Arc::clone(&floor), there.clone());
                async move { floor.clear_away(&dialer, &there).await }
            };
            if floor.is_alone() {
                clearing.await;
            } else {
                // It waits, and what is done for agents does not.
                floor.spawn(clearing);
            }
            for session in sessions.iter().filter(|session| session.state == State::Live) {
                let Some(call) = Mark::read(&session.place.call) else { continue };
                if there.contains_key(&call) {
                    continue;
                }
                let acting = floor.acting_on(&server_ip);
                match absence {
                    Absence::SinceTheLastRun => floor.end_gone(session, EndReason::Gone, acting).await,
                    Absence::HungUp => floor.end_gone(session, EndReason::HungUp, acting).await,
                    Absence::CutOff => floor.put_on(session, Cause::DialerLost).await,
                }
            }
        });
    }

    /// Hangs up what an earlier run has left: calls of Hotdesk on this database that no session has any more. Those of this
    /// run, and of other nodes that are alive, are known to their dialer's watch.
    async fn clear_away(&self, dialer: &Arc<dyn WatchedDialer>, there: &HashMap<Mark, bool>) {
        if !self.is_alone() {
            // A node that seemed dead may be back, and a member of the database may not know yet what another one has written.
            sleep(UNWANTED_AFTER).await;
        }
        // Read after the calls were listed: a session has its call before the dialer does.
        let known = self.store.read(|tx| Ok((tx.open_sessions()?, tx.runs()?))).await;
        let (sessions, runs) = match known {
            Ok(known) => known,
            Err(error) => return tracing::error!(%error, "calls of an earlier run stay"),
        };
        let wanted: HashSet<Mark> = sessions.iter().filter_map(|session| Mark::read(&session.place.call)).collect();
        let is_left = |call: &&Mark| {
            let is_there = call.owner() == self.owner || self.is_neighbour(call.owner());
            !wanted.contains(call) && !is_there && runs.contains(&call.owner().to_string())
        };
        for call in there.keys().filter(is_left) {
            tracing::info!(%call, "a call of an earlier run is hung up");
            dialer.hang_up(*call);
        }
    }

    /// Whether a session's phone is to be rung and nobody waits for it: its node is not there any more, or it is this one, which
    /// was not told that it had to.
    pub(crate) fn is_left_ringing(&self, session: &Session) -> bool {
        let is_left = |call: Mark| {
            let is_own = call.owner() == self.owner;
            if is_own { !self.is_alone() && !self.rings.has(call) } else { !self.is_neighbour(call.owner()) }
        };
        session.state == State::Ringing && Mark::read(&session.place.call).is_some_and(is_left)
    }
}

/// The calls that a dialer has now, and whether each was answered.
async fn calls(dialer: &Arc<dyn WatchedDialer>) -> Option<HashMap<Mark, bool>> {
    for _ in 0..ASKED {
        if let Some(calls) = dialer.calls().await {
            return Some(calls);
        }
        if !dialer.health().borrow().is_well() {
            return None;
        }
        sleep(GHOST_AFTER).await;
    }
    None
}
