//! Telling one subscriber, event after event: the next one goes when the one before has arrived.

use std::sync::Arc;
use std::time::Duration;

use fleet::webhooks::{Attempt, Event, GapTrackers, NextEvents, Outcome, Position, Webhook, look_ahead};
use fleet::{FleetTx, Timestamp, TxError};
use store::{ReadError, WriteError};
use tokio::time::{Instant, sleep};

use crate::courier::Inner;
use crate::post::Message;

/// How often there is a look for something to tell.
const LOOKS_EVERY: Duration = Duration::from_millis(250);

/// How long the database is left alone after it failed.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// For how many milliseconds a run holds a subscriber: longer than an attempt takes.
const HOLDS_FOR: i64 = 15_000;

/// How much of that must be left before an attempt, which takes 10 s at most ([`crate::post`]).
const LEFT_AT_LEAST: i64 = 11_000;

/// So many rows without interest are passed before that is written down.
const PASSES: i64 = 5000;

/// One subscriber, told by this run.
pub(crate) struct Subscriber {
    inner: Arc<Inner>,
    webhook_id: i64,
    tails: GapTrackers,
    /// How far the logs were looked at, and from where on.
    looked: (Position, Position),
    /// Whether there may be more behind what was looked at last.
    has_more: bool,
}

/// Something kept it from going on.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Subscriber {
    pub(crate) fn new(inner: Arc<Inner>, webhook_id: i64) -> Self {
        Self { inner, webhook_id, tails: GapTrackers::default(), looked: Default::default(), has_more: false }
    }

    /// Tells it, until it is there no more.
    pub(crate) async fn serve(mut self) {
        loop {
            match self.go_on().await {
                Ok(Some(pause)) => sleep(pause).await,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(webhook = self.webhook_id, %error, "a webhook waits");
                    sleep(AFTER_TROUBLE).await;
                }
            }
        }
    }

    /// Tells what there is to tell now. How long to wait for more; `None` if it is there no more.
    async fn go_on(&mut self) -> Result<Option<Duration>, Trouble> {
        let webhook_id = self.webhook_id;
        let Some(webhook) = self.inner.store.read(move |tx| tx.webhook(webhook_id)).await? else { return Ok(None) };
        if !webhook.is_due(self.inner.store.now()) {
            return Ok(Some(LOOKS_EVERY));
        }
        let ahead = self.look(webhook.clone()).await?;
        if ahead.events.is_empty() {
            return self.pass(webhook, ahead.position).await.map(Some);
        }
        let mut current = webhook;
        for event in ahead.events {
            let Some(held) = self.hold(current).await? else { return Ok(Some(LOOKS_EVERY)) };
            let Some(after) = self.tell(held, event).await? else { return Ok(Some(LOOKS_EVERY)) };
            current = after;
        }
        Ok(Some(Duration::ZERO))
    }

    /// What is to be told next.
    async fn look(&mut self, webhook: Webhook) -> Result<NextEvents, Trouble> {
        // What was looked at already and is of no interest needs no second look, unless the subscriber was set elsewhere.
        let (began, reached) = self.looked;
        let from = if webhook.position == began { reached } else { webhook.position };
        let mut tails = self.tails;
        let position = webhook.position;
        let look = move |tx: &mut dyn FleetTx| Ok((look_ahead(tx, &webhook, from, &mut tails)?, tails));
        let (ahead, tails) = self.inner.store.read(look).await?;
        self.tails = tails;
        // As long as nothing of it arrives, the same is to be told again.
        let is_over = ahead.events.is_empty();
        self.looked = (position, if is_over { ahead.position } else { from });
        self.has_more = is_over && ahead.position != from;
        Ok(ahead)
    }

    /// Nothing up to here is of interest. How long to wait for more.
    async fn pass(&mut self, webhook: Webhook, position: Position) -> Result<Duration, Trouble> {
        // Written down now and then, so that the next run need not look at all of it again.
        if position.rows_behind(webhook.position) >= PASSES
            && let Some(held) = self.hold(webhook).await?
        {
            let (run, before) = (self.inner.run.clone(), held.position);
            let webhook_id = self.webhook_id;
            let pass = move |tx: &mut dyn FleetTx| {
                let found = tx.webhook(webhook_id)?;
                let Some(mut webhook) = found.filter(|found| found.holder == run && found.position == before) else {
                    return Ok(());
                };
                webhook.position = position;
                tx.update_webhook(&webhook)
            };
            self.inner.store.write(pass).await?;
        }
        Ok(if self.has_more { Duration::ZERO } else { LOOKS_EVERY })
    }

    /// Holds the subscriber, unless another run does, or it is not to be told now. As it is then.
    async fn hold(&self, known: Webhook) -> Result<Option<Webhook>, Trouble> {
        let (run, now) = (self.inner.run.clone(), self.inner.store.now());
        if known.holder == run && known.held_until.unix_ms() - now.unix_ms() >= LEFT_AT_LEAST {
            return Ok(known.is_due(now).then_some(known));
        }
        let webhook_id = self.webhook_id;
        let hold = move |tx: &mut dyn FleetTx| {
            let now = tx.now();
            let Some(mut webhook) = tx.webhook(webhook_id)?.filter(|webhook| webhook.is_due(now)) else {
                return Ok(None);
            };
            if webhook.holder != run && webhook.held_until > now {
                return Ok(None);
            }
            (webhook.holder, webhook.held_until) = (run.clone(), later(now, HOLDS_FOR));
            tx.update_webhook(&webhook)?;
            Ok((webhook.position == known.position).then_some(webhook))
        };
        Ok(self.inner.store.write(hold).await?)
    }

    /// Attempts to deliver an event. The subscriber as it is afterwards, if the next event can follow.
    async fn tell(&self, webhook: Webhook, event: Event) -> Result<Option<Webhook>, Trouble> {
        let (message_id, kind, position) = (event.message_id(), event.kind(), event.position);
        let body = self.inner.store.read(move |tx| event.body(tx)).await?;
        let (at, began) = (self.inner.store.now(), Instant::now());
        let outcome = self.inner.post.send(&webhook, Message { message_id: &message_id, body }, at).await;
        let took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.inner.counts.count(outcome.has_arrived());
        let attempt = Attempt { delivery_id: 0, at, message_id, kind, outcome, took };
        tracing::debug!(webhook = self.webhook_id, id = attempt.message_id, ?outcome, took, "a webhook was told");
        self.settle(webhook, position, attempt).await
    }

    async fn settle(&self, told: Webhook, position: Position, attempt: Attempt) -> Result<Option<Webhook>, Trouble> {
        let (run, dice, outcome) = (self.inner.run.clone(), self.inner.dice(), attempt.outcome);
        let settle = move |tx: &mut dyn FleetTx| settle(tx, &told, &run, position, &attempt, dice);
        let after = self.inner.store.write(settle).await?;
        if let Some(after) = &after
            && !outcome.has_arrived()
        {
            let (failures, state) = (after.failures, after.state.word());
            tracing::info!(webhook = self.webhook_id, ?outcome, failures, state, "a webhook took nothing");
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
    dice: u8,
) -> Result<Option<Webhook>, TxError> {
    let Some(mut webhook) = tx.webhook(told.webhook_id)? else { return Ok(None) };
    tx.keep_attempt(webhook.webhook_id, attempt)?;
    // What was mended while the attempt was under way is not failing because of it.
    let is_same = webhook.url == told.url && webhook.position == told.position;
    if webhook.holder != run || !is_same {
        return Ok(None);
    }
    let now = tx.now();
    webhook.settle(position, attempt.outcome, now, dice);
    webhook.held_until = later(now, HOLDS_FOR);
    tx.update_webhook(&webhook)?;
    Ok(Some(webhook))
}

fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(now.unix_ms() + milliseconds)
}

/// Whether an attempt outside the row arrived, for a test.
pub(crate) async fn test(inner: &Inner, webhook: &Webhook, message_id: String, body: String) -> Attempt {
    let (at, began) = (inner.store.now(), Instant::now());
    let outcome: Outcome = inner.post.send(webhook, Message { message_id: &message_id, body }, at).await;
    let took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    Attempt { delivery_id: 0, at, message_id, kind: "test".to_owned(), outcome, took }
}
