//! Every session that is open, and those that ended not long ago: what the database says, kept at hand.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dialers::mark::Mark;
use fleet::Timestamp;
use fleet::sessions::{Session, State};

use crate::events::Events;
use crate::view::{Because, Change, SessionView};

/// How many sessions that have ended are kept.
const ENDED: usize = 2048;

/// A session as it is known.
#[derive(Debug)]
struct Known {
    /// Of which revision of the database.
    revision: i64,
    session: Session,
    /// Why it went where it is, if it was elsewhere before.
    because: Option<Arc<Because>>,
}

/// How a session is by now.
#[derive(Debug)]
pub(crate) struct News {
    /// Since which revision of the database.
    pub(crate) revision: i64,
    pub(crate) session: Session,
    /// Why it went there.
    pub(crate) because: Option<Arc<Because>>,
    /// Whether this node did it, and counts it.
    pub(crate) is_own: bool,
}

#[derive(Debug, Default)]
struct Sessions {
    known: BTreeMap<i64, Known>,
    by_call: HashMap<Mark, i64>,
    seats: BTreeMap<String, usize>,
    ended: VecDeque<i64>,
    /// What became of sessions, by the word for it.
    tally: BTreeMap<String, u64>,
}

/// The sessions.
#[derive(Debug)]
pub(crate) struct Board {
    sessions: Mutex<Sessions>,
    pub(crate) events: Events,
}

impl Board {
    pub(crate) fn new(events: Events) -> Self {
        Self { sessions: Mutex::default(), events }
    }

    /// Takes in how a session is, seen at this time. What is older than what is known is not taken in; whether it was.
    pub(crate) fn show(&self, at: Timestamp, news: News) -> bool {
        let News { revision, session, mut because, is_own } = news;
        let mut sessions = self.sessions();
        let id = session.session_id;
        if let Some(mut before) = sessions.known.remove(&id) {
            let is_old = before.revision > revision;
            if is_old || before.session == session {
                before.revision = before.revision.max(revision);
                before.because = before.because.or(because.filter(|_| !is_old));
                sessions.known.insert(id, before);
                return !is_old;
            }
            sessions.forget(&before.session);
            if is_own {
                sessions.count(before.session.state, &session);
            }
            // As long as it has not arrived, it is on the way for the same reason.
            let is_on_the_way = matches!(before.session.state, State::Reserved | State::Ringing);
            because = because.or(before.because.filter(|_| is_on_the_way));
        }
        sessions.remember(&session);
        // In order: whoever reads the changes one after another ends with what is known.
        self.events.tell(at, Change::Session(SessionView::from(&session), because.clone()));
        sessions.known.insert(id, Known { revision, session, because });
        if sessions.ended.len() > ENDED
            && let Some(oldest) = sessions.ended.pop_front()
            && sessions.known.get(&oldest).is_some_and(|known| known.session.state == State::Ended)
        {
            sessions.known.remove(&oldest);
        }
        true
    }

    /// Of which revision what is known of a session is; 0 if nothing is.
    pub(crate) fn revision(&self, session_id: i64) -> i64 {
        self.sessions().known.get(&session_id).map_or(0, |known| known.revision)
    }

    /// The open sessions whose phone is being rung.
    pub(crate) fn ringing(&self) -> Vec<Session> {
        let sessions = self.sessions();
        let ringing = sessions.known.values().filter(|known| known.session.state == State::Ringing);
        ringing.map(|known| known.session.clone()).collect()
    }

    /// The dialers that have open sessions.
    pub(crate) fn dialers(&self) -> Vec<String> {
        self.sessions().seats.iter().filter(|(_, seats)| **seats > 0).map(|(server_ip, _)| server_ip.clone()).collect()
    }

    /// The session of this number, if it is open or ended not long ago.
    pub(crate) fn session(&self, session_id: i64) -> Option<Session> {
        self.sessions().known.get(&session_id).map(|known| known.session.clone())
    }

    /// The open session that has this call.
    pub(crate) fn session_with(&self, call: Mark) -> Option<Session> {
        let sessions = self.sessions();
        let id = sessions.by_call.get(&call)?;
        sessions.known.get(id).map(|known| known.session.clone())
    }

    /// The open sessions on this dialer.
    pub(crate) fn open_on(&self, server_ip: &str) -> Vec<Session> {
        let sessions = self.sessions();
        let is_there = |session: &&Session| session.state != State::Ended && session.place.server_ip == server_ip;
        sessions.known.values().map(|known| &known.session).filter(is_there).cloned().collect()
    }

    /// Every open session.
    pub(crate) fn open(&self) -> Vec<SessionView> {
        let sessions = self.sessions();
        let open = sessions.known.values().filter(|known| known.session.state != State::Ended);
        open.map(|known| (&known.session).into()).collect()
    }

    /// How many seats the open sessions take on this dialer.
    pub(crate) fn seats(&self, server_ip: &str) -> usize {
        self.sessions().seats.get(server_ip).copied().unwrap_or(0)
    }

    /// How often sessions became `live`, or ended for which reason.
    pub(crate) fn tally(&self) -> BTreeMap<String, u64> {
        self.sessions().tally.clone()
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    fn count(&mut self, before: State, session: &Session) {
        let became = match session.state {
            now if now == before => return,
            State::Live => State::Live.word().to_owned(),
            State::Ended => session.end_reason.clone(),
            State::Reserved | State::Ringing => return,
        };
        *self.tally.entry(became).or_default() += 1;
    }

    fn remember(&mut self, session: &Session) {
        if session.state == State::Ended {
            self.ended.push_back(session.session_id);
            return;
        }
        *self.seats.entry(session.place.server_ip.clone()).or_default() += 1;
        if let Some(call) = Mark::read(&session.place.call) {
            self.by_call.insert(call, session.session_id);
        }
    }

    fn forget(&mut self, session: &Session) {
        if session.state == State::Ended {
            return;
        }
        if let Some(seats) = self.seats.get_mut(&session.place.server_ip) {
            *seats = seats.saturating_sub(1);
        }
        if let Some(call) = Mark::read(&session.place.call) {
            self.by_call.remove(&call);
        }
    }
}
