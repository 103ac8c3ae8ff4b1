//! `/admin/dialer`: one dialer with its settings and scheduled drains; `/admin/dialers/new`: the form for a new dialer.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::Timestamp;
use fleet::dialers::planned_drains::Plan;
use fleet::dialers::save::{Dialer, FIELDS, SaveDialer};
use fleet::save::{InvalidKey, SaveRefusal};

use super::csrf_form::AdminForm;
use super::inputs::{Input, InputKind, Problems};
use super::messages::{self, Tone};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::{dialers, lists};
use crate::http::fields::Fields;
use crate::{App, dialer_files, html};

/// Number of scheduled actions shown, open or done.
const PLANS: u32 = 20;

/// A scheduled action, as shown.
struct PlanRow {
    plan_id: i64,
    words: String,
    outcome: String,
    is_open: bool,
}

impl PlanRow {
    fn of(plan: &Plan, now: Timestamp) -> Self {
        let is_open = plan.done.is_empty();
        let outcome = if is_open { String::new() } else { messages::dialers::outcome(plan) };
        Self { plan_id: plan.plan_id, words: messages::dialers::plan(plan, now), outcome, is_open }
    }
}

/// Details of a stored dialer.
struct DialerDetails {
    server_ip: String,
    name: String,
    version: String,
    card: String,
    health: &'static str,
    tone: Tone,
    why: Option<&'static str>,
    /// VICIdial's AMI connection, for fields that are empty here.
    otherwise: String,
    /// State of its configuration files, if Hotdesk writes them.
    files: Option<(String, Tone)>,
    plans: Vec<PlanRow>,
    times: Vec<Input>,
    now: String,
}

#[derive(Template)]
#[template(path = "admin/dialer.html")]
struct DialerPage {
    frame: Frame,
    /// `None` for a new dialer.
    known: Option<DialerDetails>,
    inputs: Vec<Input>,
    problems: String,
    may_change: bool,
    news: String,
}

/// Content of the page besides the stored values.
#[derive(Default)]
pub(super) struct DialerPageState {
    pub(super) server_ip: String,
    /// Name of the change that has just been made.
    pub(super) done: String,
    /// Entered values that were not saved.
    pub(super) typed: Option<Vec<(&'static str, String)>>,
    pub(super) invalid: Vec<InvalidKey>,
    pub(super) is_outdated: bool,
    /// Entered times of a drain (from, until), the name of the wrong field and its problem.
    pub(super) times: Option<([String; 2], &'static str, String)>,
}

/// `GET`: the dialer.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let [server_ip, done] = ["server_ip", "done"].map(|name| fields.get(name).to_owned());
    let asked = DialerPageState { server_ip, done, ..DialerPageState::default() };
    page_of(&app, &admin_session, asked).await
}

/// The page of a dialer.
pub(super) async fn page_of(app: &App, admin_session: &AdminSession, asked: DialerPageState) -> Response {
    let ip = asked.server_ip.clone();
    let found = app.store.read(move |tx| {
        let dialers = Dialer::all(tx)?;
        let plans = tx.plans_of(&ip, PLANS)?;
        Ok((dialers, plans))
    });
    let (dialers, plans) = match found.await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let dialer = dialers.iter().find(|dialer| fleet::name::same(dialer.server_ip(), &asked.server_ip));
    let Some(dialer) = dialer else {
        return page::message(admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_DIALER);
    };
    let standing = match dialer_files::standing(app, dialer.server_ip()).await {
        Ok(standing) => standing,
        Err(error) => return page::failed(&error.into()),
    };
    let now = app.store.now();
    let view = app.floor.dialer(dialer.server_ip());
    let (health, tone) = messages::health(view.as_ref().map_or("", |view| view.health));
    let known = DialerDetails {
        server_ip: dialer.server_ip().to_owned(),
        name: Some(dialer.value("server_id")).filter(|name| !name.is_empty()).unwrap_or(dialer.server_ip()).to_owned(),
        version: dialer.version(),
        card: dialers::card(dialer.server_ip()),
        health,
        tone,
        why: view.as_ref().and_then(|view| view.trouble).map(messages::floor::dialer_problem),
        otherwise: messages::dialers::otherwise(dialer),
        files: standing.map(|standing| messages::dialers::files(&standing, now)),
        plans: plans.iter().map(|plan| PlanRow::of(plan, now)).collect(),
        times: times(asked.times.as_ref()),
        now: now.stamp().get(..16).unwrap_or_default().to_owned(),
    };
    let inputs = inputs(Some(dialer), &dialers, &asked);
    let status = match (asked.is_outdated, asked.invalid.is_empty() && asked.times.is_none()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    let problems = problems(&inputs, &known.times, asked.is_outdated);
    let (frame, may_change) = (Frame::of(admin_session, Here::Dialers), admin_session.may_change());
    let news = messages::dialers::news(&asked.done, &plans, now);
    html::page(status, &DialerPage { frame, known: Some(known), inputs, problems, may_change, news })
}

/// Message above the form, if any field has a problem.
fn problems(inputs: &[Input], times: &[Input], is_outdated: bool) -> String {
    let words = if is_outdated { messages::dialers::OUTDATED } else { messages::dialers::WRONG };
    let problems = Problems::of(words, inputs.iter().chain(times));
    if problems.fields.is_empty() && !is_outdated { String::new() } else { super::floor::written(&problems) }
}

/// Fields for scheduling a drain.
fn times(typed: Option<&([String; 2], &'static str, String)>) -> Vec<Input> {
    let field = |place: usize, name, label, hint| {
        let value = typed.map(|(values, ..)| values[place].clone()).unwrap_or_default();
        let problem = typed.filter(|(_, wrong, _)| *wrong == name).map(|(.., words)| words.clone());
        Input::new(name, label, InputKind::Time, value).hint(hint).problem(problem)
    };
    vec![
        field(0, "from", "From (UTC)", "").required(),
        field(1, "until", "Until (UTC)", "Leave empty to drain until someone lets it take agents again."),
    ]
}

/// Fields of a dialer.
fn inputs(dialer: Option<&Dialer>, all: &[Dialer], asked: &DialerPageState) -> Vec<Input> {
    let choice = |pairs: &[(&str, &str)]| {
        InputKind::Choice(pairs.iter().map(|(sent, words)| ((*sent).to_owned(), (*words).to_owned())).collect())
    };
    let mut twins = vec![(String::new(), "None".to_owned())];
    let others = all.iter().filter(|other| dialer.is_none_or(|own| own.server_ip() != other.server_ip()));
    twins.extend(others.map(|other| (other.server_ip().to_owned(), messages::dialers::title(other))));
    let stored = |field: &'static str| match dialer {
        Some(dialer) => dialer.value(field).to_owned(),
        None => messages::dialers::default_of(field).to_owned(),
    };
    if !twins.iter().any(|(sent, _)| *sent == stored("active_twin_server_ip")) {
        twins.push((stored("active_twin_server_ip"), stored("active_twin_server_ip")));
    }
    let has_secret = dialer.is_some_and(|dialer| dialer.has_secret);
    let address = dialer.is_none().then_some("server_ip");
    let fields = address.into_iter().chain(FIELDS);
    let input = |field: &'static str| {
        let (label, hint) = messages::dialers::field(field, has_secret);
        let kind = match field {
            "active" | "active_agent_login_server" => choice(&[("Y", "Yes"), ("N", "No")]),
            "ami_tls" => choice(&[("N", "No"), ("Y", "Yes")]),
            "conf_engine" => choice(&[("MEETME", "MeetMe"), ("CONFBRIDGE", "ConfBridge")]),
            "active_twin_server_ip" => InputKind::Choice(twins.clone()),
            "ami_secret" => InputKind::Secret,
            _ => InputKind::Line,
        };
        let typed = asked.typed.as_ref().and_then(|typed| typed.iter().find(|(name, _)| *name == field));
        let value = typed.map_or_else(|| stored(field), |(_, typed)| typed.clone());
        let differs = asked.is_outdated && kind != InputKind::Secret && value != stored(field);
        let problem = asked.invalid.iter().find(|invalid| invalid.key == field);
        let problem = problem.map(|invalid| messages::dialers::fault(&invalid.fault));
        let theirs = differs.then(|| messages::dialers::shown(&kind, &stored(field)));
        let input = match kind {
            InputKind::Line => Input::line(field, label, value),
            InputKind::Secret => Input::secret(field, label),
            kind => Input::new(field, label, kind, value),
        };
        let input = input.hint(hint).problem(problem).theirs(theirs);
        if field == "server_ip" { input.required() } else { input }
    };
    fields.map(input).collect()
}

/// Values of the form.
fn typed(fields: &Fields) -> Vec<(&'static str, String)> {
    // Only a secret may begin or end with a space.
    let value = |field| if field == "ami_secret" { fields.get(field) } else { fields.get(field).trim() };
    FIELDS.map(|field| (field, value(field).to_owned())).into()
}

/// `POST`: saves the dialer.
pub(super) async fn save(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let server_ip = fields.get("server_ip").to_owned();
    let (version, values) = (Some(fields.get("version").to_owned()), typed(&fields));
    let save = SaveDialer { server_ip: server_ip.clone(), values: values.clone(), version, actor: by.actor() };
    let asked = DialerPageState { server_ip, typed: Some(values), ..DialerPageState::default() };
    match app.store.write_or_refuse(move |tx| save.execute(tx)).await {
        Ok(server_ip) => saved(&app, &server_ip).await,
        Err(Refused(SaveRefusal::NotFound)) => page::message(&by, StatusCode::NOT_FOUND, messages::NO_SUCH_DIALER),
        Err(Refused(SaveRefusal::Invalid(invalid))) => page_of(&app, &by, DialerPageState { invalid, ..asked }).await,
        Err(Refused(SaveRefusal::Stale { .. })) => {
            page_of(&app, &by, DialerPageState { is_outdated: true, ..asked }).await
        }
        Err(Refused(_)) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}

/// Redirects to the dialer, after the floor has loaded it.
async fn saved(app: &Arc<App>, server_ip: &str) -> Response {
    app.floor.refresh_dialers().await;
    let target = lists::address("/admin/dialer", &[("server_ip", server_ip), ("done", "saved")]);
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

/// `GET`: the form of a new dialer.
pub(super) async fn ask_for_new(State(app): State<Arc<App>>, admin_session: AdminSession) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    new_page(&app, &admin_session, &DialerPageState::default()).await
}

async fn new_page(app: &App, admin_session: &AdminSession, asked: &DialerPageState) -> Response {
    let all = match app.store.read(|tx| Dialer::all(tx)).await {
        Ok(all) => all,
        Err(error) => return page::failed(&error.into()),
    };
    let inputs = inputs(None, &all, asked);
    let problems = problems(&inputs, &[], false);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let frame = Frame::of(admin_session, Here::Dialers);
    html::page(status, &DialerPage { frame, known: None, inputs, problems, may_change: true, news: String::new() })
}

/// `POST`: adds a dialer.
pub(super) async fn add(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let server_ip = fields.get("server_ip").trim().to_owned();
    let mut values = typed(&fields);
    let save = SaveDialer { server_ip: server_ip.clone(), values: values.clone(), version: None, actor: by.actor() };
    values.push(("server_ip", server_ip));
    match app.store.write_or_refuse(move |tx| save.execute(tx)).await {
        Ok(server_ip) => saved(&app, &server_ip).await,
        Err(Refused(SaveRefusal::Invalid(invalid))) => {
            new_page(&app, &by, &DialerPageState { typed: Some(values), invalid, ..DialerPageState::default() }).await
        }
        Err(Refused(_)) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
