//! Dispatcher of webhooks: one task per subscriber, and the recording of dialers' health as events.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use fleet::backoff::Jitter;
use fleet::sessions::SessionKey;
use fleet::webhooks::{Attempt, Networks};
use fleet::{Rng, Timestamp};
use floor::Floor;
use parking_lot::Mutex;
use store::{ReadError, Store, WriteError};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::Settings;
use crate::http_client::{HttpClient, PostError};
use crate::metrics::{Counters, Metrics};
use crate::subscriber::{self, Subscriber};

/// Interval between two reads of the subscribers.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// The longest interval between two reads of the dialers' health.
const POLL_DIALERS_AT_LEAST_EVERY: Duration = Duration::from_secs(10);

/// Interval between two deletions of old events.
const DELETE_EVERY: Duration = Duration::from_mins(1);

/// Row limit of one deletion.
const MAX_ROWS: u32 = 500;

/// Days for which events are kept for a subscriber that cannot be reached.
const RETENTION_DAYS: u32 = 7;

/// State shared by the dispatcher's tasks.
pub(crate) struct DispatcherState {
    pub(crate) store: Arc<Store>,
    pub(crate) http: HttpClient,
    pub(crate) counters: Counters,
    /// Id of this run of Hotdesk.
    pub(crate) run: String,
    pub(crate) jitter: Jitter,
}

/// Delivers webhooks from [`Dispatcher::open`] until it is closed.
pub struct Dispatcher {
    state: Arc<DispatcherState>,
    tasks: Mutex<JoinSet<()>>,
}

/// A test message could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The subscriber does not exist.
    #[error("no such webhook")]
    NoSuchWebhook,
    /// The database failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Dispatcher {
    /// Starts to deliver on the current runtime.
    ///
    /// # Errors
    /// [`PostError`] when no HTTP client can be created.
    pub fn open(
        store: Arc<Store>,
        floor: Arc<Floor>,
        settings: &Settings,
        rng: &dyn Rng,
    ) -> Result<Arc<Self>, PostError> {
        let http = HttpClient::new(settings)?;
        let run = SessionKey::new(rng).digest().chars().take(32).collect();
        let state =
            Arc::new(DispatcherState { store, http, counters: Counters::default(), run, jitter: Jitter::new(rng) });
        let mut tasks = JoinSet::new();
        tasks.spawn(supervise_subscribers(Arc::clone(&state), Arc::clone(&floor)));
        tasks.spawn(delete_old_events(Arc::clone(&state)));
        tasks.spawn(watch_dialers(floor));
        Ok(Arc::new(Self { state, tasks: Mutex::new(tasks) }))
    }

    /// Stops the tasks and releases the subscribers. The next run repeats messages that were in flight.
    pub async fn close(&self) {
        self.tasks.lock().abort_all();
        release_subscribers(&self.state).await;
    }

    /// The networks that messages may go to.
    #[must_use]
    pub fn networks(&self) -> &Networks {
        self.state.http.networks()
    }

    /// The counters at this time.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.state.counters.metrics()
    }

    /// Sends a test message outside the order of events, whatever the subscriber's state, and waits for the outcome.
    ///
    /// # Errors
    /// [`TestError`] when the subscriber does not exist or the database fails.
    pub async fn test(&self, webhook_id: i64, rng: &dyn Rng) -> Result<Attempt, TestError> {
        let webhook = self.state.store.read(move |tx| tx.webhook(webhook_id)).await?;
        let webhook = webhook.ok_or(TestError::NoSuchWebhook)?;
        let number: String = SessionKey::new(rng).digest().chars().take(16).collect();
        let at = self.state.store.now().rfc3339();
        let body = format!(r#"{{"type":"test","timestamp":"{at}","data":{{"webhook_id":{webhook_id}}}}}"#);
        let attempt = subscriber::test(&self.state, &webhook, format!("test-{number}"), body).await;
        let kept = attempt.clone();
        self.state.store.write(move |tx| tx.store_attempt(webhook_id, &kept)).await?;
        Ok(attempt)
    }
}

/// Releases the subscribers, so that other nodes need not wait until this run's lease of them expires.
async fn release_subscribers(state: &DispatcherState) {
    let run = state.run.clone();
    let release = move |tx: &mut dyn fleet::FleetTx| {
        for mut webhook in tx.webhooks()?.into_iter().filter(|webhook| webhook.holder == run) {
            webhook.held_until = Timestamp::default();
            tx.update_webhook(&webhook)?;
        }
        Ok(())
    };
    if let Err(error) = state.store.write(release).await {
        tracing::warn!(%error, "the webhooks' leases were not released; they expire in some seconds");
    }
}

/// Runs a task for each subscriber, and restarts one that panicked. Only the leading node delivers, so that nothing depends on
/// whether the nodes' clocks agree.
async fn supervise_subscribers(state: Arc<DispatcherState>, floor: Arc<Floor>) {
    let mut tasks = JoinSet::new();
    let mut served: HashMap<i64, AbortHandle> = HashMap::new();
    let mut time = interval(POLL_EVERY);
    time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        time.tick().await;
        while let Some(ended) = tasks.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a webhook's task panicked; this is a bug in Hotdesk");
            }
        }
        served.retain(|_, task| !task.is_finished());
        if !floor.cluster().leads_cluster() {
            if !served.is_empty() {
                tasks.shutdown().await;
                served.clear();
                release_subscribers(&state).await;
            }
            continue;
        }
        match state.store.read(|tx| tx.webhooks()).await {
            Ok(webhooks) => {
                state.counters.update_states(&webhooks);
                for webhook in webhooks {
                    let id = webhook.webhook_id;
                    let start = || tasks.spawn(Subscriber::new(Arc::clone(&state), id).run());
                    served.entry(id).or_insert_with(start);
                }
            }
            Err(error) => tracing::warn!(%error, "webhooks cannot be read"),
        }
    }
}

async fn delete_old_events(state: Arc<DispatcherState>) {
    let mut time = interval(DELETE_EVERY);
    loop {
        time.tick().await;
        let delete = || state.store.write(|tx| tx.delete_events(tx.now().days_before(RETENTION_DAYS), MAX_ROWS));
        let mut deleted = delete().await;
        while matches!(deleted, Ok(rows) if rows >= MAX_ROWS as usize) {
            deleted = delete().await;
        }
        if let Err(error) = deleted {
            tracing::warn!(%error, "old events were not deleted; trying again later");
        }
    }
}

/// Records the health of dialers whenever it changes.
async fn watch_dialers(floor: Arc<Floor>) {
    let mut events = floor.subscribe();
    let mut recorded: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut time = interval(POLL_EVERY);
    time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        time.tick().await;
        let dialers = floor.dialers();
        let health: BTreeMap<String, &'static str> =
            dialers.iter().map(|dialer| (dialer.server_ip.clone(), dialer.health)).collect();
        // Only the leading node records. The database has the previously recorded states.
        if !floor.cluster().leads_cluster() {
            recorded.clear();
        } else if health != recorded {
            match floor.store_health_events(dialers).await {
                Ok(()) => recorded = health,
                Err(error) => {
                    tracing::warn!(%error, "the dialers' health was not recorded; trying again");
                    continue;
                }
            }
        }
        // The timeout is needed because becoming the leader causes no event.
        if matches!(timeout(POLL_DIALERS_AT_LEAST_EVERY, events.changed()).await, Ok(Err(_))) {
            return;
        }
    }
}
