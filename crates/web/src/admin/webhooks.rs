//! `/admin/webhooks`: list of webhooks, and the form for a new one.

use std::sync::Arc;

use ::webhooks::{check, new_secret};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::FleetTx;
use fleet::OperationError::{Failed, Refused};
use fleet::webhooks::admin;
use fleet::webhooks::admin::{WebhookRefusal, origin};
use fleet::webhooks::{Topic, Webhook, waiting};

use super::csrf_form::AdminForm;
use super::inputs::{Input, Problems};
use super::messages::{self, Tone};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::{floor, lists, webhook};
use crate::http::fields::Fields;
use crate::{App, html};

#[derive(Template)]
#[template(path = "admin/webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    news: &'static str,
    rows: Vec<WebhookRow>,
}

struct WebhookRow {
    address: String,
    /// URL without its path, which may contain a secret of the receiver.
    origin: String,
    topics: String,
    state: &'static str,
    tone: Tone,
    trouble: Option<String>,
    waiting: String,
}

impl WebhookRow {
    fn of((webhook, waiting): &(Webhook, usize)) -> Self {
        let (state, tone) = messages::webhooks::state(webhook);
        let topics: Vec<&str> = webhook.topics.iter().map(|topic| messages::webhooks::topic(*topic).0).collect();
        Self {
            address: lists::address("/admin/webhook", &[("webhook_id", &webhook.webhook_id.to_string())]),
            origin: origin(&webhook.url),
            topics: topics.join(", "),
            state,
            tone,
            trouble: messages::webhooks::delivery_problem(webhook),
            waiting: messages::webhooks::waiting(*waiting),
        }
    }
}

/// `GET`: the list.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::webhooks::ONLY_ADMINISTRATORS);
    }
    let news = messages::webhooks::news(Fields::of_query(query).get("done"));
    let read = |tx: &mut dyn FleetTx| {
        let mut all = Vec::new();
        for webhook in tx.webhooks()? {
            let waiting = waiting(tx, &webhook)?.len();
            all.push((webhook, waiting));
        }
        Ok(all)
    };
    match app.store.read(read).await {
        Ok(all) => {
            let rows = all.iter().map(WebhookRow::of).collect();
            html::page(StatusCode::OK, &WebhooksPage { frame: Frame::of(&admin_session, Here::Settings), news, rows })
        }
        Err(error) => page::failed(&error.into()),
    }
}

/// A topic with its checkbox.
pub(super) struct TopicTick {
    pub(super) word: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) is_on: bool,
}

/// All topics, with the chosen ones ticked.
pub(super) fn ticks(wanted: &[Topic]) -> Vec<TopicTick> {
    let tick = |topic: Topic| {
        let (label, hint) = messages::webhooks::topic(topic);
        TopicTick { word: topic.word(), label, hint, is_on: wanted.contains(&topic) }
    };
    Topic::ALL.into_iter().map(tick).collect()
}

/// The entered URL and topics, with their problems.
pub(super) struct WebhookForm {
    pub(super) url: String,
    pub(super) topics: Vec<Topic>,
    pub(super) problem: Option<String>,
    pub(super) topics_problem: &'static str,
}

impl WebhookForm {
    /// An empty form.
    fn nothing() -> Self {
        Self { url: String::new(), topics: Topic::ALL.to_vec(), problem: None, topics_problem: "" }
    }

    pub(super) fn read(app: &App, fields: &Fields) -> Self {
        let topics: Vec<Topic> = fields.all("topic").filter_map(Topic::read).collect();
        let checked = check(fields.get("url").trim(), app.dispatcher.networks());
        let topics_problem = if topics.is_empty() { messages::webhooks::NO_TOPIC } else { "" };
        let (url, problem) = match checked {
            Ok(url) => (url.to_string(), None),
            Err(why) => (fields.get("url").to_owned(), Some(messages::webhooks::no_destination(why).to_owned())),
        };
        Self { url, topics, problem, topics_problem }
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.problem.is_some() || !self.topics_problem.is_empty()
    }

    /// The field for the URL.
    pub(super) fn input(&self) -> Input {
        let input = Input::line("url", "URL", &self.url).required().problem(self.problem.clone());
        input.hint("Messages are posted to this URL, e.g. https://receiver.example/hotdesk.")
    }

    /// Message above the form.
    pub(super) fn problems(&self, input: &Input) -> String {
        let written = || floor::written(&Problems::of(messages::webhooks::REFUSED, [input]));
        if self.is_wrong() { written() } else { String::new() }
    }
}

#[derive(Template)]
#[template(path = "admin/webhook_new.html")]
struct NewWebhookPage {
    frame: Frame,
    problem: String,
    problems: String,
    input: Input,
    ticks: Vec<TopicTick>,
    topics_problem: &'static str,
}

/// `GET`: the form for a new webhook.
pub(super) async fn ask(admin_session: AdminSession) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    form(&admin_session, StatusCode::OK, &WebhookForm::nothing(), String::new())
}

fn form(admin_session: &AdminSession, status: StatusCode, typed: &WebhookForm, problem: String) -> Response {
    let (frame, input) = (Frame::of(admin_session, Here::Settings), typed.input());
    let (problems, ticks) = (typed.problems(&input), ticks(&typed.topics));
    let topics_problem = typed.topics_problem;
    html::page(status, &NewWebhookPage { frame, problem, problems, input, ticks, topics_problem })
}

/// `POST`: creates the webhook and shows its secret once.
pub(super) async fn add(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let typed = WebhookForm::read(&app, &fields);
    if typed.is_wrong() {
        return form(&by, StatusCode::UNPROCESSABLE_ENTITY, &typed, String::new());
    }
    let (actor, secret) = (by.actor(), new_secret(app.rng.as_ref()));
    let (url, topics, keeps) = (typed.url.clone(), typed.topics.clone(), secret.clone());
    match app.store.write_or_refuse(move |tx| admin::add(tx, (&url, &topics), &keeps, &actor)).await {
        Ok(made) => webhook::shown(&app, &by, made.webhook_id, webhook::WebhookNotice::Secret(secret)).await,
        Err(Refused(WebhookRefusal::TooMany)) => {
            form(&by, StatusCode::CONFLICT, &typed, messages::webhooks::too_many())
        }
        Err(Refused(_)) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
