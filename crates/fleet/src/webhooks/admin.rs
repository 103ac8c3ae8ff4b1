//! Subscribers as administrators keep them. Each change has its row of the admin log; no secret is in any.

use super::{Position, Secret, State, Topic, Webhook, waiting};
use crate::actor::Actor;
use crate::audit_log::{AuditAction, RowEvent};
use crate::authorization::administrator;
use crate::sessions::digest_of;
use crate::{FleetTx, OperationError, Timestamp, TxError};

/// How many there can be: each is looked after all the time.
pub const AT_MOST: usize = 50;

/// For how many seconds the old secret signs beside a new one.
pub const OVERLAP: i64 = 24 * 60 * 60;

/// What an administrator wants of a subscriber. `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookInput {
    /// Where its messages go, checked already.
    pub url: Option<String>,
    /// What it is told of.
    pub topics: Option<Vec<Topic>>,
    /// Whether it is told anything.
    pub active: Option<bool>,
}

/// Why a subscriber was not added, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookRefusal {
    /// The actor is not an administrator.
    MayNot,
    /// There is no such subscriber.
    NoSuchWebhook,
    /// There are [`AT_MOST`] already.
    TooMany,
    /// The subscriber has changed since the actor read it. This is its current state.
    Outdated(Box<Webhook>),
}

/// Error of adding, changing or deleting a subscriber.
pub type WebhookError = OperationError<WebhookRefusal>;

impl From<WebhookRefusal> for WebhookError {
    fn from(refusal: WebhookRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The event that is first in the row.
    First,
    /// All that has happened until now.
    All,
}

impl Webhook {
    /// Stands for what an administrator can change.
    #[must_use]
    pub fn version(&self) -> String {
        let Self { url, topics, state, secret, .. } = self;
        let of = format!("{url}\n{topics:?}\n{}\n{}", state.word(), digest_of(secret.reveal()));
        digest_of(&of).chars().take(16).collect()
    }
}

/// Adds a subscriber, which is told of what happens from now on.
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

/// Changes a subscriber that is still of this version, if one is named. One that was told no more and is active again is
/// told on from where it was.
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
        pass_what_was_not_wanted(tx, &mut after, topics)?;
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
    // What kept it from taking anything may be mended now.
    (after.failures, after.failing_since, after.next_attempt) = (0, None, tx.now());
    tx.update_webhook(&after)?;
    let notes = format!("{} topics: {} state: {}", origin(&after.url), words(&after.topics), after.state.word());
    log(tx, by, &after, AuditAction::Webhook(RowEvent::Modify), &notes)?;
    Ok(after)
}

/// A log of which nothing was wanted begins now: its place there is an old one.
fn pass_what_was_not_wanted(tx: &mut dyn FleetTx, webhook: &mut Webhook, topics: &[Topic]) -> Result<(), TxError> {
    let (last, after) = (tx.last_position()?, Webhook { topics: topics.to_vec(), ..webhook.clone() });
    if !webhook.wants_changes() && after.wants_changes() {
        webhook.position.admin_log_id = last.admin_log_id;
    }
    if !webhook.wants_events() && after.wants_events() {
        webhook.position.event_id = last.event_id;
    }
    Ok(())
}

/// Gives a subscriber another secret; the one that it has signs beside it for [`OVERLAP`].
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

/// Passes over events that a subscriber does not take. The first one only if it still is the first.
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
    let notes = format!("goes on behind: {admin_log_id}, {event_id}");
    log(tx, by, &webhook, AuditAction::SkipWebhookEvents, &notes)?;
    Ok(webhook)
}

/// Deletes a subscriber that is still of this version, if one is named.
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

/// The beginning of an address: what comes behind the host may be a secret of the receiver's.
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
