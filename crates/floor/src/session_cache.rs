//! Cache of the open sessions and of those that ended recently, as the database has them. It publishes every change.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use dialers::call_id::CallId;
use fleet::Timestamp;
use fleet::sessions::{Session, State};
use parking_lot::{Mutex, MutexGuard};

use crate::events::EventLog;
use crate::view::{Change, MoveReason, SessionView};

/// Ended sessions that the cache keeps.
const MAX_ENDED: usize = 2048;

/// A session with its revision.
#[derive(Debug)]
struct CachedSession {
    /// The revision that the session is of.
    revision: i64,
    session: Session,
    /// Why the session moved to its present place, if it moved.
    reason: Option<Arc<MoveReason>>,
}

/// A newer revision of a session.
#[derive(Debug)]
pub(crate) struct SessionUpdate {
    /// The revision that the session is of.
    pub(crate) revision: i64,
    pub(crate) session: Session,
    /// Why the session moved, if it moved.
    pub(crate) reason: Option<Arc<MoveReason>>,
    /// Whether this node made the change. Only own changes are counted.
    pub(crate) is_own: bool,
}

#[derive(Debug, Default)]
struct CacheState {
    by_id: BTreeMap<i64, CachedSession>,
    by_call: HashMap<CallId, i64>,
    seats: BTreeMap<String, usize>,
    ended: VecDeque<i64>,
    /// How many sessions became live, or ended, by reason.
    outcome_counts: BTreeMap<String, u64>,
}

/// The cache.
#[derive(Debug)]
pub(crate) struct SessionCache {
    state: Mutex<CacheState>,
    pub(crate) events: EventLog,
}

impl SessionCache {
    pub(crate) fn new(events: EventLog) -> Self {
        Self { state: Mutex::default(), events }
    }

    /// Stores an update and publishes it as of `at`, unless the cache has a newer revision. Returns whether it was
    /// stored.
    pub(crate) fn apply(&self, at: Timestamp, update: SessionUpdate) -> bool {
        let SessionUpdate { revision, session, mut reason, is_own } = update;
        let mut state = self.state();
        let id = session.session_id;
        if let Some(mut before) = state.by_id.remove(&id) {
            let is_old = before.revision > revision;
            if is_old || before.session == session {
                before.revision = before.revision.max(revision);
                before.reason = before.reason.or(reason.filter(|_| !is_old));
                state.by_id.insert(id, before);
                return !is_old;
            }
            state.unindex(&before.session);
            if is_own {
                state.count_transition(before.session.state, &session);
            }
            // The reason of a move stays until the phone is answered.
            let is_unanswered = matches!(before.session.state, State::Reserved | State::Ringing);
            reason = reason.or(before.reason.filter(|_| is_unanswered));
        }
        state.index(&session);
        // Published under the lock, so that events keep the order of the updates.
        self.events.publish(at, Change::Session(SessionView::from(&session), reason.clone()));
        state.by_id.insert(id, CachedSession { revision, session, reason });
        if state.ended.len() > MAX_ENDED
            && let Some(oldest) = state.ended.pop_front()
            && state.by_id.get(&oldest).is_some_and(|cached| cached.session.state == State::Ended)
        {
            state.by_id.remove(&oldest);
        }
        true
    }

    /// The cached revision of a session; 0 if it is not cached.
    pub(crate) fn revision(&self, session_id: i64) -> i64 {
        self.state().by_id.get(&session_id).map_or(0, |cached| cached.revision)
    }

    /// The open sessions whose phone is being rung.
    pub(crate) fn ringing(&self) -> Vec<Session> {
        let state = self.state();
        let ringing = state.by_id.values().filter(|cached| cached.session.state == State::Ringing);
        ringing.map(|cached| cached.session.clone()).collect()
    }

    /// The dialers that have open sessions.
    pub(crate) fn dialers(&self) -> Vec<String> {
        self.state().seats.iter().filter(|(_, seats)| **seats > 0).map(|(server_ip, _)| server_ip.clone()).collect()
    }

    /// The session with this number, if it is open or ended recently.
    pub(crate) fn session(&self, session_id: i64) -> Option<Session> {
        self.state().by_id.get(&session_id).map(|cached| cached.session.clone())
    }

    /// The open session that has this call.
    pub(crate) fn session_of_call(&self, call: CallId) -> Option<Session> {
        let state = self.state();
        let id = state.by_call.get(&call)?;
        state.by_id.get(id).map(|cached| cached.session.clone())
    }

    /// The open sessions on this dialer.
    pub(crate) fn open_on(&self, server_ip: &str) -> Vec<Session> {
        let state = self.state();
        let is_there = |session: &&Session| session.state != State::Ended && session.place.server_ip == server_ip;
        state.by_id.values().map(|cached| &cached.session).filter(is_there).cloned().collect()
    }

    /// Every open session.
    pub(crate) fn open(&self) -> Vec<SessionView> {
        let state = self.state();
        let open = state.by_id.values().filter(|cached| cached.session.state != State::Ended);
        open.map(|cached| (&cached.session).into()).collect()
    }

    /// Number of seats that open sessions take on this dialer.
    pub(crate) fn seats(&self, server_ip: &str) -> usize {
        self.state().seats.get(server_ip).copied().unwrap_or(0)
    }

    /// How many sessions became `live`, or ended, by reason.
    pub(crate) fn outcome_counts(&self) -> BTreeMap<String, u64> {
        self.state().outcome_counts.clone()
    }

    fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock()
    }
}

impl CacheState {
    fn count_transition(&mut self, before: State, session: &Session) {
        let outcome = match session.state {
            now if now == before => return,
            State::Live => State::Live.word().to_owned(),
            State::Ended => session.end_reason.clone(),
            State::Reserved | State::Ringing => return,
        };
        *self.outcome_counts.entry(outcome).or_default() += 1;
    }

    fn index(&mut self, session: &Session) {
        if session.state == State::Ended {
            self.ended.push_back(session.session_id);
            return;
        }
        *self.seats.entry(session.place.server_ip.clone()).or_default() += 1;
        if let Some(call) = CallId::read(&session.place.call) {
            self.by_call.insert(call, session.session_id);
        }
    }

    fn unindex(&mut self, session: &Session) {
        if session.state == State::Ended {
            return;
        }
        if let Some(seats) = self.seats.get_mut(&session.place.server_ip) {
            *seats = seats.saturating_sub(1);
        }
        if let Some(call) = CallId::read(&session.place.call) {
            self.by_call.remove(&call);
        }
    }
}
