//! Ringing an agent's phone, and the next choice where the first cannot be rung.

use std::sync::Arc;
use std::time::Duration;

use dialers::action::Originate;
use dialers::dialer::{CallEvent, Health, Outcome};
use dialers::event::ChannelEvent;
use dialers::line::Line;
use dialers::mark::Mark;
use fleet::sessions::lifecycle;
use fleet::sessions::lifecycle::{Move, Moved, To};
use fleet::sessions::timeline::Cause;
use fleet::sessions::{Call, Place, RingEnd, Seat};
use store::WriteError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::Instrument;

use crate::floor::Floor;
use crate::listening::Absence;
use crate::pulse::Acting;
use crate::watched::WatchedDialer;

/// A phone that does not even ring for so long is dead, though it may be registered: phones answer an INVITE at once, and
/// this leaves room for three lost packets (SIP repeats after 0.5, 1 and 2 seconds).
const DEAD_AFTER: Duration = Duration::from_secs(4);

/// How long it is waited for the end of a call that is hung up.
const HUNG_UP_WITHIN: Duration = Duration::from_secs(1);

/// How long the database is waited for between two attempts to write down what came of a ring: at first, and at most.
const WRITE_AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

impl Floor {
    /// Rings in the background from this time on, where Hotdesk places the call. The call of the place that was left ends
    /// first: a phone that is in a call may be busy.
    pub(crate) fn begin_to_ring(self: &Arc<Self>, at: Instant, seat: &Seat, cause: Cause, left: Option<Place>) {
        let first = Placed::of(seat);
        if let Some(first) = &first {
            self.rings.begin(first.mark);
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

    /// Ends the call of a place, and waits until it has ended, if its dialer says so soon.
    async fn hang_up_and_wait(&self, place: &Place) {
        let (Some(call), Some(dialer)) = (Mark::read(&place.call), self.roster.watched(&place.server_ip)) else {
            return;
        };
        let mut news = dialer.news();
        let is_well = dialer.health().borrow().is_well();
        dialer.hang_up(call);
        let ended = async {
            while let Ok(told) = news.recv().await {
                if told.mark == call
                    && matches!(
                        told.what,
                        CallEvent::Channel { what: ChannelEvent::Ended { .. }, .. } | CallEvent::Gone
                    )
                {
                    return;
                }
            }
        };
        if is_well && timeout(HUNG_UP_WITHIN, ended).await.is_err() {
            tracing::debug!(%call, dialer = place.server_ip, "the end of a call was not told");
        }
    }

    /// Rings, and the next choice where nobody answers, until the agent is in the room or the session is over.
    async fn ring(self: &Arc<Self>, first: Placed, cause: Cause) {
        let mut tried = Vec::new();
        let mut placed = first;
        loop {
            // It may have waited for its turn, or for another call's end, and its agent may have gone meanwhile.
            if self.board.session_with(placed.mark).is_none() {
                self.rings.end(placed.mark);
                return;
            }
            let failed = match self.ring_once(&placed).await {
                Ok(by) => return self.answered(&placed, &by).await,
                Err(failed) => failed,
            };
            self.rings.end(placed.mark);
            tracing::info!(session = placed.session_id, dialer = placed.call.server_ip, ?failed, "not answered");
            tried.push(placed.phone_login.clone());
            match self.next_choice(&placed, cause, failed, &tried).await {
                Some(next) => placed = next,
                None => return,
            }
        }
    }

    /// The next choice, reserved, after a ring that failed; `None` if there is none or the session is over.
    async fn next_choice(&self, placed: &Placed, cause: Cause, failed: RingEnd, tried: &[String]) -> Option<Placed> {
        let wanted = Move {
            session_id: placed.session_id,
            call: Some(placed.mark.to_string()),
            // A session that lost its dialer and cannot be rung elsewhere has ended by that.
            cause: if cause == Cause::DialerLost { cause } else { Cause::Failover },
            failed: Some(failed),
            // After a call that cost money no other is made.
            to: if placed.is_costly { To::Nobody } else { To::AnyBut(tried.to_vec()) },
            stays: false,
            may_cost: false,
            new_call: self.next_call().to_string(),
        };
        match until_written(|| self.move_on(wanted.clone(), None, Acting::Freely)).await? {
            Moved::To(seat, _) => {
                let next = Placed::of(&seat)?;
                self.rings.begin(next.mark);
                Some(next)
            }
            Moved::Ended(..) | Moved::Stays | Moved::NotWanted => None,
        }
    }

    /// Rings one phone once.
    async fn ring_once(&self, placed: &Placed) -> Result<AnsweredBy, RingEnd> {
        let dialer = self.roster.watched(&placed.call.server_ip).ok_or(RingEnd::DialerLost)?;
        let mut health = dialer.health();
        health.mark_unchanged();
        let ring = dialer.ring(placed.originate());
        let silence = async {
            sleep(DEAD_AFTER).await;
            let is_line = Line::of_dial_string(&placed.call.channel).is_some();
            if !is_line || self.rings.of(placed.mark).rings {
                std::future::pending::<()>().await;
            }
        };
        // Looked at after the ring has begun: who gives the call up from then on is heard.
        let given_up = async {
            if self.board.session_with(placed.mark).is_some() {
                std::future::pending::<()>().await;
            }
        };
        let failed = tokio::select! {
            biased;
            outcome = ring => ring_end(outcome),
            () = given_up => Some(RingEnd::GivenUp),
            () = silence => Some(RingEnd::Dead),
        };
        failed.map_or(Ok(AnsweredBy { dialer, health }), Err)
    }

    /// The phone was answered: the session is live, unless it wants this call no more.
    async fn answered(self: &Arc<Self>, placed: &Placed, by: &AnsweredBy) {
        let (session_id, call) = (placed.session_id, placed.mark.to_string());
        let is_wanted = until_written(|| {
            let call = call.clone();
            self.change(move |tx, changed| {
                let is_wanted = lifecycle::answered(tx, session_id, &call)?;
                changed.extend(is_wanted.then_some(session_id));
                Ok(is_wanted)
            })
        })
        .await;
        let heard = self.rings.end(placed.mark);
        if is_wanted != Some(true) {
            by.dialer.hang_up(placed.mark);
        } else if heard.ended {
            self.call_ended(&placed.call.server_ip, placed.mark, Acting::Freely);
        } else if by.health.has_changed().unwrap_or(true) {
            // It may have died and come back before the session was known to be live on it.
            self.greet(&placed.call.server_ip, &by.dialer, Absence::CutOff);
        }
    }
}

/// Writes something down, again and again, however long the database is in trouble: nobody else would write it, and the session
/// would ring for ever. `None` if the database is closed.
pub(crate) async fn until_written<T, F>(mut write: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Result<T, WriteError>>,
{
    let (mut pause, longest) = WRITE_AGAIN;
    loop {
        match write().await {
            Ok(written) => return Some(written),
            Err(WriteError::Closed) => return None,
            Err(error) => tracing::error!(%error, "what happened to a session is not written yet"),
        }
        sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

/// The dialer on which a phone was answered.
struct AnsweredBy {
    dialer: Arc<dyn WatchedDialer>,
    /// Has changed if anything has happened to the dialer since it was asked to ring.
    health: watch::Receiver<Health>,
}

/// A session whose phone is to be rung by Hotdesk.
pub(crate) struct Placed {
    pub(crate) session_id: i64,
    pub(crate) mark: Mark,
    pub(crate) call: Call,
    phone_login: String,
    /// Whether it leads out of the house (protocol EXTERNAL).
    is_costly: bool,
}

impl Placed {
    /// `None` for a seat whose phone is not rung by Hotdesk.
    pub(crate) fn of(seat: &Seat) -> Option<Self> {
        Some(Self {
            session_id: seat.session_id,
            mark: Mark::read(&seat.place.call)?,
            call: seat.call.clone()?,
            phone_login: seat.place.phone_login.clone(),
            is_costly: seat.place.channel.starts_with("Local/"),
        })
    }

    fn originate(&self) -> Originate {
        let Call { channel, context, exten, callerid, caller_number, ring_timeout, .. } = self.call.clone();
        Originate {
            channel,
            context,
            exten,
            priority: 1,
            caller_id: format!("\"{callerid}\" <{caller_number}>"),
            timeout: Duration::from_secs(ring_timeout.into()),
            variables: Vec::new(),
            mark: self.mark,
        }
    }
}

/// How a ring ended without the agent; `None` if the phone was answered.
fn ring_end(outcome: Outcome) -> Option<RingEnd> {
    Some(match outcome {
        Outcome::Answered { .. } => return None,
        Outcome::NotRegistered => RingEnd::NotRegistered,
        Outcome::NoAnswer => RingEnd::NoAnswer,
        Outcome::Rejected => RingEnd::Rejected,
        Outcome::Failed { reason } => RingEnd::Failed { reason },
        Outcome::Refused { words } => RingEnd::Refused { words },
        Outcome::DialerLost => RingEnd::DialerLost,
        Outcome::TimedOut => RingEnd::TimedOut,
        Outcome::GivenUp => RingEnd::GivenUp,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_happened_is_written_even_after_an_hour_of_trouble() {
        let start = Instant::now();
        let write = || async {
            if start.elapsed() < Duration::from_hours(1) { Err(WriteError::Locked) } else { Ok("written") }
        };
        assert_eq!(until_written(write).await, Some("written"));
        assert_eq!(until_written(|| async { Err::<(), _>(WriteError::Closed) }).await, None);
    }
}
