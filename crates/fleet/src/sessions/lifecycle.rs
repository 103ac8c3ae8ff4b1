//! Life of a session after the login: answering, moving to another seat, ringing again, ending.
//!
//! Each operation names the call that it is about, and does nothing if the session has a different call by now. So late news
//! about an outdated call has no effect.

use crate::dialer_status::RingEnd;
use crate::records::Phone;
use crate::sessions::choose::ChoiceRequest;
use crate::sessions::seat::{Seat, choose_seat, take};
use crate::sessions::timeline::{Cause, EndReason, Step, TimelineEntry};
use crate::sessions::{LiveStatus, Place, Session, State};
use crate::{FleetTx, Timestamp, TxError};

/// A session can be rung again for this many seconds after its end.
pub const RINGS_AGAIN_WITHIN: i64 = 15 * 60;

/// Request to move a session to another seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The session.
    pub session_id: i64,
    /// The call that the session must still have; `None` for any.
    pub call: Option<String>,
    /// The cause.
    pub cause: Cause,
    /// The result of the current call, if it failed.
    pub failed: Option<RingEnd>,
    /// The phones to choose from.
    pub to: To,
    /// Whether the session stays where it is, instead of ending, if no other seat is found.
    pub stays: bool,
    /// Whether a call that may cost money is allowed. A mere move does not call external phones.
    pub may_cost: bool,
    /// The call id of the next call.
    pub new_call: String,
}

/// The phones of a session that it may move to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// All except these logins, which have been tried.
    AnyBut(Vec<String>),
    /// All that are not on this dialer.
    AwayFrom(String),
    /// None.
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

/// Result of moving a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// The session has a new seat. If it was open, the second value is its old place, whose call must be ended.
    To(Box<Seat>, Option<Place>),
    /// No seat was found, and the session ended.
    Ended(EndReason, Place),
    /// No seat was found, and the session stays where it is.
    Stays,
    /// The session has ended or has a different call by now.
    NotWanted,
}

/// Moves a session to another seat, or ends it if no dialer can take the agent.
///
/// # Errors
/// [`TxError`] when the database fails.
pub fn move_session(tx: &mut dyn FleetTx, wanted: &Move, live_status: &dyn LiveStatus) -> Result<Moved, TxError> {
    let Some(session) = tx.session(wanted.session_id)? else { return Ok(Moved::NotWanted) };
    let has_call = wanted.call.as_ref().is_none_or(|call| *call == session.place.call);
    if !has_call || !(session.state != State::Ended || can_ring_again(tx, &session, wanted.cause)?) {
        return Ok(Moved::NotWanted);
    }
    let now = tx.now();
    let mut timeline = Vec::new();
    if let Some(how) = wanted.failed.clone() {
        let Place { phone_login, server_ip, .. } = session.place.clone();
        timeline.push(TimelineEntry::line(now, Step::Failed { phone_login, server_ip, how }));
    }
    let campaign = if session.campaign_id.is_empty() { None } else { tx.campaign(&session.campaign_id)? };
    let logins: Vec<String> = session.logins.split(',').map(str::to_owned).collect();
    let is_open = session.state != State::Ended;
    let current = is_open.then_some(&session.place);
    let campaign = campaign.as_ref();
    let request = ChoiceRequest { pass: None, agent: &session.user, current, full: &[], campaign, live_status };
    let may_be_rung = |login: &str, phone: &Phone| {
        (wanted.may_cost || phone.protocol != "EXTERNAL") && wanted.to.allows(login, phone)
    };
    let (chosen, conference) = choose_seat(tx, &logins, &request, may_be_rung, &session.place.call)?;
    let best = chosen.best(may_be_rung).zip(conference);
    if best.is_none() && wanted.stays {
        return Ok(Moved::Stays);
    }
    timeline.push(TimelineEntry::line(now, Step::decided(wanted.cause, &chosen.choice)));
    if is_open {
        tx.release_conference(&session.place)?;
    }
    let Some((best, conference)) = best else {
        let reason = if wanted.cause == Cause::DialerLost { EndReason::DialerLost } else { EndReason::NoAnswer };
        timeline.push(TimelineEntry::line(now, Step::Ended { reason }));
        tx.note(session.session_id, &timeline.join("\n"))?;
        tx.end_session(session.session_id, reason.word())?;
        return Ok(Moved::Ended(reason, session.place));
    };
    let agent = (session.session_id, session.user.as_str());
    let seat = take(tx, agent, campaign, best, conference, &wanted.new_call)?;
    timeline.push(rung(tx, &seat));
    tx.note(session.session_id, &timeline.join("\n"))?;
    Ok(Moved::To(Box::new(seat), is_open.then_some(session.place)))
}

/// Whether an ended session may resume: only at its agent's request, soon after its end, and if the agent has not logged in
/// elsewhere since.
fn can_ring_again(tx: &mut dyn FleetTx, session: &Session, cause: Cause) -> Result<bool, TxError> {
    if cause != Cause::RingAgain || !rings_again(session, tx.now()) {
        return Ok(false);
    }
    let may_work = tx.user(&session.user)?.is_some_and(|user| user.active && user.user == session.user);
    Ok(may_work && tx.session_of(&session.user)?.is_none())
}

/// Whether an ended session can be rung again: it ended recently, and not because of a logout or a new login.
#[must_use]
pub fn rings_again(session: &Session, now: Timestamp) -> bool {
    let resumable = [EndReason::NoAnswer, EndReason::HungUp, EndReason::DialerLost, EndReason::Gone];
    let is_recent = session.ended.is_some_and(|ended| now.unix() - ended.unix() <= RINGS_AGAIN_WITHIN);
    is_recent && resumable.iter().any(|by| by.word() == session.end_reason)
}

/// The timeline entry for a phone that is being rung.
pub(super) fn rung(tx: &mut dyn FleetTx, seat: &Seat) -> String {
    let Place { phone_login, server_ip, conf_exten, .. } = seat.place.clone();
    TimelineEntry::line(tx.now(), Step::Rung { phone_login, server_ip, conference: conf_exten })
}

/// Records that the phone answered. Returns whether the session still has this call.
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

/// Ends a session, if it has this call; `None` for any call. Returns the session before the end, unless it had already ended or
/// has a different call.
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

/// Ends an open session: frees its conference and removes the live agent.
pub(super) fn end_open(tx: &mut dyn FleetTx, session: &Session, reason: EndReason) -> Result<(), TxError> {
    let line = TimelineEntry::line(tx.now(), Step::Ended { reason });
    tx.note(session.session_id, &line)?;
    tx.release_conference(&session.place)?;
    tx.end_session(session.session_id, reason.word())
}
