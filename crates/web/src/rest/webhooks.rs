//! `/api/v1/webhooks`: webhooks and their deliveries.

mod described;

use std::sync::Arc;

use ::webhooks::{DestinationError, TestError, check, new_secret};
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::{ETAG, IF_MATCH, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::actor::Actor;
use fleet::authorization::Scope;
use fleet::webhooks::admin::{Skip, WebhookInput, WebhookRefusal};
use fleet::webhooks::{Attempt, Outcome, Secret, Topic, Webhook, admin, waiting};
use fleet::{FleetTx, OperationError, Timestamp, TxError};
use serde::{Deserialize, Serialize};
use store::WriteError;
use utoipa::ToSchema;

use super::caller::Caller;
use super::{body, found, messages};
use crate::App;
use crate::http::problem::{Problem, json};
pub(super) use described::describe;

/// Delivery attempts in a list.
const ATTEMPTS: u32 = 100;

/// Extractor for callers that may manage webhooks. A webhook receives every change, so this needs all rights.
pub(super) struct Keeper(Actor);

impl FromRequestParts<Arc<App>> for Keeper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(caller) = Caller::from_request_parts(parts, app).await;
        caller.administer(app, Scope::Webhooks).await.map(Self)
    }
}

/// A webhook, without its secret.
#[derive(Serialize, ToSchema)]
struct View {
    /// Id of the webhook.
    #[schema(minimum = 0)]
    webhook_id: i64,
    /// URL that receives the messages.
    url: String,
    #[schema(schema_with = described::subscribed_topics)]
    topics: Vec<&'static str>,
    /// Whether messages are sent.
    active: bool,
    #[schema(schema_with = described::state)]
    state: &'static str,
    /// Time of its creation.
    #[schema(format = DateTime)]
    created_at: String,
    /// User name of its creator.
    user: String,
    /// Number of waiting events, counted within at most 500 rows of each log.
    waiting: usize,
    /// Failed attempts since the last delivered message.
    failures: u32,
    /// Time of the first of these failed attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    failing_since: Option<String>,
    /// Time of the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    next_attempt_at: Option<String>,
    /// Time until which the previous secret is also used for signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    old_secret_until: Option<String>,
    /// Secret for the signatures: only in the response that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    secret: Option<String>,
}

/// Request to create a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    #[serde(default)]
    #[schema(schema_with = described::url, required = true)]
    url: String,
    #[schema(schema_with = described::requested_topics)]
    topics: Option<Vec<String>>,
}

/// Request to update a webhook. Fields that are left out or null keep their value.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookChange {
    #[schema(schema_with = described::new_url)]
    url: Option<String>,
    #[schema(schema_with = described::requested_topics)]
    topics: Option<Vec<String>>,
    /// Whether messages are sent; true also resumes a webhook that gave up.
    active: Option<bool>,
}

/// Request to skip waiting events.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SkipRequest {
    /// Whether to skip all waiting events; by default only the first.
    all: Option<bool>,
}

impl View {
    fn read(tx: &mut dyn FleetTx, webhook: &Webhook) -> Result<Self, TxError> {
        let waiting = waiting(tx, webhook)?.len();
        let now = tx.now();
        let old = webhook.old_secret.as_ref().filter(|(_, until)| *until > now);
        Ok(Self {
            webhook_id: webhook.webhook_id,
            url: webhook.url.clone(),
            topics: webhook.topics.iter().map(|topic| topic.word()).collect(),
            active: webhook.state == fleet::webhooks::State::Active,
            state: webhook.state.word(),
            created_at: webhook.made.rfc3339(),
            user: webhook.user.clone(),
            waiting,
            failures: webhook.failures,
            failing_since: webhook.failing_since.map(Timestamp::rfc3339),
            next_attempt_at: (webhook.failures > 0).then(|| webhook.next_attempt.rfc3339()),
            old_secret_until: old.map(|(_, until)| until.rfc3339()),
            secret: None,
        })
    }
}

#[derive(Serialize)]
struct Views {
    webhooks: Vec<View>,
}

/// `GET`: all webhooks, of which there are at most 50.
pub(super) async fn list(State(app): State<Arc<App>>, _: Keeper) -> Result<Response, Problem> {
    let read = |tx: &mut dyn FleetTx| {
        let all = tx.webhooks()?;
        all.iter().map(|webhook| View::read(tx, webhook)).collect::<Result<_, _>>()
    };
    Ok(found(&Views { webhooks: app.store.read(read).await? }))
}

/// `POST`: creates a webhook.
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Keeper(by): Keeper,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let NewWebhook { url, topics } = body::read(&headers, &body)?;
    let wanted = checked(&app, Some(url), topics)?;
    let Some(url) = wanted.url else { return Err(messages::no_destination(DestinationError::NoUrl)) };
    let topics = wanted.topics.unwrap_or_else(|| Topic::ALL.to_vec());
    let secret = new_secret(app.rng.as_ref());
    let keeps = secret.clone();
    let webhook = app.store.write_or_refuse(move |tx| admin::add(tx, (&url, &topics), &keeps, &by)).await;
    changed(&app, webhook, StatusCode::CREATED, Some(secret)).await
}

/// `GET`: one webhook.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    _: Keeper,
    Path(webhook_id): Path<String>,
) -> Result<Response, Problem> {
    let webhook = find(&app, &webhook_id).await?;
    shown(&app, webhook, StatusCode::OK, None).await
}

/// `PATCH`: updates the given fields.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Keeper(by): Keeper,
    Path(webhook_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let WebhookChange { url, topics, active } = body::read(&headers, &body)?;
    let wanted = WebhookInput { active, ..checked(&app, url, topics)? };
    let (webhook_id, version) = (number(&webhook_id)?, version(&headers));
    let change = move |tx: &mut dyn FleetTx| admin::change(tx, webhook_id, &wanted, version.as_deref(), &by);
    let webhook = app.store.write_or_refuse(change).await;
    changed(&app, webhook, StatusCode::OK, None).await
}

/// `DELETE`: deletes a webhook.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Keeper(by): Keeper,
    Path(webhook_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (webhook_id, version) = (number(&webhook_id)?, version(&headers));
    match app.store.write_or_refuse(move |tx| admin::delete(tx, webhook_id, version.as_deref(), &by)).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(refused(&app, error).await),
    }
}

/// `POST …/secret`: creates a new secret. The old secret also signs messages for one day.
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    Keeper(by): Keeper,
    Path(webhook_id): Path<String>,
) -> Result<Response, Problem> {
    let (webhook_id, secret) = (number(&webhook_id)?, new_secret(app.rng.as_ref()));
    let keeps = secret.clone();
    let webhook = app.store.write_or_refuse(move |tx| admin::rotate(tx, webhook_id, &keeps, &by)).await;
    changed(&app, webhook, StatusCode::OK, Some(secret)).await
}

/// `POST …/skip`: skips the first waiting event, or all waiting events.
pub(super) async fn skip(
    State(app): State<Arc<App>>,
    Keeper(by): Keeper,
    Path(webhook_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let all = body::read::<SkipRequest>(&headers, &body)?.all;
    let (webhook_id, skip) = (number(&webhook_id)?, if all == Some(true) { Skip::All } else { Skip::First });
    let webhook = app.store.write_or_refuse(move |tx| admin::skip(tx, webhook_id, skip, &by)).await;
    changed(&app, webhook, StatusCode::OK, None).await
}

/// Attempt to deliver a message.
#[derive(Serialize, ToSchema)]
struct AttemptView {
    /// Time of the attempt.
    #[schema(format = DateTime)]
    at: String,
    /// Id of the webhook.
    #[schema(minimum = 0)]
    webhook_id: i64,
    /// Id of the message: the same for every attempt.
    message_id: String,
    /// Type of the event.
    #[serde(rename = "type")]
    kind: String,
    /// Whether the message was delivered.
    delivered: bool,
    /// HTTP status of the receiver's response.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 999, nullable = false)]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = described::failure, required = false)]
    failure: Option<&'static str>,
    /// Duration of the attempt, in milliseconds.
    duration_ms: u32,
}

impl AttemptView {
    fn of(webhook_id: i64, attempt: Attempt) -> Self {
        let (status, failure) = match attempt.outcome {
            Outcome::Answered(status) => (Some(status), None),
            Outcome::Failed(failure) => (None, Some(failure.word())),
        };
        Self {
            at: attempt.at.rfc3339(),
            webhook_id,
            message_id: attempt.message_id,
            kind: attempt.kind,
            delivered: attempt.outcome.has_arrived(),
            status,
            failure,
            duration_ms: attempt.took,
        }
    }
}

#[derive(Serialize)]
struct Attempts {
    deliveries: Vec<AttemptView>,
}

/// `GET …/deliveries`: the last attempts, newest first.
pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    _: Keeper,
    Path(webhook_id): Path<String>,
) -> Result<Response, Problem> {
    let id = find(&app, &webhook_id).await?.webhook_id;
    let attempts = app.store.read(move |tx| tx.attempts(id, ATTEMPTS)).await?;
    Ok(found(&Attempts { deliveries: attempts.into_iter().map(|attempt| AttemptView::of(id, attempt)).collect() }))
}

/// `POST …/test`: sends a message outside the queue, and waits for the result.
pub(super) async fn test(
    State(app): State<Arc<App>>,
    _: Keeper,
    Path(webhook_id): Path<String>,
) -> Result<Response, Problem> {
    let webhook_id = number(&webhook_id)?;
    match app.dispatcher.test(webhook_id, app.rng.as_ref()).await {
        Ok(attempt) => Ok(found(&AttemptView::of(webhook_id, attempt))),
        Err(TestError::NoSuchWebhook) => Err(messages::no_such_webhook()),
        Err(TestError::Read(error)) => Err(error.into()),
        Err(TestError::Write(error)) => Err(error.into()),
    }
}

/// Checks the fields that creating and updating have in common. An empty `url` counts as none.
fn checked(app: &App, url: Option<String>, topics: Option<Vec<String>>) -> Result<WebhookInput, Problem> {
    let url = url.filter(|url| !url.is_empty());
    let url = url.map(|url| check(&url, app.dispatcher.networks()).map_err(messages::no_destination)).transpose()?;
    let parsed = |words: Vec<String>| -> Result<Vec<Topic>, Problem> {
        let topics: Option<Vec<Topic>> = words.iter().map(|word| Topic::read(word)).collect();
        let mut topics = topics.filter(|topics| !topics.is_empty()).ok_or_else(messages::no_topics)?;
        topics.sort();
        topics.dedup();
        Ok(topics)
    };
    let topics = topics.map(parsed).transpose()?;
    Ok(WebhookInput { url: url.map(|url| url.to_string()), topics, active: None })
}

fn number(webhook_id: &str) -> Result<i64, Problem> {
    webhook_id.parse().map_err(|_| messages::no_such_webhook())
}

async fn find(app: &App, webhook_id: &str) -> Result<Webhook, Problem> {
    let webhook_id = number(webhook_id)?;
    let webhook = app.store.read(move |tx| tx.webhook(webhook_id)).await?;
    webhook.ok_or_else(messages::no_such_webhook)
}

/// Version that a change is based on; `None` for any.
fn version(headers: &HeaderMap) -> Option<String> {
    let named = headers.get(IF_MATCH)?.to_str().unwrap_or("?").trim();
    (named != "*").then(|| named.trim_matches('"').to_owned())
}

type ChangeError = OperationError<WebhookRefusal, WriteError>;

/// The reply to a change, with the secret if there is a new one.
async fn changed(
    app: &App,
    outcome: Result<Webhook, ChangeError>,
    status: StatusCode,
    secret: Option<Secret>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(webhook) => shown(app, webhook, status, secret).await,
        Err(error) => Err(refused(app, error).await),
    }
}

/// The problem of a change that was not made. An outdated change gets the current webhook.
async fn refused(app: &App, error: ChangeError) -> Problem {
    match error {
        OperationError::Refused(WebhookRefusal::Outdated(webhook)) => {
            let version = webhook.version();
            match app.store.read(move |tx| View::read(tx, &webhook)).await {
                Ok(view) => messages::webhook_changed(&view).etag(&version),
                Err(error) => error.into(),
            }
        }
        OperationError::Refused(WebhookRefusal::MayNot) => messages::may_not_administer(),
        OperationError::Refused(WebhookRefusal::NoSuchWebhook) => messages::no_such_webhook(),
        OperationError::Refused(WebhookRefusal::TooMany) => messages::too_many_webhooks(),
        OperationError::Failed(error) => error.into(),
    }
}

async fn shown(app: &App, webhook: Webhook, status: StatusCode, secret: Option<Secret>) -> Result<Response, Problem> {
    let tag = format!("\"{}\"", webhook.version());
    let address = format!("/api/v1/webhooks/{}", webhook.webhook_id);
    let mut view = app.store.read(move |tx| View::read(tx, &webhook)).await?;
    view.secret = secret.map(|secret| secret.reveal().to_owned());
    let mut response = json(status, "application/json", &view);
    let headers = response.headers_mut();
    headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
    if status == StatusCode::CREATED {
        headers.extend(HeaderValue::try_from(address).ok().map(|address| (LOCATION, address)));
    }
    Ok(response)
}
