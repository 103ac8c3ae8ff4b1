//! State and operations of the floor.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dialers::call_id::{CallId, Owner};
use fleet::actor::Actor;
use fleet::login::PasswordCheck;
use fleet::sessions::lifecycle::{Move, Moved, To};
use fleet::sessions::timeline::{Cause, EndReason};
use fleet::sessions::{
    Choice, LogIn, LoginContext, LoginOutcome, Place, Refusal, Seat, Session, SessionKey, State, lifecycle,
};
use fleet::{FleetTx, Rng, Timestamp, TxError, sessions};
use parking_lot::Mutex;
use store::{Store, WriteError};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;

use crate::cluster::node_changes::{ChangeReader, NodeMessage};
use crate::cluster::{ActionGuard, Cluster};
use crate::dialer_port::DialerWatcher;
use crate::dialer_registry::DialerRegistry;
use crate::events::{Event, EventId, EventLog};
use crate::minutes::Minutes;
use crate::pending_rings::PendingRings;
use crate::polled_config::PolledConfig;
use crate::rehome_rate::RehomeRate;
use crate::session_cache::{SessionCache, SessionUpdate};
use crate::view::{Alarm, Change, DialerView, MoveReason, SessionView};
use crate::{Driver, Options, outbox};

/// The floor. Its background tasks run from [`Floor::open`] until [`Floor::close`].
pub struct Floor {
    pub(crate) store: Arc<Store>,
    pub(crate) options: Options,
    pub(crate) dialer_registry: Arc<DialerRegistry>,
    pub(crate) session_cache: SessionCache,
    pub(crate) pending_rings: PendingRings,
    pub(crate) rehome_rate: Mutex<RehomeRate>,
    /// Sessions that are being moved.
    pub(crate) moving: Mutex<HashSet<i64>>,
    pub(crate) alarm: watch::Sender<Alarm>,
    /// Notified when a dialer's health changes.
    pub(crate) health_changed: Notify,
    /// Notified when a line of a dialer changes.
    pub(crate) line_activity: Notify,
    /// Whether the dialers have been read at least once.
    pub(crate) has_refreshed: watch::Sender<bool>,
    rng: Arc<dyn Rng>,
    pub(crate) cluster: Cluster,
    /// Held while the dialers are being read, so that two reads do not overlap.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    /// Weights, expected lines and planned drains of the dialers, as last read.
    pub(crate) polled_config: Mutex<PolledConfig>,
    pub(crate) minutes: Minutes,
    tasks: Mutex<JoinSet<()>>,
}

/// Outcome of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedIn {
    /// The agent has a seat, and the phone is being rung.
    Seated(Box<Seated>),
    /// None of the login's phones can take the agent.
    NoPhone(Choice),
    /// The agent may not log in.
    Refused(Refusal),
    /// The stored password or the alphabet changed after the password was verified: verify it again.
    CheckAgain,
}

/// A login that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// The session.
    pub session: SessionView,
    /// The session's key. Only the agent gets it.
    pub key: SessionKey,
    /// The placement, with its reasons.
    pub choice: Choice,
}

/// State of the whole floor at one time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Snapshot {
    /// Every dialer.
    pub dialers: Vec<DialerView>,
    /// Every open session.
    pub sessions: Vec<SessionView>,
    /// The alarm.
    pub alarm: Alarm,
}

impl Floor {
    /// Opens the floor with the open sessions of the database, and starts its tasks on the current runtime. `owner` is
    /// the owner in the call ids of the calls that `watch` places.
    ///
    /// # Errors
    /// [`WriteError`] when the database fails.
    pub async fn open(
        store: Arc<Store>,
        options: Options,
        watch: Arc<dyn DialerWatcher>,
        owner: Owner,
        rng: Arc<dyn Rng>,
    ) -> Result<Arc<Self>, WriteError> {
        let mut run = [0; 4];
        rng.fill(&mut run);
        let run_name = owner.to_string();
        let read_state = move |tx: &mut dyn FleetTx| {
            tx.begin_run(&run_name)?;
            // Read first: a change that is written between these reads is read again later, so no session is older than
            // this position.
            Ok((tx.last_message()?, tx.open_sessions()?, Minutes::read(tx)?))
        };
        let (last_message, open, minutes) = store.write(read_state).await?;
        let cluster = Cluster::new(owner, store.is_shared());
        let floor = Arc::new(Self {
            store,
            options,
            dialer_registry: Arc::new(DialerRegistry::new(options.driver, options.rules, watch)),
            session_cache: SessionCache::new(EventLog::new(u32::from_le_bytes(run))),
            pending_rings: PendingRings::default(),
            rehome_rate: Mutex::new(RehomeRate::new(options.rehomed_a_second)),
            moving: Mutex::default(),
            alarm: watch::Sender::new(Alarm { frozen: false, gone: 0, of: 0 }),
            health_changed: Notify::new(),
            line_activity: Notify::new(),
            has_refreshed: watch::Sender::new(false),
            rng,
            cluster,
            refreshing: tokio::sync::Mutex::default(),
            polled_config: Mutex::default(),
            minutes,
            tasks: Mutex::default(),
        });
        for session in open {
            let update = SessionUpdate { revision: 0, session, reason: None, is_own: false };
            floor.session_cache.apply(floor.store.now(), update);
        }
        floor.start_tasks(ChangeReader::new(Instant::now(), last_message));
        Ok(floor)
    }

    /// Stops the floor's background tasks. Sessions and calls stay: the next run takes them over.
    pub fn close(&self) {
        self.tasks.lock().abort_all();
    }

    /// Runs a task in the background until it ends or the floor is closed.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        let mut tasks = self.tasks.lock();
        while let Some(done) = tasks.try_join_next() {
            if let Err(error) = done.as_ref()
                && error.is_panic()
            {
                tracing::error!(%error, "a background task of the floor panicked; this is a bug in Hotdesk");
            }
        }
        tasks.spawn(work)
    }

    /// Runs `work` to completion even if the caller's future is dropped: once a seat is reserved, its phone must be
    /// rung.
    pub(crate) async fn run_to_completion<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, WriteError>> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (done, outcome) = oneshot::channel();
        let work = async move {
            // The caller may be gone.
            done.send(work.await).ok();
        };
        // The task logs in the caller's span, so that its log lines carry the request id.
        self.spawn(work.in_current_span());
        outcome.await.map_err(|_| WriteError::Closed)?
    }

    /// Executes a change of sessions, publishes the changed sessions, and stores their webhook events. `command` adds
    /// the ids of the sessions it changes to its list.
    pub(crate) async fn change<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx, &mut Vec<i64>) -> Result<T, TxError> + Send + 'static,
    {
        self.change_with_reason(None, command).await
    }

    async fn change_with_reason<T, F>(&self, reason: Option<Arc<MoveReason>>, mut command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx, &mut Vec<i64>) -> Result<T, TxError> + Send + 'static,
    {
        let revisions = self.cluster.local_revisions();
        let outbox_reason = reason.clone();
        let node = (!self.cluster.is_alone()).then(|| self.cluster.owner().to_string());
        let message =
            reason.as_deref().map(|reason| NodeMessage::MoveReason(reason.clone()).to_json()).unwrap_or_default();
        let (result, sessions) = self
            .store
            .write(move |tx| {
                let mut changed = Vec::new();
                let result = command(tx, &mut changed)?;
                let mut sessions = Vec::with_capacity(changed.len());
                for session_id in changed {
                    let Some(session) = tx.session(session_id)? else { continue };
                    let revision = match &node {
                        Some(node) => tx.send_message(node, session_id, &message)?,
                        None => revisions.fetch_add(1, Ordering::Relaxed),
                    };
                    sessions.push((revision, session));
                }
                let changed: Vec<_> = sessions.iter().map(|(_, session)| session).collect();
                outbox::store_session_events(tx, &changed, outbox_reason.as_deref())?;
                Ok((result, sessions))
            })
            .await?;
        for (revision, session) in sessions {
            let update = SessionUpdate { revision, session, reason: reason.clone(), is_own: true };
            self.session_cache.apply(self.store.now(), update);
        }
        Ok(result)
    }

    /// Logs an agent in: reserves a seat and starts to ring the phone. Does not wait for the answer.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn log_in(self: &Arc<Self>, login: LogIn, password_check: PasswordCheck) -> Result<LoggedIn, WriteError> {
        let floor = Arc::clone(self);
        self.run_to_completion(async move { floor.seat(login, password_check).await }).await
    }

    async fn seat(self: Arc<Self>, login: LogIn, password_check: PasswordCheck) -> Result<LoggedIn, WriteError> {
        let key = SessionKey::new(self.rng.as_ref());
        let digest = key.digest();
        let is_queued = self.options.driver == Driver::Queue;
        let call = if is_queued { String::new() } else { self.cluster.next_call().to_string() };
        let live_status = Arc::clone(&self.dialer_registry);
        let outcome = self
            .change(move |tx, changed| {
                let context = LoginContext { live_status: live_status.as_ref(), call: &call, key_digest: &digest };
                let outcome = sessions::seat(tx, &login, &password_check, &context)?;
                if let LoginOutcome::Seated(seated) = &outcome {
                    changed.extend(seated.replaced.as_ref().map(|session| session.session_id));
                    changed.push(seated.seat.session_id);
                    if let Some(call) = seated.seat.call.as_ref().filter(|_| is_queued) {
                        tx.queue_call(call)?;
                    }
                }
                Ok(outcome)
            })
            .await?;
        let seated = match outcome {
            LoginOutcome::Seated(seated) => *seated,
            LoginOutcome::NoPhone(choice) => return Ok(LoggedIn::NoPhone(choice)),
            LoginOutcome::Refused(refusal) => return Ok(LoggedIn::Refused(refusal)),
            LoginOutcome::CheckAgain => return Ok(LoggedIn::CheckAgain),
        };
        self.start_ringing(Instant::now(), &seated.seat, Cause::LogIn, seated.replaced.map(|session| session.place));
        let session = self.session_cache.session(seated.seat.session_id).map(|session| SessionView::from(&session));
        let session = session.ok_or(WriteError::Closed)?;
        Ok(LoggedIn::Seated(Box::new(Seated { session, key, choice: seated.choice })))
    }

    /// Ends a session. Returns whether it was open.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn log_out(self: &Arc<Self>, session_id: i64, reason: EndReason) -> Result<bool, WriteError> {
        let floor = Arc::clone(self);
        self.run_to_completion(async move {
            let ended = floor.end(session_id, None, reason, ActionGuard::Unconditional).await?;
            if let Some(session) = &ended {
                floor.hang_up(&session.place);
            }
            Ok(ended.is_some())
        })
        .await
    }

    pub(crate) async fn end(
        &self,
        session_id: i64,
        call: Option<String>,
        reason: EndReason,
        guard: ActionGuard,
    ) -> Result<Option<Session>, WriteError> {
        self.change(move |tx, changed| {
            if !guard.permits(tx)? {
                return Ok(None);
            }
            let ended = lifecycle::end(tx, session_id, call.as_deref(), reason)?;
            changed.extend(ended.as_ref().map(|session| session.session_id));
            Ok(ended)
        })
        .await
    }

    /// Rings the agent's phone again, on the best dialer. Also for a session that ended recently without a logout.
    /// Returns whether the session exists.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn ring_again(self: &Arc<Self>, session_id: i64) -> Result<bool, WriteError> {
        let floor = Arc::clone(self);
        self.run_to_completion(async move {
            let to = To::AnyBut(Vec::new());
            let found = floor.move_on_request(session_id, Cause::RingAgain, to, None).await?;
            let Some((seat, left)) = found else { return Ok(false) };
            floor.start_ringing(Instant::now(), &seat, Cause::RingAgain, left);
            Ok(true)
        })
        .await
    }

    /// Moves a session at the request of its agent or a supervisor. Returns its new seat, if another dialer can take
    /// it, and the place that it left, whose call the caller hangs up.
    pub(crate) async fn move_on_request(
        &self,
        session_id: i64,
        cause: Cause,
        to: To,
        by: Option<Actor>,
    ) -> Result<Option<(Box<Seat>, Option<Place>)>, WriteError> {
        // Calls that a VICIdial cluster's daemons place have no call id.
        let is_queued = self.options.driver == Driver::Queue;
        let new_call = if is_queued { String::new() } else { self.cluster.next_call().to_string() };
        let request = Move { session_id, call: None, cause, failed: None, to, stays: true, may_cost: true, new_call };
        Ok(match self.move_session(request, by, ActionGuard::Unconditional).await? {
            Moved::To(seat, left) => Some((seat, left)),
            Moved::Ended(..) | Moved::Stays | Moved::NotWanted => None,
        })
    }

    /// Moves a session. The caller hangs up the session's previous call, unless the session ended. A supervisor's move
    /// is written to the audit log.
    pub(crate) async fn move_session(
        &self,
        request: Move,
        by: Option<Actor>,
        guard: ActionGuard,
    ) -> Result<Moved, WriteError> {
        let live_status = Arc::clone(&self.dialer_registry);
        let is_queued = self.options.driver == Driver::Queue;
        let reason = self.move_reason(&request, by.as_ref()).map(Arc::new);
        let moved = self
            .change_with_reason(reason, move |tx, changed| {
                if !guard.permits(tx)? {
                    return Ok(Moved::NotWanted);
                }
                let moved = lifecycle::move_session(tx, &request, live_status.as_ref())?;
                if let Moved::To(..) | Moved::Ended(..) = &moved {
                    changed.push(request.session_id);
                }
                if let Moved::To(seat, _) = &moved
                    && let Some(call) = seat.call.as_ref().filter(|_| is_queued)
                {
                    tx.queue_call(call)?;
                }
                if let (Moved::To(seat, _), Some(by)) = (&moved, &by) {
                    by.moved(tx, seat)?;
                }
                Ok(moved)
            })
            .await?;
        if let Moved::Ended(_, place) = &moved {
            self.hang_up(place);
        }
        Ok(moved)
    }

    /// Why a session moves, as the floor shows it.
    fn move_reason(&self, request: &Move, by: Option<&Actor>) -> Option<MoveReason> {
        let Place { phone_login, server_ip: left, .. } = self.session_cache.session(request.session_id)?.place;
        let down_dialer = self.dialer_registry.dialer_view(&left).filter(|_| request.cause == Cause::DialerLost);
        let ago = down_dialer.and_then(|dialer| i64::try_from(dialer.unhealthy_for_ms?).ok());
        let lost = ago.map(|ago| Timestamp::from_unix_ms(self.store.now().unix_ms() - ago));
        let (cause, failed) = (request.cause, request.failed.clone());
        Some(MoveReason { cause, failed, phone_login, left, lost, by: by.map(|by| by.user.clone()) })
    }

    /// Hangs up the call of a place, if Hotdesk has placed one.
    pub(crate) fn hang_up(&self, place: &Place) {
        if let Some(call) = CallId::read(&place.call)
            && let Some(dialer) = self.dialer_registry.watched(&place.server_ip)
        {
            dialer.hang_up(call);
        }
    }

    /// The cluster of nodes on this database.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Every open session, every dialer, the alarm, and the id of the last event that the snapshot includes.
    #[must_use]
    pub fn snapshot(&self) -> (Snapshot, EventId) {
        // Read first: a change during the snapshot is reported twice rather than not at all.
        let last = self.session_cache.events.last();
        let snapshot =
            Snapshot { dialers: self.dialers(), sessions: self.session_cache.open(), alarm: *self.alarm.borrow() };
        (snapshot, last)
    }

    /// Every dialer.
    #[must_use]
    pub fn dialers(&self) -> Vec<DialerView> {
        self.dialer_registry.dialer_views().into_iter().map(|view| self.with_seats(view)).collect()
    }

    /// One dialer.
    #[must_use]
    pub fn dialer(&self, server_ip: &str) -> Option<DialerView> {
        self.dialer_registry.dialer_view(server_ip).map(|view| self.with_seats(view))
    }

    pub(crate) fn with_seats(&self, view: DialerView) -> DialerView {
        DialerView { seats: self.session_cache.seats(&view.server_ip), ..view }
    }

    /// Publishes a dialer's present state.
    pub(crate) fn publish_dialer(&self, server_ip: &str) {
        if let Some(view) = self.dialer_registry.dialer_view(server_ip) {
            self.session_cache.events.publish(self.store.now(), Change::Dialer(self.with_seats(view)));
        }
    }

    /// The session with this id, if it is open or ended recently, with the digest of its key.
    #[must_use]
    pub fn session(&self, session_id: i64) -> Option<(SessionView, String)> {
        self.session_cache.session(session_id).map(|session| (SessionView::from(&session), session.key_digest.clone()))
    }

    /// Waits until the session's phone is answered or the session ends. `None` if it ended so long ago that the cache
    /// has dropped it.
    pub async fn settled(&self, session_id: i64) -> Option<SessionView> {
        let mut events = self.subscribe();
        loop {
            let session = self.session_cache.session(session_id)?;
            if session.state != State::Ringing {
                return Some(SessionView::from(&session));
            }
            // The sender lives as long as `self`.
            events.changed().await.ok()?;
        }
    }

    /// The events after this one; `None` if the log no longer has all of them, so that the caller needs a
    /// [`Self::snapshot`].
    #[must_use]
    pub fn changes_after(&self, id: EventId) -> Option<Vec<Event>> {
        self.session_cache.events.after(id)
    }

    /// The last `at_most` notable events, the latest first.
    #[must_use]
    pub fn latest(&self, at_most: usize) -> Vec<Event> {
        self.session_cache.events.latest(at_most)
    }

    /// A receiver that is notified of every event.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.session_cache.events.subscribe()
    }

    /// Whether the floor is frozen because too many dialers vanished at once.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        *self.alarm.borrow()
    }

    /// How many sessions became `live`, or ended, by reason, since the floor was opened.
    #[must_use]
    pub fn outcome_counts(&self) -> BTreeMap<String, u64> {
        self.session_cache.outcome_counts()
    }

    /// Health and registrations of the dialers, for placement.
    #[must_use]
    pub fn live_status(&self) -> Arc<dyn sessions::LiveStatus> {
        Arc::clone(&self.dialer_registry) as Arc<dyn sessions::LiveStatus>
    }
}
