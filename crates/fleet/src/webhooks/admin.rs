//! Administration of webhooks. Every change is logged without secrets.

use super::{Position, Secret, State, Topic, Webhook, waiting};
use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::authorization::administrator;
use crate::sessions::digest_of;
use crate::{FleetTx, OperationError, Timestamp, TxError};

/// Maximum number of webhooks, since each is polled continuously.
pub const AT_MOST: usize = 50;

/// How long the old secret also signs messages after a rotation, in seconds.
pub const OVERLAP: i64 = 24 * 60 * 60;

/// An administrator's changes to a webhook. `None` leaves a value unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookInput {
    /// The receiver's URL, already validated.
    pub url: Option<String>,
    /// The topics.
    pub topics: Option<Vec<Topic>>,
    /// Whether messages are delivered.
    pub active: Option<bool>,
}

/// The reason why a webhook was not added, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookRefusal {
    /// The actor is not an administrator.
    MayNot,
    /// There is no such webhook.
    NoSuchWebhook,
    /// There are already [`AT_MOST`] webhooks.
    TooMany,
    /// The webhook has changed since the actor saw it; this is the current one.
    Outdated(Box<Webhook>),
}

/// Error of adding, changing or deleting a webhook.
pub type WebhookError = OperationError<WebhookRefusal>;

impl From<WebhookRefusal> for WebhookError {
    fn from(refusal: WebhookRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The events to skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The next event.
    First,
    /// All events until now.
    All,
}

impl Webhook {
    /// Version of the values that an administrator can change.
    #[must_use]
    pub fn version(&self) -> String {
        let Self { url, topics, state, secret, .. } = self;
        let of = format!("{url}\n{topics:?}\n{}\n{}", state.word(), digest_of(secret.reveal()));
        digest_of(&of).chars().take(16).collect()
    }
}

/// Adds a webhook, which receives events from now on.
///
/// # Errors
/// [`WebhookError`]; nothing was written then.
pub fn add(
    tx: &mut dyn FleetTx,
    (url, topics): (&str, &[Topic]),
    secret: &Secret,
    by: &Actor,
) -> Result<Webhook, WebhookError> {
    if administrator(tx, &by.user)?.is_none() {
        return Err(WebhookRefusal::MayNot.into());
    }
    if tx.webhooks()?.len() >= AT_MOST {
        return Err(WebhookRefusal::TooMany.into());
    }
    let now = tx.now();
    let mut webhook = Webhook {
        webhook_id: 0,
        url: url.to_owned(),
        topics: topics.to_vec(),
        state: State::Active,
        secret: secret.clone(),
        old_secret: None,
        made: now,
        user: by.user.clone(),
        position: tx.last_position()?,
        failures: 0,
        failing_since: None,
        next_attempt: now,
        holder: String::new(),
        held_until: Timestamp::default(),
    };
    webhook.webhook_id = tx.add_webhook(&webhook)?;
    log(tx, by, &webhook, AuditAction::Webhook(RowEvent::Add), &format!("{} topics: {}", origin(url), words(topics)))?;
    Ok(webhook)
}

/// Changes a webhook, if it still has this version (`None` for any). A webhook that is activated again continues at its position.
///
/// # Errors
/// [`WebhookError`]; nothing was written then.
pub fn change(
    tx: &mut dyn FleetTx,
    webhook_id: i64,
    wanted: &WebhookInput,
    version: Option<&str>,
    by: &Actor,
) -> Result<Webhook, WebhookError> {
    let before = find(tx, webhook_id, version, by)?;
    let mut after = before.clone();
    if let Some(url) = &wanted.url {
        after.url.clone_from(url);
    }
    if let Some(topics) = &wanted.topics {
        skip_unsubscribed_events(tx, &mut after, topics)?;
        after.topics.clone_from(topics);
    }
    match wanted.active {
        Some(true) => after.state = State::Active,
        Some(false) if after.state == State::Active => after.state = State::Paused,
        _ => {}
    }
    if after == before {
        return Ok(after);
    }
    // The cause of earlier failures may be fixed by this change.
    (after.failures, after.failing_since, after.next_attempt) = (0, None, tx.now());
    tx.update_webhook(&after)?;
    let notes = format!("{} topics: {} state: {}", origin(&after.url), words(&after.topics), after.state.word());
    log(tx, by, &after, AuditAction::Webhook(RowEvent::Modify), &notes)?;
    Ok(after)
}

/// Moves the position to the end of a log that the webhook did not subscribe to before, since its position there is out of date.
fn skip_unsubscribed_events(tx: &mut dyn FleetTx, webhook: &mut Webhook, topics: &[Topic]) -> Result<(), TxError> {
    let (last, after) = (tx.last_position()?, Webhook { topics: topics.to_vec(), ..webhook.clone() });
    if !webhook.wants_changes() && after.wants_changes() {
        webhook.position.admin_log_id = last.admin_log_id;
    }
    if !webhook.wants_events() && after.wants_events() {
        webhook.position.event_id = last.event_id;
    }
    Ok(())
}

/// Rotates a webhook's secret. The old one also signs messages for [`OVERLAP`].
///
/// # Errors
/// [`WebhookError`]; nothing was written then.
pub fn rotate(tx: &mut dyn FleetTx, webhook_id: i64, secret: &Secret, by: &Actor) -> Result<Webhook, WebhookError> {
    let mut webhook = find(tx, webhook_id, None, by)?;
    let old = std::mem::replace(&mut webhook.secret, secret.clone());
    webhook.old_secret = Some((old, tx.now().plus_seconds(OVERLAP)));
    tx.update_webhook(&webhook)?;
    log(tx, by, &webhook, AuditAction::RotateWebhookSecret, "")?;
    Ok(webhook)
}

/// Skips events that a receiver does not accept.
///
/// # Errors
/// [`WebhookError`]; nothing was written then.
pub fn skip(tx: &mut dyn FleetTx, webhook_id: i64, skip: Skip, by: &Actor) -> Result<Webhook, WebhookError> {
    let mut webhook = find(tx, webhook_id, None, by)?;
    webhook.position = match skip {
        Skip::First => waiting(tx, &webhook)?.first().map_or(webhook.position, |first| first.position),
        Skip::All => tx.last_position()?,
    };
    (webhook.failures, webhook.failing_since, webhook.next_attempt) = (0, None, tx.now());
    tx.update_webhook(&webhook)?;
    let Position { admin_log_id, event_id } = webhook.position;
    let notes = format!("continues after: {admin_log_id}, {event_id}");
    log(tx, by, &webhook, AuditAction::SkipWebhookEvents, &notes)?;
    Ok(webhook)
}

/// Deletes a webhook, if it still has this version (`None` for any).
///
/// # Errors
/// [`WebhookError`]; nothing was written then.
pub fn delete(
    tx: &mut dyn FleetTx,
    webhook_id: i64,
    version: Option<&str>,
    by: &Actor,
) -> Result<Webhook, WebhookError> {
    let webhook = find(tx, webhook_id, version, by)?;
    tx.delete_webhook(webhook_id)?;
    log(tx, by, &webhook, AuditAction::Webhook(RowEvent::Delete), &origin(&webhook.url))?;
    Ok(webhook)
}

fn find(tx: &mut dyn FleetTx, webhook_id: i64, version: Option<&str>, by: &Actor) -> Result<Webhook, WebhookError> {
    if administrator(tx, &by.user)?.is_none() {
        return Err(WebhookRefusal::MayNot.into());
    }
    let webhook = tx.webhook(webhook_id)?.ok_or(WebhookRefusal::NoSuchWebhook)?;
    if version.is_some_and(|version| version != webhook.version()) {
        return Err(WebhookRefusal::Outdated(Box::new(webhook)).into());
    }
    Ok(webhook)
}

/// The scheme and host of a URL. The rest may contain a secret of the receiver.
#[must_use]
pub fn origin(url: &str) -> String {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end = url[host_at..].find(['/', '?', '#']).map_or(url.len(), |at| host_at + at);
    url[..end].to_owned()
}

fn words(topics: &[Topic]) -> String {
    topics.iter().map(|topic| topic.word()).collect::<Vec<_>>().join(",")
}

fn log(tx: &mut dyn FleetTx, by: &Actor, webhook: &Webhook, action: AuditAction, notes: &str) -> Result<(), TxError> {
    by.log(tx, action, &webhook.webhook_id.to_string(), notes.to_owned())
}
