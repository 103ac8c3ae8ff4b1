//! Listening to a dialer: its health, its lines, and what happens to its calls.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use dialers::dialer::{CallEvent, CallNews};
use dialers::event::ChannelEvent;
use dialers::mark::Mark;
use fleet::seating::trail::{Cause, EndReason};
use fleet::seating::{Session, State};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use crate::floor::Floor;
use crate::ringing::until_written;
use crate::watched::WatchedDialer;

/// How long it is waited after a call's end, to see whether its dialer ends too: one that is being stopped hangs up first.
const GHOST_AFTER: Duration = Duration::from_secs(1);

/// How often a dialer that has become well is asked for its calls, if it does not say.
const ASKED: u32 = 5;

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
                    self.show_dialer(&server_ip);
                    if is_well {
                        self.greet(&server_ip, &dialer, std::mem::take(&mut is_first_time));
                    }
                }
                told = news.recv() => match told {
                    Ok(told) => self.hear(&server_ip, &told),
                    Err(RecvError::Lagged(_)) => self.greet(&server_ip, &dialer, false),
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
                self.rings.note(news.mark, |heard| heard.rings = true);
            }
            ChannelEvent::Ended { .. } => {
                if !self.rings.note(news.mark, |heard| heard.ended = true) {
                    self.call_ended(server_ip, news.mark);
                }
            }
            ChannelEvent::Created
            | ChannelEvent::Dialled { .. }
            | ChannelEvent::Joined { .. }
            | ChannelEvent::Left { .. } => {}
        }
    }

    /// A call that was answered has ended. If its dialer stays well, the agent has hung up and the session is over.
    pub(crate) fn call_ended(self: &Arc<Self>, server_ip: &str, call: Mark) {
        let Some(session) = self.board.session_with(call) else { return };
        let (floor, server_ip) = (Arc::clone(self), server_ip.to_owned());
        self.spawn(async move {
            sleep(GHOST_AFTER).await;
            if floor.roster.is_well(&server_ip) {
                floor.end_gone(&session, EndReason::HungUp).await;
            }
        });
    }

    async fn end_gone(&self, session: &Session, reason: EndReason) {
        let call = session.place.call.clone();
        let ended = until_written(|| self.end(session.session_id, Some(call.clone()), reason)).await;
        if let Some(Some(ended)) = ended {
            tracing::info!(session = ended.session_id, user = ended.user, ?reason, "the call is gone");
        }
    }

    /// A dialer is well, and there may have been more than was heard: sessions whose call it does not have any more are rung
    /// again, or are over if nobody knows since when.
    pub(crate) fn greet(self: &Arc<Self>, server_ip: &str, dialer: &Arc<dyn WatchedDialer>, is_first_time: bool) {
        let (floor, dialer, server_ip) = (Arc::clone(self), Arc::clone(dialer), server_ip.to_owned());
        self.spawn(async move {
            floor.beat(vec![server_ip.clone()]).await;
            let sessions = floor.board.open_on(&server_ip);
            if is_first_time {
                for session in sessions.iter().filter(|session| floor.is_left_ringing(session)) {
                    floor.put_on(session, Cause::Restart).await;
                }
            }
            let Some(there) = calls(&dialer).await else { return };
            floor.clear_away(&dialer, &there).await;
            for session in sessions.iter().filter(|session| session.state == State::Live) {
                let Some(call) = Mark::read(&session.place.call) else { continue };
                if there.contains(&call) {
                    continue;
                }
                if is_first_time {
                    floor.end_gone(session, EndReason::Gone).await;
                } else {
                    floor.put_on(session, Cause::DialerLost).await;
                }
            }
        });
    }

    /// Hangs up what an earlier run has left: calls of Hotdesk on this database that no session has any more. Those of this
    /// run are known to the dialer's watch.
    async fn clear_away(&self, dialer: &Arc<dyn WatchedDialer>, there: &HashSet<Mark>) {
        // Read after the calls were listed: a session has its call before the dialer does.
        let known = self.store.read(|tx| Ok((tx.open_sessions()?, tx.runs()?))).await;
        let (sessions, runs) = match known {
            Ok(known) => known,
            Err(error) => return tracing::error!(%error, "calls of an earlier run stay"),
        };
        let wanted: HashSet<Mark> = sessions.iter().filter_map(|session| Mark::read(&session.place.call)).collect();
        let is_left = |call: &&Mark| call.owner() != self.owner && runs.contains(&call.owner().to_string());
        for call in there.difference(&wanted).filter(is_left) {
            tracing::info!(%call, "a call of an earlier run is hung up");
            dialer.hang_up(*call);
        }
    }

    /// Whether a session's phone was being rung when the last run ended: nobody waits for it in this one.
    pub(crate) fn is_left_ringing(&self, session: &Session) -> bool {
        session.state == State::Ringing
            && Mark::read(&session.place.call).is_some_and(|call| call.owner() != self.owner)
    }
}

/// The calls that a dialer has now.
async fn calls(dialer: &Arc<dyn WatchedDialer>) -> Option<HashSet<Mark>> {
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
