//! Ringing an agent's phone, and the next choice where the first cannot be rung.

use std::sync::Arc;
use std::time::Duration;

use dialers::action::Originate;
use dialers::dialer::Outcome;
use dialers::line::Line;
use dialers::mark::Mark;
use fleet::seating::stay::{self, Move, Moved, To};
use fleet::seating::trail::Cause;
use fleet::seating::{Call, RingEnd, Seat};
use store::WriteError;
use tokio::time::sleep;

use crate::floor::Floor;

/// A phone that does not even ring for so long is dead, though it may be registered: phones answer an INVITE at once, and
/// this leaves room for three lost packets (SIP repeats after 0.5, 1 and 2 seconds).
const DEAD_AFTER: Duration = Duration::from_secs(4);

/// How long the database is waited for between two attempts to write down what came of a ring.
const WRITE_AGAIN: Duration = Duration::from_millis(250);

/// How often that is tried: for a minute.
const WRITES: u32 = 240;

impl Floor {
    /// Rings in the background, where Hotdesk places the call.
    pub(crate) fn begin_to_ring(self: &Arc<Self>, seat: &Seat, cause: Cause) {
        let Some(first) = Placed::of(seat) else { return };
        self.rings.begin(first.mark);
        let floor = Arc::clone(self);
        self.spawn(async move { floor.ring(first, cause).await });
    }

    /// Rings, and the next choice where nobody answers, until the agent is in the room or the session is over.
    pub(crate) async fn ring(self: &Arc<Self>, first: Placed, cause: Cause) {
        let mut tried = Vec::new();
        let mut placed = first;
        loop {
            let Some(failed) = self.ring_once(&placed).await else { return self.answered(&placed).await };
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
        // After a call that cost money no other is made.
        let is_costly = placed.call.channel.starts_with("Local/");
        let wanted = Move {
            session_id: placed.session_id,
            call: Some(placed.mark.to_string()),
            // A session that lost its dialer and cannot be rung elsewhere has ended by that.
            cause: if cause == Cause::DialerLost { cause } else { Cause::Failover },
            failed: Some(failed),
            to: if is_costly { To::Nobody } else { To::AnyBut(tried.to_vec()) },
            stays: false,
            may_cost: false,
            new_call: self.next_call().to_string(),
        };
        match self.persist(|| self.move_on(wanted.clone(), None)).await? {
            Moved::To(seat, _) => {
                let next = Placed::of(&seat)?;
                self.rings.begin(next.mark);
                Some(next)
            }
            Moved::Ended(..) | Moved::Stays | Moved::NotWanted => None,
        }
    }

    /// Rings one phone once: how that ended without the agent, or `None` if the phone was answered.
    async fn ring_once(&self, placed: &Placed) -> Option<RingEnd> {
        let Some(dialer) = self.roster.watched(&placed.call.server_ip) else { return Some(RingEnd::DialerLost) };
        let ring = dialer.ring(placed.originate());
        if Line::of_dial_string(&placed.call.channel).is_none() {
            return ring_end(ring.await);
        }
        let silence = async {
            sleep(DEAD_AFTER).await;
            if self.rings.of(placed.mark).rings {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            outcome = ring => ring_end(outcome),
            () = silence => Some(RingEnd::Dead),
        }
    }

    /// The phone was answered: the session is live, unless it wants this call no more.
    async fn answered(self: &Arc<Self>, placed: &Placed) {
        let (session_id, call) = (placed.session_id, placed.mark.to_string());
        let is_wanted = self
            .persist(|| {
                let call = call.clone();
                self.change(move |tx, changed| {
                    let is_wanted = stay::answered(tx, session_id, &call)?;
                    changed.extend(is_wanted.then_some(session_id));
                    Ok(is_wanted)
                })
            })
            .await;
        let heard = self.rings.end(placed.mark);
        if is_wanted != Some(true) {
            if let Some(dialer) = self.roster.watched(&placed.call.server_ip) {
                dialer.hang_up(placed.mark);
            }
        } else if heard.ended {
            self.call_ended(&placed.call.server_ip, placed.mark);
        }
    }

    /// Writes something down, again and again while the database is in trouble. `None` if it stays in trouble.
    pub(crate) async fn persist<T, F>(&self, mut write: impl FnMut() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, WriteError>>,
    {
        for _ in 0..WRITES {
            match write().await {
                Ok(written) => return Some(written),
                Err(WriteError::Closed) => return None,
                Err(error) => tracing::error!(%error, "what happened to a session is not written yet"),
            }
            sleep(WRITE_AGAIN).await;
        }
        None
    }
}

/// A session whose phone is to be rung by Hotdesk.
pub(crate) struct Placed {
    pub(crate) session_id: i64,
    pub(crate) mark: Mark,
    pub(crate) call: Call,
    phone_login: String,
}

impl Placed {
    /// `None` for a seat whose phone is not rung by Hotdesk.
    pub(crate) fn of(seat: &Seat) -> Option<Self> {
        Some(Self {
            session_id: seat.session_id,
            mark: Mark::read(&seat.place.call)?,
            call: seat.call.clone()?,
            phone_login: seat.place.phone_login.clone(),
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
