//! Ordered delivery to one subscriber: each event is sent after the previous one was delivered.

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

/// Length of a subscriber's lease in milliseconds: longer than an attempt takes.
const LEASE_MS: i64 = 15_000;

/// Milliseconds of the lease that must remain before an attempt, which takes at most 10 s ([`crate::http_client`]).
const MIN_LEASE_LEFT_MS: i64 = 11_000;

/// Rows without events for the subscriber that are skipped before the position is written.
const SKIP_BATCH: i64 = 5000;

/// A subscriber that this run delivers to.
pub(crate) struct Subscriber {
    state: Arc<DispatcherState>,
    webhook_id: i64,
    tails: GapTrackers,
    /// The subscriber's position at the last read, and the position up to which that read found nothing.
    scanned: (Position, Position),
    /// Whether more rows may follow the last read.
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
        Self { state, webhook_id, tails: GapTrackers::default(), scanned: Default::default(), has_more: false }
    }

    /// Delivers until the subscriber is deleted.
    pub(crate) async fn run(mut self) {
        loop {
            match self.deliver_next().await {
                Ok(Some(pause)) => sleep(pause).await,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(webhook = self.webhook_id, %error, "a webhook is delayed because the database failed");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    /// Delivers the present events. Returns the pause before the next read; `None` if the subscriber is deleted.
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
        // Rows that an earlier read skipped are not read again, unless the subscriber's position was changed.
        let (began, reached) = self.scanned;
        let from = if webhook.position == began { reached } else { webhook.position };
        let mut tails = self.tails;
        let position = webhook.position;
        let read_ahead = move |tx: &mut dyn FleetTx| Ok((look_ahead(tx, &webhook, from, &mut tails)?, tails));
        let (ahead, tails) = self.state.store.read(read_ahead).await?;
        self.tails = tails;
        // Until an event is delivered, the next read must return it again.
        let is_exhausted = ahead.events.is_empty();
        self.scanned = (position, if is_exhausted { ahead.position } else { from });
        self.has_more = is_exhausted && ahead.position != from;
        Ok(ahead)
    }

    /// Skips rows without events for the subscriber. Returns the pause before the next read.
    async fn skip_to(&mut self, webhook: Webhook, position: Position) -> Result<Duration, SubscriberError> {
        // The position is stored at intervals, so that the next run need not read all rows again.
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

    /// Leases the subscriber, unless another run holds it or it is not due. Returns its present row.
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

    /// Attempts to deliver an event. Returns the updated subscriber if the next event can follow.
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
        attempted: Webhook,
        position: Position,
        attempt: Attempt,
    ) -> Result<Option<Webhook>, SubscriberError> {
        let (run, jitter, outcome) = (self.state.run.clone(), self.state.jitter.next(), attempt.outcome);
        let settle = move |tx: &mut dyn FleetTx| settle(tx, &attempted, &run, position, &attempt, jitter);
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

/// Records the outcome of an attempt. Returns the updated subscriber; `None` if another run holds it now, or an
/// administrator has changed its destination or position meanwhile.
fn settle(
    tx: &mut dyn FleetTx,
    attempted: &Webhook,
    run: &str,
    position: Position,
    attempt: &Attempt,
    jitter: u16,
) -> Result<Option<Webhook>, TxError> {
    let Some(mut webhook) = tx.webhook(attempted.webhook_id)? else { return Ok(None) };
    tx.store_attempt(webhook.webhook_id, attempt)?;
    // An attempt says nothing about a destination that was changed while it ran.
    let is_same = webhook.url == attempted.url && webhook.position == attempted.position;
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

/// Makes one attempt with a test message, without changing the subscriber.
pub(crate) async fn test(state: &DispatcherState, webhook: &Webhook, message_id: String, body: String) -> Attempt {
    let (at, began) = (state.store.now(), Instant::now());
    let outcome: Outcome = state.http.send(webhook, Message { message_id: &message_id, body }, at).await;
    let took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    Attempt { delivery_id: 0, at, message_id, kind: "test".to_owned(), outcome, took }
}
