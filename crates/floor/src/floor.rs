//! The floor: state and operations.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dialers::call_id::{CallId, Owner};
use fleet::actor::Actor;
use fleet::login::PasswordCheck;
use fleet::sessions;
use fleet::sessions::lifecycle;
use fleet::sessions::lifecycle::{Move, Moved, To};
use fleet::sessions::timeline::{Cause, EndReason};
use fleet::sessions::{Choice, LogIn, LoginContext, LoginOutcome, Place, Refusal, Seat, Session, SessionKey, State};
use fleet::{FleetTx, Rng, Timestamp, TxError};
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
use crate::outbox;
use crate::pending_rings::PendingRings;
use crate::polled_config::PolledConfig;
use crate::rehome_rate::RehomeRate;
use crate::session_cache::{SessionCache, SessionUpdate};
use crate::view::{Alarm, Change, DialerView, MoveReason, SessionView};
use crate::{Driver, Options};

/// The floor. It works in the background from [`Floor::open`] on, until it is closed.
pub struct Floor {
    pub(crate) store: Arc<Store>,
    pub(crate) options: Options,
    pub(crate) dialer_registry: Arc<DialerRegistry>,
    pub(crate) session_cache: SessionCache,
    pub(crate) pending_rings: PendingRings,
    pub(crate) rehome_rate: Mutex<RehomeRate>,
    /// Sessions that are being put elsewhere.
    pub(crate) moving: Mutex<HashSet<i64>>,
    pub(crate) alarm: watch::Sender<Alarm>,
    /// A dialer's health changed.
    pub(crate) health_changed: Notify,
    /// There is something new about a dialer's lines.
    pub(crate) line_activity: Notify,
    /// Whether the dialers have been read once.
    pub(crate) has_refreshed: watch::Sender<bool>,
    rng: Arc<dyn Rng>,
    pub(crate) cluster: Cluster,
    /// Held while the dialers are being read.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    /// Weights, expected lines and plans of the dialers, as last read.
    pub(crate) polled_config: Mutex<PolledConfig>,
    pub(crate) minutes: Minutes,
    tasks: Mutex<JoinSet<()>>,
}

/// How a login ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedIn {
    /// The agent has a seat, and the phone is being rung.
    Seated(Box<Seated>),
    /// No phone of the list can take the agent.
    NoPhone(Choice),
    /// The agent may not log in.
    Refused(Refusal),
    /// The stored password or the alphabet changed since it was checked: check again.
    CheckAgain,
}

/// A login that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// The session.
    pub session: SessionView,
    /// The key to it, for the agent alone.
    pub key: SessionKey,
    /// How the phone was chosen.
    pub choice: Choice,
}

/// The whole floor at one time.
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
    /// Opens the floor with the sessions that the database has, on the runtime that this is called on. `owner` is whose
    /// calls `watch` has made.
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
        let run_of = owner.to_string();
        let begin = move |tx: &mut dyn FleetTx| {
            tx.begin_run(&run_of)?;
            // What is told from here on is looked at, so the sessions may be newer but not older.
            Ok((tx.last_told()?, tx.open_sessions()?, Minutes::read(tx)?))
        };
        let (last_told, open, minutes) = store.write(begin).await?;
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
        floor.start_tasks(ChangeReader::new(Instant::now(), last_told));
        Ok(floor)
    }

    /// Ends all that the floor does by itself. Sessions and calls stay as they are: the next run goes on with them.
    pub fn close(&self) {
        self.tasks.lock().abort_all();
    }

    /// Runs something in the background until it ends or the floor is closed.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
        let mut tasks = self.tasks.lock();
        while let Some(done) = tasks.try_join_next() {
            if let Err(error) = done.as_ref()
                && error.is_panic()
            {
                tracing::error!(%error, "something on the floor ended by a mistake in Hotdesk");
            }
        }
        tasks.spawn(work)
    }

    /// Does something to its end, even if who asked for it goes away meanwhile: a seat that was reserved must be rung.
    pub(crate) async fn run_to_completion<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, WriteError>> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (done, outcome) = oneshot::channel();
        let work = async move {
            // Who asked may have gone.
            done.send(work.await).ok();
        };
        // What it logs belongs to the request that it is for.
        self.spawn(work.in_current_span());
        outcome.await.map_err(|_| WriteError::Closed)?
    }

    /// Carries out a change of sessions, whose numbers `command` adds to its list, and shows what became of them.
    pub(crate) async fn change<T, F>(&self, command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx, &mut Vec<i64>) -> Result<T, TxError> + Send + 'static,
    {
        self.change_because(None, command).await
    }

    async fn change_because<T, F>(&self, because: Option<Arc<MoveReason>>, mut command: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn FleetTx, &mut Vec<i64>) -> Result<T, TxError> + Send + 'static,
    {
        let revisions = self.cluster.local_revisions();
        let kept_because = because.clone();
        let node = (!self.cluster.is_alone()).then(|| self.cluster.owner().to_string());
        let told =
            because.as_deref().map(|because| NodeMessage::MoveReason(because.clone()).to_json()).unwrap_or_default();
        let (found, sessions) = self
            .store
            .write(move |tx| {
                let mut changed = Vec::new();
                let found = command(tx, &mut changed)?;
                let mut sessions = Vec::with_capacity(changed.len());
                for session_id in changed {
                    let Some(session) = tx.session(session_id)? else { continue };
                    let revision = match &node {
                        Some(node) => tx.tell_change(node, session_id, &told)?,
                        None => revisions.fetch_add(1, Ordering::Relaxed),
                    };
                    sessions.push((revision, session));
                }
                let changed: Vec<_> = sessions.iter().map(|(_, session)| session).collect();
                outbox::keep_sessions(tx, &changed, kept_because.as_deref())?;
                Ok((found, sessions))
            })
            .await?;
        for (revision, session) in sessions {
            let update = SessionUpdate { revision, session, reason: because.clone(), is_own: true };
            self.session_cache.apply(self.store.now(), update);
        }
        Ok(found)
    }

    /// Logs an agent in: reserves a seat, and begins to ring the phone. Does not wait for the answer.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was changed then.
    pub async fn log_in(
        self: &Arc<Self>,
        wanted: LogIn,
        password_check: PasswordCheck,
    ) -> Result<LoggedIn, WriteError> {
        let floor = Arc::clone(self);
        self.run_to_completion(async move { floor.seat(wanted, password_check).await }).await
    }

    async fn seat(self: Arc<Self>, wanted: LogIn, password_check: PasswordCheck) -> Result<LoggedIn, WriteError> {
        let key = SessionKey::new(self.rng.as_ref());
        let digest = key.digest();
        let is_queued = self.options.driver == Driver::Queue;
        let call = if is_queued { String::new() } else { self.cluster.next_call().to_string() };
        let live_status = Arc::clone(&self.dialer_registry);
        let ending = self
            .change(move |tx, changed| {
                let means = LoginContext { live_status: live_status.as_ref(), call: &call, key_digest: &digest };
                let ending = sessions::seat(tx, &wanted, &password_check, &means)?;
                if let LoginOutcome::Seated(seated) = &ending {
                    changed.extend(seated.replaced.as_ref().map(|session| session.session_id));
                    changed.push(seated.seat.session_id);
                    if let Some(call) = seated.seat.call.as_ref().filter(|_| is_queued) {
                        tx.queue_call(call)?;
                    }
                }
                Ok(ending)
            })
            .await?;
        let seated = match ending {
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

    /// Ends a session. Whether it was open.
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

    /// Rings the agent's phone again, wherever it can be rung best; also for a session that ended by itself not long ago.
    /// Whether there was such a session.
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

    /// Puts a session elsewhere because somebody wants so: its new seat, if there is one, and the place that it left, whose
    /// call is still to be hung up.
    pub(crate) async fn move_on_request(
        &self,
        session_id: i64,
        cause: Cause,
        to: To,
        by: Option<Actor>,
    ) -> Result<Option<(Box<Seat>, Option<Place>)>, WriteError> {
        // A call that a cluster's own daemons place has no mark.
        let is_queued = self.options.driver == Driver::Queue;
        let new_call = if is_queued { String::new() } else { self.cluster.next_call().to_string() };
        let wanted = Move { session_id, call: None, cause, failed: None, to, stays: true, may_cost: true, new_call };
        Ok(match self.move_on(wanted, by, ActionGuard::Unconditional).await? {
            Moved::To(seat, left) => Some((seat, left)),
            Moved::Ended(..) | Moved::Stays | Moved::NotWanted => None,
        })
    }

    /// Puts a session elsewhere. A call that it had is still to be hung up, unless the session ended. What a supervisor does
    /// is logged.
    pub(crate) async fn move_on(
        &self,
        wanted: Move,
        by: Option<Actor>,
        guard: ActionGuard,
    ) -> Result<Moved, WriteError> {
        let live_status = Arc::clone(&self.dialer_registry);
        let is_queued = self.options.driver == Driver::Queue;
        let because = self.because(&wanted, by.as_ref()).map(Arc::new);
        let moved = self
            .change_because(because, move |tx, changed| {
                if !guard.permits(tx)? {
                    return Ok(Moved::NotWanted);
                }
                let moved = lifecycle::move_on(tx, &wanted, live_status.as_ref())?;
                if let Moved::To(..) | Moved::Ended(..) = &moved {
                    changed.push(wanted.session_id);
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

    /// Why a session goes elsewhere, for people.
    fn because(&self, wanted: &Move, by: Option<&Actor>) -> Option<MoveReason> {
        let Place { phone_login, server_ip: left, .. } = self.session_cache.session(wanted.session_id)?.place;
        let lost = self.dialer_registry.dialer_view(&left).filter(|_| wanted.cause == Cause::DialerLost);
        let ago = lost.and_then(|dialer| i64::try_from(dialer.unhealthy_for_ms?).ok());
        let lost = ago.map(|ago| Timestamp::from_unix_ms(self.store.now().unix_ms() - ago));
        let (cause, failed) = (wanted.cause, wanted.failed.clone());
        Some(MoveReason { cause, failed, phone_login, left, lost, by: by.map(|by| by.user.clone()) })
    }

    /// Ends the call of a place, if Hotdesk has placed one.
    pub(crate) fn hang_up(&self, place: &Place) {
        if let Some(call) = CallId::read(&place.call)
            && let Some(dialer) = self.dialer_registry.watched(&place.server_ip)
        {
            dialer.hang_up(call);
        }
    }

    /// The nodes on this database.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Every session that is open, every dialer, the alarm, and the last change that all of this has in it already.
    #[must_use]
    pub fn snapshot(&self) -> (Snapshot, EventId) {
        // Asked first: what changes meanwhile is told twice rather than not at all.
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

    /// Tells watchers about a dialer.
    pub(crate) fn publish_dialer(&self, server_ip: &str) {
        if let Some(view) = self.dialer_registry.dialer_view(server_ip) {
            self.session_cache.events.publish(self.store.now(), Change::Dialer(self.with_seats(view)));
        }
    }

    /// The session of this number, if it is open or ended not long ago, with the digest of its key.
    #[must_use]
    pub fn session(&self, session_id: i64) -> Option<(SessionView, String)> {
        self.session_cache.session(session_id).map(|session| (SessionView::from(&session), session.key_digest.clone()))
    }

    /// Waits until the session is over or its phone was answered. `None` if it is over for so long that nobody knows it.
    pub async fn settled(&self, session_id: i64) -> Option<SessionView> {
        let mut more = self.more();
        loop {
            let session = self.session_cache.session(session_id)?;
            if session.state != State::Ringing {
                return Some(SessionView::from(&session));
            }
            // The sender lives as long as `self`.
            more.changed().await.ok()?;
        }
    }

    /// The changes after this one; `None` if not all of them are kept, so that a [`Self::snapshot`] is needed.
    #[must_use]
    pub fn changes_after(&self, id: EventId) -> Option<Vec<Event>> {
        self.session_cache.events.after(id)
    }

    /// The last so many things that happened, the latest first.
    #[must_use]
    pub fn latest(&self, at_most: usize) -> Vec<Event> {
        self.session_cache.events.latest(at_most)
    }

    /// Changes whenever there is a further change.
    #[must_use]
    pub fn more(&self) -> watch::Receiver<u64> {
        self.session_cache.events.more()
    }

    /// Whether the floor is frozen because too many dialers vanished at once.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        *self.alarm.borrow()
    }

    /// How often sessions became `live`, or ended for which reason, since the floor was opened.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<String, u64> {
        self.session_cache.outcome_counts()
    }

    /// Who sees the dialers.
    #[must_use]
    pub fn live_status(&self) -> Arc<dyn sessions::LiveStatus> {
        Arc::clone(&self.dialer_registry) as Arc<dyn sessions::LiveStatus>
    }
}
