//! `/admin/webhook`: one webhook with its settings, actions and last delivery attempts.

use std::sync::Arc;

use ::webhooks::{TestError, new_secret};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::webhooks::admin;
use fleet::webhooks::admin::{Skip, WebhookInput, WebhookRefusal, origin};
use fleet::webhooks::{Attempt, Secret, State as WebhookState, Webhook, waiting};
use fleet::{FleetTx, OperationError, Timestamp, TxError};
use store::WriteError;

use super::confirm::Confirm;
use super::csrf_form::AdminForm;
use super::inputs::Input;
use super::lists;
use super::messages::{self, Tone};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::webhooks::{TopicTick, WebhookForm, ticks};
use crate::http::fields::Fields;
use crate::{App, html};

/// Number of attempts shown.
const ATTEMPTS: u32 = 50;

#[derive(Template)]
#[template(path = "admin/webhook.html")]
struct WebhookPage {
    frame: Frame,
    webhook: Webhook,
    name: String,
    version: String,
    state: &'static str,
    tone: Tone,
    trouble: Option<String>,
    waiting: usize,
    waiting_words: String,
    old_until: Option<String>,
    problem: String,
    problems: String,
    news: String,
    secret: Option<String>,
    input: Input,
    ticks: Vec<TopicTick>,
    topics_problem: &'static str,
    attempts: Vec<DeliveryRow>,
}

struct DeliveryRow {
    at: String,
    kind: String,
    message_id: String,
    outcome: String,
    tone: Tone,
    took: u32,
}

impl DeliveryRow {
    fn of(attempt: &Attempt) -> Self {
        let (outcome, tone) = messages::webhooks::outcome(attempt);
        let Attempt { at, kind, message_id, took, .. } = attempt;
        Self { at: at.stamp(), kind: kind.clone(), message_id: message_id.clone(), outcome, tone, took: *took }
    }
}

/// Message above the page.
pub(super) enum WebhookNotice {
    /// A completed action.
    News(String),
    /// A problem.
    Problem(String),
    /// The entered values with their problems.
    WebhookForm(WebhookForm),
    /// A new secret, shown once.
    Secret(Secret),
}

/// A webhook, its number of waiting events, its attempts and the current time.
type Read = (Webhook, usize, Vec<Attempt>, Timestamp);

fn read(tx: &mut dyn FleetTx, webhook_id: i64) -> Result<Option<Read>, TxError> {
    let Some(webhook) = tx.webhook(webhook_id)? else { return Ok(None) };
    let waiting = waiting(tx, &webhook)?.len();
    let attempts = tx.attempts(webhook_id, ATTEMPTS)?;
    Ok(Some((webhook, waiting, attempts, tx.now())))
}

/// `GET`: the page.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::webhooks::ONLY_ADMINISTRATORS);
    }
    let fields = Fields::of_query(query);
    let news = messages::webhooks::news(fields.get("done")).to_owned();
    shown(&app, &admin_session, number(&fields), WebhookNotice::News(news)).await
}

/// Id of the webhook; an id that never exists if the request has none.
fn number(fields: &Fields) -> i64 {
    fields.get("webhook_id").parse().unwrap_or(0)
}

/// The page with a message above it.
pub(super) async fn shown(app: &App, admin_session: &AdminSession, webhook_id: i64, notice: WebhookNotice) -> Response {
    let (webhook, waiting, attempts, now) = match app.store.read(move |tx| read(tx, webhook_id)).await {
        Ok(Some(found)) => found,
        Ok(None) => return page::message(admin_session, StatusCode::NOT_FOUND, messages::webhooks::NO_SUCH_WEBHOOK),
        Err(error) => return page::failed(&error.into()),
    };
    let status = match &notice {
        WebhookNotice::News(_) | WebhookNotice::Secret(_) => StatusCode::OK,
        WebhookNotice::Problem(_) => StatusCode::CONFLICT,
        WebhookNotice::WebhookForm(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let stored =
        || WebhookForm { url: webhook.url.clone(), topics: webhook.topics.clone(), problem: None, topics_problem: "" };
    let (mut news, mut problem, mut secret) = (String::new(), String::new(), None);
    let typed = match notice {
        WebhookNotice::WebhookForm(typed) => typed,
        WebhookNotice::News(words) => {
            news = words;
            stored()
        }
        WebhookNotice::Problem(words) => {
            problem = words;
            stored()
        }
        WebhookNotice::Secret(new) => {
            secret = Some(new.reveal().to_owned());
            stored()
        }
    };
    let (state, tone) = messages::webhooks::state(&webhook);
    let (input, ticks) = (typed.input(), ticks(&typed.topics));
    let old = webhook.old_secret.as_ref().filter(|(_, until)| *until > now);
    let page = WebhookPage {
        frame: Frame::of(admin_session, Here::Settings),
        name: origin(&webhook.url),
        version: webhook.version(),
        state,
        tone,
        trouble: messages::webhooks::delivery_problem(&webhook),
        waiting,
        waiting_words: messages::webhooks::waiting(waiting),
        old_until: old.map(|(_, until)| until.stamp()),
        problem,
        problems: typed.problems(&input),
        news,
        secret,
        input,
        ticks,
        topics_problem: typed.topics_problem,
        attempts: attempts.iter().map(DeliveryRow::of).collect(),
        webhook,
    };
    html::page(status, &page)
}

/// `POST`: changes the URL and the events.
pub(super) async fn save(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let (id, typed) = (number(&fields), WebhookForm::read(&app, &fields));
    if typed.is_wrong() {
        return shown(&app, &by, id, WebhookNotice::WebhookForm(typed)).await;
    }
    let wanted = WebhookInput { url: Some(typed.url), topics: Some(typed.topics), active: None };
    let (version, actor) = (fields.get("version").to_owned(), by.actor());
    let change = move |tx: &mut dyn FleetTx| admin::change(tx, id, &wanted, Some(&version), &actor);
    let saved = app.store.write_or_refuse(change).await;
    after(&app, &by, id, saved, "saved").await
}

/// `POST …/{act}`: pauses, resumes, tests, skips events, creates a new secret, or deletes.
pub(super) async fn act(State(app): State<Arc<App>>, Path(act): Path<String>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let (id, actor) = (number(&fields), by.actor());
    let active = |active| WebhookInput { active: Some(active), ..WebhookInput::default() };
    let ended = match act.as_str() {
        "pause" => app.store.write_or_refuse(move |tx| admin::change(tx, id, &active(false), None, &actor)).await,
        "resume" => app.store.write_or_refuse(move |tx| admin::change(tx, id, &active(true), None, &actor)).await,
        "skip" => app.store.write_or_refuse(move |tx| admin::skip(tx, id, Skip::First, &actor)).await,
        "skip_all" => app.store.write_or_refuse(move |tx| admin::skip(tx, id, Skip::All, &actor)).await,
        "delete" => app.store.write_or_refuse(move |tx| admin::delete(tx, id, None, &actor)).await,
        "secret" => return rotate(&app, &by, id).await,
        "test" => return test(&app, &by, id).await,
        _ => return page::message(&by, StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE),
    };
    match ended {
        Ok(_) if act == "delete" => {
            (StatusCode::SEE_OTHER, [(LOCATION, "/admin/webhooks?done=deleted")]).into_response()
        }
        ended => after(&app, &by, id, ended, &act).await,
    }
}

/// Redirects to the page, or shows the problem.
async fn after(
    app: &App,
    by: &AdminSession,
    webhook_id: i64,
    ended: Result<Webhook, OperationError<WebhookRefusal, WriteError>>,
    done: &str,
) -> Response {
    match ended {
        Ok(_) => {
            let id = webhook_id.to_string();
            let target = lists::address("/admin/webhook", &[("webhook_id", &id), ("done", done)]);
            (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
        }
        Err(Refused(WebhookRefusal::Outdated(_))) => {
            shown(app, by, webhook_id, WebhookNotice::Problem(messages::webhooks::OUTDATED.to_owned())).await
        }
        Err(Refused(WebhookRefusal::NoSuchWebhook)) => {
            page::message(by, StatusCode::NOT_FOUND, messages::webhooks::NO_SUCH_WEBHOOK)
        }
        Err(Refused(WebhookRefusal::MayNot | WebhookRefusal::TooMany)) => {
            page::message(by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK)
        }
        Err(Failed(error)) => page::failed(&error.into()),
    }
}

async fn rotate(app: &App, by: &AdminSession, webhook_id: i64) -> Response {
    let (secret, actor) = (new_secret(app.rng.as_ref()), by.actor());
    let keeps = secret.clone();
    match app.store.write_or_refuse(move |tx| admin::rotate(tx, webhook_id, &keeps, &actor)).await {
        Ok(_) => shown(app, by, webhook_id, WebhookNotice::Secret(secret)).await,
        refused => after(app, by, webhook_id, refused, "").await,
    }
}

async fn test(app: &App, by: &AdminSession, webhook_id: i64) -> Response {
    let notice = match app.dispatcher.test(webhook_id, app.rng.as_ref()).await {
        Ok(attempt) => match messages::webhooks::tested(&attempt) {
            (words, true) => WebhookNotice::News(words),
            (words, false) => WebhookNotice::Problem(words),
        },
        // The page says that the webhook does not exist.
        Err(TestError::NoSuchWebhook) => WebhookNotice::News(String::new()),
        Err(TestError::Read(error)) => return page::failed(&error.into()),
        Err(TestError::Write(error)) => return page::failed(&error.into()),
    };
    shown(app, by, webhook_id, notice).await
}

/// `GET …/delete`: asks for confirmation.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Path(act): Path<String>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    if act != "delete" {
        return page::message(&admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE);
    }
    let id = number(&Fields::of_query(query));
    match app.store.read(move |tx| tx.webhook(id)).await {
        Ok(Some(webhook)) => Confirm {
            target: "/admin/webhook/delete".to_owned(),
            back: lists::address("/admin/webhook", &[("webhook_id", &id.to_string())]),
            fields: vec![("webhook_id", id.to_string())],
            ..Confirm::of((&admin_session, Here::Settings), messages::webhooks::deleting(&origin(&webhook.url)), "")
        }
        .show(),
        Ok(None) => page::message(&admin_session, StatusCode::NOT_FOUND, messages::webhooks::NO_SUCH_WEBHOOK),
        Err(error) => page::failed(&error.into()),
    }
}
