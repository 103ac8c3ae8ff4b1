//! What a node does when it begins to act on a dialer's events: it goes on with what the one before has left.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use dialers::mark::Mark;
use fleet::sessions::Session;
use fleet::sessions::lifecycle;
use fleet::sessions::timeline::Cause;
use tokio::time::Instant;

use crate::floor::Floor;
use crate::listening::Absence;
use crate::nodes::Gained;
use crate::pulse::Acting;
use crate::ringing::until_written;

/// How long a session of this node's rings without that anybody here rings it, until that is found odd: its login may have been
/// written without that this node was told.
const UNRUNG: Duration = Duration::from_secs(3);

/// A dialer that has been well for less lost its calls rather than that they were hung up.
const WELL_FOR: Duration = Duration::from_secs(10);

/// Sessions that ring and that nobody here rings, since when.
pub(crate) type Unrung = HashMap<i64, (Mark, Instant)>;

impl Floor {
    /// This node acts on these dialers' events from now on.
    pub(crate) fn take_charge_of(self: &Arc<Self>, gained: Vec<Gained>) {
        for Gained { server_ip, was_led } in gained {
            let Some(dialer) = self.roster.watched(&server_ip) else { continue };
            self.others.led_anew.lock().unwrap_or_else(PoisonError::into_inner).push(server_ip.clone());
            self.lines_seen.notify_one();
            self.health_changed.notify_one();
            if dialer.health().borrow().is_well() {
                let absence = if was_led { self.absence(&server_ip) } else { Absence::SinceTheLastRun };
                self.greet(&server_ip, &dialer, absence);
            }
        }
    }

    /// Looks for sessions whose calls are gone, on the dialers that are led and well.
    pub(crate) fn look_for_missing(self: &Arc<Self>) {
        for (server_ip, dialer) in self.roster.all_watched() {
            if self.leads(&server_ip) && dialer.health().borrow().is_well() {
                self.greet(&server_ip, &dialer, self.absence(&server_ip));
            }
        }
    }

    /// What it means if a call is not on a dialer that others have listened to.
    fn absence(&self, server_ip: &str) -> Absence {
        let well_since = self.others.well_since.lock().unwrap_or_else(PoisonError::into_inner).get(server_ip).copied();
        let is_long = well_since.is_some_and(|since| since.elapsed() >= WELL_FOR);
        if is_long { Absence::HungUp } else { Absence::CutOff }
    }

    /// A dialer has become well, as this node sees it.
    pub(crate) fn is_well_now(&self, server_ip: &str) {
        self.others
            .well_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(server_ip.to_owned(), Instant::now());
    }

    /// Phones that a node was ringing that is dead, or that nobody rings since a login's answer was lost.
    pub(crate) fn look_after_left_ringing(self: &Arc<Self>) {
        if self.is_alone() || self.alarm().frozen {
            return;
        }
        let now = Instant::now();
        let ringing = self.board.ringing();
        let mut unrung = self.others.unrung.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *unrung);
        let mut left = Vec::new();
        for session in ringing.into_iter().filter(|session| self.is_left_ringing(session)) {
            let Some(call) = Mark::read(&session.place.call) else { continue };
            let known = before.get(&session.session_id).filter(|(known, _)| *known == call);
            let since = known.map_or(now, |(_, since)| *since);
            unrung.insert(session.session_id, (call, since));
            if call.owner() == self.owner {
                // What this node has begun it goes on with, whoever leads the dialer.
                let is_odd = now.duration_since(since) >= UNRUNG;
                left.extend(is_odd.then_some((session, Acting::Freely)));
            } else if self.leads(&session.place.server_ip) {
                let acting = self.acting_on(&session.place.server_ip);
                left.push((session, acting));
            }
        }
        drop(unrung);
        for (session, acting) in left {
            if !self.moving().insert(session.session_id) {
                continue;
            }
            let floor = Arc::clone(self);
            self.spawn(async move {
                floor.go_on_with(&session, acting).await;
                floor.moving().remove(&session.session_id);
            });
        }
    }

    /// Goes on with a session whose phone was being rung: the agent may have answered meanwhile. Otherwise it is rung again.
    async fn go_on_with(self: &Arc<Self>, session: &Session, acting: Acting) {
        let Some(dialer) = self.roster.watched(&session.place.server_ip) else { return };
        if !dialer.health().borrow().is_well() {
            // It becomes well, or is lost: then there is another look.
            return;
        }
        let Some(calls) = dialer.calls().await else { return };
        let is_answered = Mark::read(&session.place.call).and_then(|call| calls.get(&call).copied()) == Some(true);
        if !is_answered {
            self.put(session, Cause::Restart, false, acting).await;
            return;
        }
        let (session_id, call) = (session.session_id, session.place.call.clone());
        until_written(|| {
            let (call, acting) = (call.clone(), acting.clone());
            self.change(move |tx, changed| {
                let is_wanted = acting.may(tx)? && lifecycle::answered(tx, session_id, &call)?;
                changed.extend(is_wanted.then_some(session_id));
                Ok(())
            })
        })
        .await;
    }
}
