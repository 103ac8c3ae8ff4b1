//! Ringing of an agent's phone, with failover to the next choice.

use std::sync::Arc;
use std::time::Duration;

use dialers::action::Originate;
use dialers::call_id::CallId;
use dialers::dialer::{CallEvent, ConnectionState};
use dialers::event::ChannelEvent;
use dialers::line::Line;
use fleet::backoff::Backoff;
use fleet::dialer_status::RingEnd;
use fleet::sessions::lifecycle::{Move, Moved, To};
use fleet::sessions::timeline::Cause;
use fleet::sessions::{Call, Place, Seat, lifecycle};
use store::WriteError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::Instrument;

use crate::cluster::ActionGuard;
use crate::dialer_events::MissingCall;
use crate::dialer_port::WatchedDialer;
use crate::floor::Floor;
use crate::monitoring::originate;

/// A phone that does not even ring within this time is dead, although it may be registered: phones answer an INVITE at
/// once, and SIP repeats lost packets after 0.5, 1 and 2 seconds, so this tolerates three losses.
const DEAD_AFTER: Duration = Duration::from_secs(4);

/// Time limit for the end of a call that was hung up.
const HANG_UP_TIMEOUT: Duration = Duration::from_secs(1);

/// Pauses between the attempts to write the result of a ring.
const WRITE_BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(250), Duration::from_secs(4));

impl Floor {
    /// Rings in the background, from `at` on, if Hotdesk places the call. The call of the previous place ends first,
    /// because a phone that is in a call may be busy.
    pub(crate) fn start_ringing(self: &Arc<Self>, at: Instant, seat: &Seat, cause: Cause, left: Option<Place>) {
        let first = RingAttempt::of(seat);
        if let Some(first) = &first {
            self.pending_rings.begin(first.call_id);
        }
        let floor = Arc::clone(self);
        let ringing = async move {
            sleep_until(at).await;
            if let Some(left) = left {
                floor.hang_up_and_wait(&left).await;
            }
            if let Some(first) = first {
                floor.ring(first, cause).await;
            }
        };
        self.spawn(ringing.in_current_span());
    }

    /// Hangs up the call of a place, and waits for its end for up to [`HANG_UP_TIMEOUT`].
    async fn hang_up_and_wait(&self, place: &Place) {
        let (Some(call), Some(dialer)) = (CallId::read(&place.call), self.dialer_registry.watched(&place.server_ip))
        else {
            return;
        };
        let mut updates = dialer.call_updates();
        let is_healthy = dialer.connection_state().borrow().is_healthy();
        dialer.hang_up(call);
        let ended = async {
            while let Ok(update) = updates.recv().await {
                if update.call_id == call
                    && matches!(
                        update.what,
                        CallEvent::Channel { what: ChannelEvent::Ended { .. }, .. } | CallEvent::Gone
                    )
                {
                    return;
                }
            }
        };
        if is_healthy && timeout(HANG_UP_TIMEOUT, ended).await.is_err() {
            tracing::debug!(%call, dialer = place.server_ip, "the dialer did not report the end of a call in time");
        }
    }

    /// Rings, and tries the next choice after each failure, until the agent is in the conference or the session ends.
    async fn ring(self: &Arc<Self>, first: RingAttempt, cause: Cause) {
        let mut tried = Vec::new();
        let mut attempt = first;
        loop {
            // While this attempt waited for its slot, or for another call's end, the session may have ended.
            if self.session_cache.session_of_call(attempt.call_id).is_none() {
                self.pending_rings.finish(attempt.call_id);
                return;
            }
            let failed = match self.ring_once(&attempt).await {
                Ok(by) => return self.answered(&attempt, &by).await,
                Err(failed) => failed,
            };
            self.pending_rings.finish(attempt.call_id);
            tracing::info!(session = attempt.session_id, dialer = attempt.call.server_ip, ?failed, "not answered");
            tried.push(attempt.phone_login.clone());
            match self.next_choice(&attempt, cause, failed, &tried).await {
                Some(next) => attempt = next,
                None => return,
            }
        }
    }

    /// Reserves the next choice after a failed ring; `None` if none is left or the session has ended.
    async fn next_choice(
        &self,
        attempt: &RingAttempt,
        cause: Cause,
        failed: RingEnd,
        tried: &[String],
    ) -> Option<RingAttempt> {
        let request = Move {
            session_id: attempt.session_id,
            call: Some(attempt.call_id.to_string()),
            // The end reason of a session that cannot be re-homed is the dialer's failure.
            cause: if cause == Cause::DialerLost { cause } else { Cause::Failover },
            failed: Some(failed),
            // After a call that may have cost money, no other is placed.
            to: if attempt.is_costly { To::Nobody } else { To::AnyBut(tried.to_vec()) },
            stays: false,
            may_cost: false,
            new_call: self.cluster.next_call().to_string(),
        };
        match retry_until_written(|| self.move_session(request.clone(), None, ActionGuard::Unconditional)).await? {
            Moved::To(seat, _) => {
                let next = RingAttempt::of(&seat)?;
                self.pending_rings.begin(next.call_id);
                Some(next)
            }
            Moved::Ended(..) | Moved::Stays | Moved::NotWanted => None,
        }
    }

    /// Rings one phone once.
    async fn ring_once(&self, attempt: &RingAttempt) -> Result<AnsweringDialer, RingEnd> {
        let dialer = self.dialer_registry.watched(&attempt.call.server_ip).ok_or(RingEnd::DialerLost)?;
        let mut health = dialer.connection_state();
        health.mark_unchanged();
        let ring = dialer.ring(attempt.originate());
        let silence = async {
            sleep(DEAD_AFTER).await;
            let is_line = Line::of_dial_string(&attempt.call.channel).is_some();
            if !is_line || self.pending_rings.progress_of(attempt.call_id).rings {
                std::future::pending::<()>().await;
            }
        };
        // Checked after the ring has begun: from then on, the call's end is reported to the ring.
        let given_up = async {
            if self.session_cache.session_of_call(attempt.call_id).is_some() {
                std::future::pending::<()>().await;
            }
        };
        let failed = tokio::select! {
            biased;
            outcome = ring => outcome.err(),
            () = given_up => Some(RingEnd::GivenUp),
            () = silence => Some(RingEnd::Dead),
        };
        failed.map_or(Ok(AnsweringDialer { dialer, health }), Err)
    }

    /// Handles an answered phone: the session becomes live, unless it no longer wants this call.
    async fn answered(self: &Arc<Self>, attempt: &RingAttempt, by: &AnsweringDialer) {
        let (session_id, call) = (attempt.session_id, attempt.call_id.to_string());
        let is_wanted = retry_until_written(|| {
            let call = call.clone();
            self.change(move |tx, changed| {
                let is_wanted = lifecycle::answered(tx, session_id, &call)?;
                changed.extend(is_wanted.then_some(session_id));
                Ok(is_wanted)
            })
        })
        .await;
        let progress = self.pending_rings.finish(attempt.call_id);
        if is_wanted != Some(true) {
            by.dialer.hang_up(attempt.call_id);
        } else if progress.ended {
            self.handle_call_end(&attempt.call.server_ip, attempt.call_id, ActionGuard::Unconditional);
        } else if by.health.has_changed().unwrap_or(true) {
            // The dialer may have died and recovered before the session was stored as live on it.
            self.reconcile_calls(&attempt.call.server_ip, &by.dialer, MissingCall::ConnectionLost);
        }
    }
}

/// Repeats a write until it succeeds, however long the database fails: no other task would write the result, and the
/// session would stay in state ringing. `None` if the database is closed.
pub(crate) async fn retry_until_written<T, F>(mut write: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Result<T, WriteError>>,
{
    for failures in 1.. {
        match write().await {
            Ok(written) => return Some(written),
            Err(WriteError::Closed) => return None,
            Err(error) => tracing::error!(%error, "a session's change was not written; trying again"),
        }
        sleep(WRITE_BACKOFF.pause(failures, 0)).await;
    }
    None
}

/// The dialer on which a phone was answered.
struct AnsweringDialer {
    dialer: Arc<dyn WatchedDialer>,
    /// Has changed if the dialer's state has changed since it was asked to ring.
    health: watch::Receiver<ConnectionState>,
}

/// One attempt of Hotdesk to ring a session's phone.
pub(crate) struct RingAttempt {
    pub(crate) session_id: i64,
    pub(crate) call_id: CallId,
    pub(crate) call: Call,
    phone_login: String,
    /// Whether the call goes to an outside number (protocol EXTERNAL), which may cost money.
    is_costly: bool,
}

impl RingAttempt {
    /// `None` if Hotdesk does not ring the seat's phone.
    pub(crate) fn of(seat: &Seat) -> Option<Self> {
        Some(Self {
            session_id: seat.session_id,
            call_id: CallId::read(&seat.place.call)?,
            call: seat.call.clone()?,
            phone_login: seat.place.phone_login.clone(),
            is_costly: seat.place.channel.starts_with("Local/"),
        })
    }

    fn originate(&self) -> Originate {
        originate(self.call_id, &self.call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_write_is_repeated_until_the_database_recovers_even_after_an_hour() {
        let start = Instant::now();
        let write = || async {
            if start.elapsed() < Duration::from_hours(1) { Err(WriteError::Locked) } else { Ok("written") }
        };
        assert_eq!(retry_until_written(write).await, Some("written"));
        assert_eq!(retry_until_written(|| async { Err::<(), _>(WriteError::Closed) }).await, None);
    }
}
