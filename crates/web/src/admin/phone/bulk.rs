//! `/admin/phones/bulk`: creates many phones at once. The form leads to a preview of every phone and alias with its conflicts and
//! to the choice of passwords; then one transaction creates all of them or none.

mod created;
mod request;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use fleet::OperationError::{Failed, Refused};
use fleet::TxError;
use fleet::phones::bulk::{BulkOutcome, SECRETS};
use fleet::phones::rules::{new_phone, read_some};
use fleet::phones::{BulkPlan, Choices, InvalidPhoneField};
use fleet::schema::{Row, Table};

use super::super::csrf_form::AdminForm;
use super::super::inputs::Input;
use super::super::messages::{self, phones as words};
use super::super::page::{self, Frame, Here};
use super::super::session::AdminSession;
use super::form::{self, FieldGroup, FieldsHtml, Purpose};
use crate::http::fields::Fields;
use crate::{App, html};
use request::{BulkRequest, DialerTick};

/// Maximum number of rows in a preview. Rows with conflicts come first.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "admin/phones/bulk.html")]
struct BulkPage<'a> {
    frame: Frame,
    extensions: &'a Input,
    alias_suffix: &'a Input,
    dialers: &'a [DialerTick],
    dialers_problem: Option<String>,
    fields: FieldsHtml<'a>,
    problems: &'a str,
    at_most: String,
}

/// `GET`: the form.
pub(in super::super) async fn ask(State(app): State<Arc<App>>, admin_session: AdminSession) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    match choices(&app).await {
        Ok(choices) => ask_page(&admin_session, &BulkRequest::blank(&choices), &choices, BulkProblems::default()),
        Err(response) => response,
    }
}

async fn choices(app: &App) -> Result<Choices, Response> {
    app.store.read(|tx| tx.phone_choices()).await.map_err(|error| page::failed(&error.into()))
}

/// Problems of the request as a whole.
#[derive(Default)]
pub(super) struct BulkProblems {
    extensions: Option<String>,
    alias_suffix: Option<String>,
    dialers: Option<String>,
    common: Vec<InvalidPhoneField>,
}

impl BulkProblems {
    fn is_refused(&self) -> bool {
        let problems = [&self.extensions, &self.alias_suffix, &self.dialers];
        problems.into_iter().any(Option::is_some) || !self.common.is_empty()
    }
}

fn ask_page(admin_session: &AdminSession, wanted: &BulkRequest, choices: &Choices, refused: BulkProblems) -> Response {
    let is_refused = refused.is_refused();
    let mut groups = form::groups(Purpose::Bulk, &wanted.common, choices);
    form::put(refused.common.into_iter().map(Into::into).collect(), &mut groups);
    let extensions = Input::line("extensions", "Extensions", wanted.extensions.clone())
        .hint("Ranges and single extensions, e.g. 101-103, 110.")
        .required()
        .problem(refused.extensions);
    let alias_suffix = Input::line("alias_suffix", "Alias suffix", wanted.alias_suffix.clone())
        .hint("x creates alias 101x for the phones 101a, 101b and 101c. Leave empty for no aliases.")
        .problem(refused.alias_suffix);
    let own = FieldGroup { title: "", is_folded: false, inputs: vec![extensions, alias_suffix] };
    groups.insert(0, own);
    let problems = if is_refused { form::problems(words::NOT_YET, &groups) } else { String::new() };
    let [extensions, alias_suffix] = groups[0].inputs.as_slice() else {
        return page::message(admin_session, StatusCode::INTERNAL_SERVER_ERROR, messages::FAILED);
    };
    let page = BulkPage {
        frame: Frame::of(admin_session, Here::Phones),
        extensions,
        alias_suffix,
        dialers: &wanted.dialers,
        dialers_problem: refused.dialers,
        fields: FieldsHtml { groups: &groups[1..] },
        problems: &problems,
        at_most: words::too_many(),
    };
    html::page(if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

#[derive(Template)]
#[template(path = "admin/phones/preview.html")]
struct PreviewPage {
    frame: Frame,
    counted: String,
    conflicts: usize,
    hidden: Vec<(String, String)>,
    phones: Vec<PlannedPhoneRow>,
    aliases: Vec<PlannedAliasRow>,
    phones_in_all: usize,
    aliases_in_all: usize,
    is_random: bool,
    secrets: [Input; 2],
    problems: String,
}

struct PlannedPhoneRow {
    login: String,
    extension: String,
    dialer: String,
    name: String,
    wrong: Vec<String>,
}

struct PlannedAliasRow {
    alias_id: String,
    logins: String,
    wrong: Vec<String>,
}

/// `POST`: the preview of every phone and alias.
pub(in super::super) async fn preview(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let choices = match choices(&app).await {
        Ok(choices) => choices,
        Err(response) => return response,
    };
    let wanted = BulkRequest::read(&fields, &choices);
    if fields.is_ticked("again") {
        return ask_page(&by, &wanted, &choices, BulkProblems::default());
    }
    let mut plan = match wanted.plan(app.alphabet()) {
        Ok(plan) => plan,
        Err(refused) => return ask_page(&by, &wanted, &choices, refused),
    };
    let needs_seen = app.floor.live_status().rules().registered_members;
    let looked = app.store.read(move |tx| {
        plan.look(tx, needs_seen)?;
        Ok::<_, TxError>(plan)
    });
    match looked.await {
        Ok(plan) => preview_page(&by, &wanted, &choices, &plan, &Passwords::asked()),
        Err(error) => page::failed(&error.into()),
    }
}

/// State of the choice of passwords.
struct Passwords {
    is_random: bool,
    wrong: Vec<InvalidPhoneField>,
    status: StatusCode,
    words: &'static str,
}

impl Passwords {
    fn asked() -> Self {
        Self { is_random: true, wrong: Vec::new(), status: StatusCode::OK, words: "" }
    }
}

fn preview_page(
    admin_session: &AdminSession,
    wanted: &BulkRequest,
    choices: &Choices,
    plan: &BulkPlan,
    passwords: &Passwords,
) -> Response {
    let faults = |wrong: &[InvalidPhoneField]| {
        wrong.iter().map(|wrong| crate::messages::phones::fault(&wrong.fault)).collect::<Vec<_>>()
    };
    let mut phones: Vec<_> = plan.phones.iter().collect();
    let mut aliases: Vec<_> = plan.aliases.iter().collect();
    phones.sort_by_key(|planned| planned.wrong.is_empty());
    aliases.sort_by_key(|planned| planned.wrong.is_empty());
    let phone = |planned: &fleet::phones::bulk::PlannedPhone| PlannedPhoneRow {
        login: planned.phone.login.clone(),
        extension: planned.phone.extension.clone(),
        dialer: words::dialer(choices, &planned.phone.server_ip),
        name: planned.phone.fullname.clone(),
        wrong: faults(&planned.wrong),
    };
    let alias = |planned: &fleet::phones::bulk::PlannedAlias| PlannedAliasRow {
        alias_id: planned.alias.alias_id.clone(),
        logins: planned.alias.logins_list.clone(),
        wrong: faults(&planned.wrong),
    };
    let empty = Row::new(Table::Phone);
    let secret = |name: &'static str| {
        let wrong = passwords.wrong.iter().find(|wrong| wrong.key == name);
        let input = form::input(Purpose::Bulk, name, empty.text(name), choices);
        input
            .unwrap_or_else(|| Input::secret(name, name))
            .problem(wrong.map(|wrong| crate::messages::phones::fault(&wrong.fault)))
    };
    let group = FieldGroup { title: "", is_folded: false, inputs: SECRETS.map(secret).into() };
    let problems = if passwords.words.is_empty() { String::new() } else { form::problems(passwords.words, &[group]) };
    let page = PreviewPage {
        frame: Frame::of(admin_session, Here::Phones),
        counted: words::counted(plan.phones.len(), plan.aliases.len()),
        conflicts: plan.conflicts(),
        hidden: wanted.hidden(),
        phones: phones.into_iter().take(SHOWN).map(phone).collect(),
        aliases: aliases.into_iter().take(SHOWN).map(alias).collect(),
        phones_in_all: plan.phones.len(),
        aliases_in_all: plan.aliases.len(),
        is_random: passwords.is_random,
        secrets: SECRETS.map(secret),
        problems,
    };
    html::page(passwords.status, &page)
}

/// `POST`: creates all phones and aliases, or none.
pub(in super::super) async fn make(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let choices = match choices(&app).await {
        Ok(choices) => choices,
        Err(response) => return response,
    };
    let wanted = BulkRequest::read(&fields, &choices);
    let mut plan = match wanted.plan(app.alphabet()) {
        Ok(plan) => plan,
        Err(refused) => return ask_page(&by, &wanted, &choices, refused),
    };
    let is_random = fields.get("passwords") == "random";
    if is_random && SECRETS.iter().any(|name| fields.is_ticked(name)) {
        let (status, words) = (StatusCode::UNPROCESSABLE_ENTITY, words::TYPED_AND_RANDOM);
        let asked = Passwords { is_random, wrong: Vec::new(), status, words };
        return preview_page(&by, &wanted, &choices, &plan, &asked);
    }
    if is_random {
        plan.set_random_passwords(app.rng.as_ref());
    } else if let Err(wrong) = give_typed(&mut plan, &app, &fields) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let words = if fields.get("passwords").is_empty() { words::NO_PASSWORDS } else { words::NOT_YET };
        return preview_page(&by, &wanted, &choices, &plan, &Passwords { is_random, wrong, status, words });
    }
    let needs_seen = app.floor.live_status().rules().registered_members;
    let (actor, writing) = (by.actor(), plan.clone());
    match app.store.write_or_refuse(move |tx| writing.execute(tx, &actor, needs_seen)).await {
        Ok(BulkOutcome::Done) => created::answer(&by, &choices, &plan, is_random, fields.get("as") == "csv"),
        Ok(BulkOutcome::Conflicts(plan)) => {
            let (status, words) = (StatusCode::CONFLICT, words::IN_THE_WAY);
            preview_page(&by, &wanted, &choices, &plan, &Passwords { is_random, wrong: Vec::new(), status, words })
        }
        Err(Refused(_)) => page::message(&by, StatusCode::FORBIDDEN, words::MAY_NOT_CHANGE),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}

/// Gives all phones the entered passwords.
fn give_typed(plan: &mut BulkPlan, app: &App, fields: &Fields) -> Result<(), Vec<InvalidPhoneField>> {
    let like = read_some(&form::typed(fields), new_phone(), &SECRETS, app.alphabet())?;
    plan.set_secrets(|_| (like.pass.clone(), like.conf_secret.clone()));
    Ok(())
}
