//! Delivery to one subscriber, event after event: the next event is sent when the previous one has arrived.

use std::sync::Arc;
use std::time::Duration;

use fleet::webhooks::{Attempt, Event, GapTrackers, NextEvents, Outcome, Position, Webhook, look_ahead};
use fleet::{FleetTx, Timestamp, TxError};
use store::{ReadError, WriteError};
use tokio::time::{Instant, sleep};

use crate::dispatcher::DispatcherState;
use crate::http_client::Message;

/// Interval between two reads of new events.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// Pause after the database failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Milliseconds for which a run leases a subscriber: longer than an attempt takes.
const LEASE_MS: i64 = 15_000;

/// Milliseconds of the lease that must be left before an attempt, which takes 10 s at most ([`crate::http_client`]).
const MIN_LEASE_LEFT_MS: i64 = 11_000;

/// Rows without events for the subscriber that are skipped before the position is written.
const SKIP_BATCH: i64 = 5000;

/// A subscriber that this run delivers to.
pub(crate) struct Subscriber {
    state: Arc<DispatcherState>,
    webhook_id: i64,
    tails: GapTrackers,
    /// How far the logs were looked at, and from where on.
    looked: (Position, Position),
    /// Whether there may be more behind what was looked at last.
    has_more: bool,
}

/// The database failed during a delivery.
#[derive(Debug, thiserror::Error)]
enum SubscriberError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Subscriber {
    pub(crate) fn new(state: Arc<DispatcherState>, webhook_id: i64) -> Self {
        Self { state, webhook_id, tails: GapTrackers::default(), looked: Default::default(), has_more: false }
    }

    /// Delivers until the subscriber is deleted.
    pub(crate) async fn run(mut self) {
        loop {
            match self.deliver_next().await {
                Ok(Some(pause)) => sleep(pause).await,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(webhook = self.webhook_id, %error, "a webhook waits because the database failed");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    /// Delivers the events that are there. Returns the pause before the next read; `None` if the subscriber is deleted.
    async fn deliver_next(&mut self) -> Result<Option<Duration>, SubscriberError> {
        let webhook_id = self.webhook_id;
        let Some(webhook) = self.state.store.read(move |tx| tx.webhook(webhook_id)).await? else { return Ok(None) };
        if !webhook.is_due(self.state.store.now()) {
            return Ok(Some(POLL_EVERY));
        }
        let ahead = self.next_events(webhook.clone()).await?;
        if ahead.events.is_empty() {
            return self.skip_to(webhook, ahead.position).await.map(Some);
        }
        let mut current = webhook;
        for event in ahead.events {
            let Some(held) = self.acquire(current).await? else { return Ok(Some(POLL_EVERY)) };
            let Some(after) = self.deliver(held, event).await? else { return Ok(Some(POLL_EVERY)) };
            current = after;
        }
        Ok(Some(Duration::ZERO))
    }

    /// Reads the next events.
    async fn next_events(&mut self, webhook: Webhook) -> Result<NextEvents, SubscriberError> {
        // What was looked at already and is of no interest needs no second look, unless the subscriber was set elsewhere.
        let (began, reached) = self.looked;
        let from = if webhook.position == began { reached } else { webhook.position };
        let mut tails = self.tails;
        let position = webhook.position;
        let look = move |tx: &mut dyn FleetTx| Ok((look_ahead(tx, &webhook, from, &mut tails)?, tails));
        let (ahead, tails) = self.state.store.read(look).await?;
        self.tails = tails;
        // As long as nothing of it arrives, the same is to be told again.
        let is_over = ahead.events.is_empty();
        self.looked = (position, if is_over { ahead.position } else { from });
        self.has_more = is_over && ahead.position != from;
        Ok(ahead)
    }

    /// Skips rows without events for the subscriber. Returns the pause before the next read.
    async fn skip_to(&mut self, webhook: Webhook, position: Position) -> Result<Duration, SubscriberError> {
        // Written down now and then, so that the next run need not look at all of it again.
        if position.rows_behind(webhook.position) >= SKIP_BATCH
            && let Some(held) = self.acquire(webhook).await?
        {
            let (run, before) = (self.state.run.clone(), held.position);
            let webhook_id = self.webhook_id;
            let pass = move |tx: &mut dyn FleetTx| {
                let found = tx.webhook(webhook_id)?;
                let Some(mut webhook) = found.filter(|found| found.holder == run && found.position == before) else {
                    return Ok(());
                };
                webhook.position = position;
                tx.update_webhook(&webhook)
            };
            self.state.store.write(pass).await?;
        }
        Ok(if self.has_more { Duration::ZERO } else { POLL_EVERY })
    }

    /// Leases the subscriber, unless another run does or it is not due. Returns it as it is then.
    async fn acquire(&self, known: Webhook) -> Result<Option<Webhook>, SubscriberError> {
        let (run, now) = (self.state.run.clone(), self.state.store.now());
        if known.holder == run && known.held_until.unix_ms() - now.unix_ms() >= MIN_LEASE_LEFT_MS {
            return Ok(known.is_due(now).then_some(known));
        }
        let webhook_id = self.webhook_id;
        let acquire = move |tx: &mut dyn FleetTx| {
            let now = tx.now();
            let Some(mut webhook) = tx.webhook(webhook_id)?.filter(|webhook| webhook.is_due(now)) else {
                return Ok(None);
            };
            if webhook.holder != run && webhook.held_until > now {
                return Ok(None);
            }
            (webhook.holder, webhook.held_until) = (run.clone(), later(now, LEASE_MS));
            tx.update_webhook(&webhook)?;
            Ok((webhook.position == known.position).then_some(webhook))
        };
        Ok(self.state.store.write(acquire).await?)
    }

    /// Attempts to deliver an event. Returns the subscriber as it is afterwards, if the next event can follow.
    async fn deliver(&self, webhook: Webhook, event: Event) -> Result<Option<Webhook>, SubscriberError> {
        let (message_id, kind, position) = (event.message_id(), event.kind(), event.position);
        let body = self.state.store.read(move |tx| event.body(tx)).await?;
        let (at, began) = (self.state.store.now(), Instant::now());
        let outcome = self.state.http.send(&webhook, Message { message_id: &message_id, body }, at).await;
        let took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.state.counters.count(outcome.has_arrived());
        let attempt = Attempt { delivery_id: 0, at, message_id, kind, outcome, took };
        tracing::debug!(webhook = self.webhook_id, id = attempt.message_id, ?outcome, took, "a webhook was sent");
        self.settle(webhook, position, attempt).await
    }

    async fn settle(
        &self,
        told: Webhook,
        position: Position,
        attempt: Attempt,
    ) -> Result<Option<Webhook>, SubscriberError> {
        let (run, jitter, outcome) = (self.state.run.clone(), self.state.jitter.next(), attempt.outcome);
        let settle = move |tx: &mut dyn FleetTx| settle(tx, &told, &run, position, &attempt, jitter);
        let after = self.state.store.write(settle).await?;
        if let Some(after) = &after
            && !outcome.has_arrived()
        {
            let (failures, state) = (after.failures, after.state.word());
            tracing::info!(webhook = self.webhook_id, ?outcome, failures, state, "a webhook was not delivered");
        }
        Ok(after.filter(|_| outcome.has_arrived()))
    }
}

/// Writes down what came of an attempt. The subscriber as it is then; `None` if it is another run's by now, or an
/// administrator has set it elsewhere meanwhile.
fn settle(
    tx: &mut dyn FleetTx,
    told: &Webhook,
    run: &str,
    position: Position,
    attempt: &Attempt,
    jitter: u16,
) -> Result<Option<Webhook>, TxError> {
    let Some(mut webhook) = tx.webhook(told.webhook_id)? else { return Ok(None) };
    tx.keep_attempt(webhook.webhook_id, attempt)?;
    // What was mended while the attempt was under way is not failing because of it.
    let is_same = webhook.url == told.url && webhook.position == told.position;
    if webhook.holder != run || !is_same {
        return Ok(None);
    }
    let now = tx.now();
    webhook.settle(position, attempt.outcome, now, jitter);
    webhook.held_until = later(now, LEASE_MS);
    tx.update_webhook(&webhook)?;
    Ok(Some(webhook))
}

fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(now.unix_ms() + milliseconds)
}

/// Whether an attempt outside the row arrived, for a test.
pub(crate) async fn test(state: &DispatcherState, webhook: &Webhook, message_id: String, body: String) -> Attempt {
    let (at, began) = (state.store.now(), Instant::now());
    let outcome: Outcome = state.http.send(webhook, Message { message_id: &message_id, body }, at).await;
    let took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    Attempt { delivery_id: 0, at, message_id, kind: "test".to_owned(), outcome, took }
}
