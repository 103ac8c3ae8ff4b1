//! Looks after all subscribers: each has a task, and what the floor shows of dialers is kept for them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleet::sessions::SessionKey;
use fleet::webhooks::{Attempt, Networks};
use fleet::{Rng, Timestamp};
use floor::Floor;
use store::{ReadError, Store, WriteError};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::Settings;
use crate::figures::{Counts, Figures};
use crate::post::{NoPost, Post};
use crate::subscriber::{self, Subscriber};

/// How often there is a look at which subscribers there are.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// How often there is a look at dialers, whatever the floor tells.
const LOOKS_AT_LEAST: Duration = Duration::from_secs(10);

/// How often what the floor told and everybody has is deleted.
const FORGETS_EVERY: Duration = Duration::from_mins(1);

/// Rows that are deleted in one go.
const SLICE: u32 = 500;

/// For how many days what the floor told waits for a subscriber that takes nothing.
const KEPT_DAYS: u32 = 7;

/// What the tasks share.
pub(crate) struct Inner {
    pub(crate) store: Arc<Store>,
    pub(crate) post: Post,
    pub(crate) counts: Counts,
    /// Which run of Hotdesk this is.
    pub(crate) run: String,
    dice: AtomicU32,
}

impl Inner {
    /// A number that is another one each time.
    pub(crate) fn dice(&self) -> u8 {
        self.dice.fetch_add(0x9E37_79B9, Ordering::Relaxed).to_be_bytes()[0]
    }
}

/// Delivers, from [`Courier::open`] on until it is closed.
pub struct Courier {
    inner: Arc<Inner>,
    tasks: Mutex<JoinSet<()>>,
}

/// A test could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Tested {
    /// There is no such subscriber.
    #[error("no such webhook")]
    NoSuchWebhook,
    /// The database failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Courier {
    /// Begins to deliver, on the runtime that this is called on.
    ///
    /// # Errors
    /// [`NoPost`] when there is no way to send anything.
    pub fn open(store: Arc<Store>, floor: Arc<Floor>, settings: &Settings, rng: &dyn Rng) -> Result<Arc<Self>, NoPost> {
        let post = Post::new(settings)?;
        let run = SessionKey::new(rng).digest().chars().take(32).collect();
        let inner = Arc::new(Inner { store, post, counts: Counts::default(), run, dice: AtomicU32::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(look_after(Arc::clone(&inner), Arc::clone(&floor)));
        tasks.spawn(forget(Arc::clone(&inner)));
        tasks.spawn(watch_dialers(floor));
        Ok(Arc::new(Self { inner, tasks: Mutex::new(tasks) }))
    }

    /// Ends all that it does. What is under way is told again by the next run; its hold on subscribers is given up.
    pub async fn close(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        give_up(&self.inner).await;
    }

    /// Where messages may go.
    #[must_use]
    pub fn networks(&self) -> &Networks {
        self.inner.post.networks()
    }

    /// What is counted.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.inner.counts.figures()
    }

    /// Sends a message outside the row, whatever the subscriber's state, and waits for what comes of it.
    ///
    /// # Errors
    /// [`Tested`] when there is nobody to send it to, or the database fails.
    pub async fn test(&self, webhook_id: i64, rng: &dyn Rng) -> Result<Attempt, Tested> {
        let webhook = self.inner.store.read(move |tx| tx.webhook(webhook_id)).await?;
        let webhook = webhook.ok_or(Tested::NoSuchWebhook)?;
        let number: String = SessionKey::new(rng).digest().chars().take(16).collect();
        let at = self.inner.store.now().rfc3339();
        let body = format!(r#"{{"type":"test","timestamp":"{at}","data":{{"webhook_id":{webhook_id}}}}}"#);
        let attempt = subscriber::test(&self.inner, &webhook, format!("test-{number}"), body).await;
        let kept = attempt.clone();
        self.inner.store.write(move |tx| tx.keep_attempt(webhook_id, &kept)).await?;
        Ok(attempt)
    }
}

/// Others need not wait until the hold on subscribers has ended by itself.
async fn give_up(inner: &Inner) {
    let run = inner.run.clone();
    let give_up = move |tx: &mut dyn fleet::FleetTx| {
        for mut webhook in tx.webhooks()?.into_iter().filter(|webhook| webhook.holder == run) {
            webhook.held_until = Timestamp::default();
            tx.update_webhook(&webhook)?;
        }
        Ok(())
    };
    if let Err(error) = inner.store.write(give_up).await {
        tracing::warn!(%error, "webhooks stay held for some seconds");
    }
}

/// Gives each subscriber a task, and starts one again that ended by a mistake. Of several nodes one delivers, so that nothing
/// depends on whether their clocks agree.
async fn look_after(inner: Arc<Inner>, floor: Arc<Floor>) {
    let mut tasks = JoinSet::new();
    let mut served: HashMap<i64, AbortHandle> = HashMap::new();
    let mut time = interval(LOOKS_EVERY);
    time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        time.tick().await;
        while let Some(ended) = tasks.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a webhook's task ended by a mistake in Hotdesk");
            }
        }
        served.retain(|_, task| !task.is_finished());
        if !floor.keeps_house() {
            if !served.is_empty() {
                tasks.shutdown().await;
                served.clear();
                give_up(&inner).await;
            }
            continue;
        }
        match inner.store.read(|tx| tx.webhooks()).await {
            Ok(webhooks) => {
                inner.counts.note(&webhooks);
                for webhook in webhooks {
                    let id = webhook.webhook_id;
                    let serve = || tasks.spawn(Subscriber::new(Arc::clone(&inner), id).serve());
                    served.entry(id).or_insert_with(serve);
                }
            }
            Err(error) => tracing::warn!(%error, "webhooks cannot be looked at"),
        }
    }
}

async fn forget(inner: Arc<Inner>) {
    let mut time = interval(FORGETS_EVERY);
    loop {
        time.tick().await;
        let slice = || inner.store.write(|tx| tx.forget_events(tx.now().days_before(KEPT_DAYS), SLICE));
        let mut deleted = slice().await;
        while matches!(deleted, Ok(rows) if rows >= SLICE as usize) {
            deleted = slice().await;
        }
        if let Err(error) = deleted {
            tracing::warn!(%error, "old events stay until the next look");
        }
    }
}

/// Keeps which dialers are lost and which are well, whenever that changes.
async fn watch_dialers(floor: Arc<Floor>) {
    let mut more = floor.more();
    let mut told: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut time = interval(LOOKS_EVERY);
    time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        time.tick().await;
        let dialers = floor.dialers();
        let health: BTreeMap<String, &'static str> =
            dialers.iter().map(|dialer| (dialer.server_ip.clone(), dialer.health)).collect();
        // Of several nodes one tells; what was told already is in the database.
        if !floor.keeps_house() {
            told.clear();
        } else if health != told {
            match floor.keep_health(dialers).await {
                Ok(()) => told = health,
                Err(error) => {
                    tracing::warn!(%error, "a dialer's health is told later");
                    continue;
                }
            }
        }
        // That this node is to tell now is no change that anybody is told.
        if matches!(timeout(LOOKS_AT_LEAST, more.changed()).await, Ok(Err(_))) {
            return;
        }
    }
}
