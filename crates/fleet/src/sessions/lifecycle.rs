//! A session after its seat was taken: the phone answers or does not, the agent is put elsewhere, and it ends.
//!
//! Each of these says which call it is about, and nothing happens if the session has another one by now: so whoever comes
//! late, with news of a call that is not wanted any more, changes nothing.

use crate::dialer_status::RingEnd;
use crate::records::Phone;
use crate::sessions::choose::{Asked, choose};
use crate::sessions::seat::{Seat, take};
use crate::sessions::timeline::{Cause, EndReason, Step, TimelineEntry};
use crate::sessions::{LiveStatus, Place, Session, State};
use crate::{FleetTx, Timestamp, TxError};

/// For how many seconds after its end a session can be rung again.
pub const RINGS_AGAIN_WITHIN: i64 = 15 * 60;

/// Why a session is to be put elsewhere, and where it may not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The session.
    pub session_id: i64,
    /// The call that it must still have; `None` for whichever.
    pub call: Option<String>,
    /// Why.
    pub cause: Cause,
    /// How the present call ended, if it failed.
    pub failed: Option<RingEnd>,
    /// Where it may go.
    pub to: To,
    /// Whether it stays where it is, rather than ends, if there is no other place.
    pub stays: bool,
    /// Whether a call that costs money may be made: not to find the agent somewhere else.
    pub may_cost: bool,
    /// The unique id of the call to come.
    pub new_call: String,
}

/// Where a session may go, of the phones that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// To any of them but these, which have been tried.
    AnyBut(Vec<String>),
    /// To any that is not on this dialer.
    AwayFrom(String),
    /// To none.
    Nobody,
}

impl To {
    fn allows(&self, login: &str, phone: &Phone) -> bool {
        match self {
            Self::AnyBut(tried) => !tried.iter().any(|tried| tried == login),
            Self::AwayFrom(server_ip) => *server_ip != phone.server_ip,
            Self::Nobody => false,
        }
    }
}

/// What became of putting a session elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It has a new place; the old call is not wanted any more.
    To(Box<Seat>, Option<Place>),
    /// There is no place for it, and it ended.
    Ended(EndReason, Place),
    /// There is no place for it, and it stays where it is.
    Stays,
    /// It has ended, or has another call by now.
    NotWanted,
}

/// Puts a session elsewhere, or ends it if nobody else can take the agent.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn move_on(tx: &mut dyn FleetTx, wanted: &Move, live_status: &dyn LiveStatus) -> Result<Moved, TxError> {
    let Some(session) = tx.session(wanted.session_id)? else { return Ok(Moved::NotWanted) };
    let is_meant = wanted.call.as_ref().is_none_or(|call| *call == session.place.call);
    if !is_meant || !(session.state != State::Ended || can_ring_again(tx, &session, wanted.cause)?) {
        return Ok(Moved::NotWanted);
    }
    let now = tx.now();
    let mut trail = Vec::new();
    if let Some(how) = wanted.failed.clone() {
        let Place { phone_login, server_ip, .. } = session.place.clone();
        trail.push(TimelineEntry::line(now, Step::Failed { phone_login, server_ip, how }));
    }
    let campaign = if session.campaign_id.is_empty() { None } else { tx.campaign(&session.campaign_id)? };
    let logins = session.logins.split(',');
    let is_open = session.state != State::Ended;
    let leaves = is_open.then_some(&session.place);
    let asked = Asked { pass: None, agent: &session.user, leaves, campaign: campaign.as_ref(), live_status };
    let chosen = choose(tx, logins.map(str::to_owned).collect(), &asked)?;
    let may_be_rung = |login: &str, phone: &Phone| {
        (wanted.may_cost || phone.protocol != "EXTERNAL") && wanted.to.allows(login, phone)
    };
    let best = chosen.best(may_be_rung);
    if best.is_none() && wanted.stays {
        return Ok(Moved::Stays);
    }
    trail.push(TimelineEntry::line(now, Step::decided(wanted.cause, &chosen.choice)));
    if is_open {
        tx.leave_room(&session.place)?;
    }
    let Some(best) = best else {
        let reason = if wanted.cause == Cause::DialerLost { EndReason::DialerLost } else { EndReason::NoAnswer };
        trail.push(TimelineEntry::line(now, Step::Ended { reason }));
        tx.note(session.session_id, &trail.join("\n"))?;
        tx.end_session(session.session_id, reason.word())?;
        return Ok(Moved::Ended(reason, session.place));
    };
    let seat = take(tx, session.session_id, &session.user, campaign.as_ref(), best, &wanted.new_call)?;
    trail.push(rung(tx, &seat));
    tx.note(session.session_id, &trail.join("\n"))?;
    Ok(Moved::To(Box::new(seat), is_open.then_some(session.place)))
}

/// Whether a session that has ended may go on: only because its agent asks so, not long after, and if the agent has not
/// logged in elsewhere since.
fn can_ring_again(tx: &mut dyn FleetTx, session: &Session, cause: Cause) -> Result<bool, TxError> {
    if cause != Cause::RingAgain || !rings_again(session, tx.now()) {
        return Ok(false);
    }
    let may_work = tx.user(&session.user)?.is_some_and(|user| user.active && user.user == session.user);
    Ok(may_work && tx.session_of(&session.user)?.is_none())
}

/// Whether a session that has ended ended by itself, and not long ago, so that its phone can be rung again.
#[must_use]
pub fn rings_again(session: &Session, now: Timestamp) -> bool {
    let ended_by_itself = [EndReason::NoAnswer, EndReason::HungUp, EndReason::DialerLost, EndReason::Gone];
    let is_recent = session.ended.is_some_and(|ended| now.unix() - ended.unix() <= RINGS_AGAIN_WITHIN);
    is_recent && ended_by_itself.iter().any(|by| by.word() == session.end_reason)
}

/// The line of the trail for a phone that is being rung.
pub(super) fn rung(tx: &mut dyn FleetTx, seat: &Seat) -> String {
    let Place { phone_login, server_ip, conf_exten, .. } = seat.place.clone();
    TimelineEntry::line(tx.now(), Step::Rung { phone_login, server_ip, conference: conf_exten })
}

/// The phone has answered. Whether the session still wants this call.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn answered(tx: &mut dyn FleetTx, session_id: i64, call: &str) -> Result<bool, TxError> {
    let Some(session) = tx.session(session_id)? else { return Ok(false) };
    if session.state == State::Ended || session.place.call != call {
        return Ok(false);
    }
    let Place { phone_login, server_ip, .. } = session.place;
    let line = TimelineEntry::line(tx.now(), Step::Answered { phone_login, server_ip });
    tx.note(session_id, &line)?;
    tx.mark_session_live(session_id)?;
    Ok(true)
}

/// Ends a session: if it has this call, or whichever. Returns the session as it was, unless it had ended before or has
/// another call by now.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn end(
    tx: &mut dyn FleetTx,
    session_id: i64,
    call: Option<&str>,
    reason: EndReason,
) -> Result<Option<Session>, TxError> {
    let Some(session) = tx.session(session_id)? else { return Ok(None) };
    if session.state == State::Ended || call.is_some_and(|call| call != session.place.call) {
        return Ok(None);
    }
    end_open(tx, &session, reason)?;
    Ok(Some(session))
}

/// Ends a session that is open: the room is free, and the agent is live no more.
pub(super) fn end_open(tx: &mut dyn FleetTx, session: &Session, reason: EndReason) -> Result<(), TxError> {
    let line = TimelineEntry::line(tx.now(), Step::Ended { reason });
    tx.note(session.session_id, &line)?;
    tx.leave_room(&session.place)?;
    tx.end_session(session.session_id, reason.word())
}
