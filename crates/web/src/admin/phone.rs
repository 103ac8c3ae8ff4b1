//! `/admin/phone`: one phone with its aliases and registration; `/admin/phones/new`: the form for a new phone or a copy.

pub(super) mod bulk;
pub(super) mod form;
pub(super) mod remove;

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError;
use fleet::OperationError::{Failed, Refused};
use fleet::lists::AliasSummary;
use fleet::phones::bulk::SECRETS;
use fleet::phones::delete::agent_on;
use fleet::phones::save::{PhoneGoal, phone_of, untouched};
use fleet::phones::{Choices, SavePhone, version, visible};
use fleet::records::{Phone, PhoneKey};
use fleet::save::SaveRefusal;
use fleet::schema::Row;
use fleet::sessions::line;
use floor::LineView;
use store::WriteError;

use super::csrf_form::AdminForm;
use super::lists;
use super::messages::{self, Tone, phones as words};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};
use form::{FieldGroup, FieldsHtml, Purpose};

/// Address of the page of a phone.
pub(super) fn address(extension: &str, server_ip: &str) -> String {
    lists::address("/admin/phone", &[("extension", extension), ("server_ip", server_ip)])
}

/// Key of the phone in a query or a form.
fn named(fields: &Fields) -> PhoneKey {
    PhoneKey { extension: fields.get("extension").to_owned(), server_ip: fields.get("server_ip").to_owned() }
}

#[derive(Template)]
#[template(path = "admin/phone.html")]
struct PhonePage<'a> {
    frame: Frame,
    phone: &'a Phone,
    dialer: String,
    fields: FieldsHtml<'a>,
    version: String,
    may_change: bool,
    may_delete: bool,
    with_aliases: bool,
    line: (&'static str, Tone, Vec<String>),
    agent: Option<String>,
    aliases: Vec<AliasLink>,
    left_behind: Option<(String, Vec<AliasLink>)>,
    copy: String,
    delete: String,
    /// Address that loads the saved version, if it differs.
    here: Option<String>,
    problems: String,
    news: &'static str,
}

/// An alias and the address of its page.
struct AliasLink {
    words: String,
    address: String,
}

fn links(aliases: &[AliasSummary]) -> Vec<AliasLink> {
    let link = |alias: &AliasSummary| AliasLink {
        words: alias.alias_id.clone(),
        address: lists::address("/admin/alias", &[("id", &alias.alias_id)]),
    };
    aliases.iter().map(link).collect()
}

/// Data of the page.
struct PhoneDetails {
    phone: Phone,
    choices: Choices,
    aliases: Vec<AliasSummary>,
    agent: Option<String>,
    /// Its registration; `None` if it does not register.
    line: Option<LineView>,
    /// Aliases that list a login which no phone has.
    left_behind: Vec<AliasSummary>,
}

async fn look(app: &App, by: &AdminSession, key: PhoneKey, was: String) -> Result<PhoneDetails, Response> {
    let (user, floor) = (by.user.clone(), Arc::clone(&app.floor));
    let found = app.store.read(move |tx| {
        let Some(phone) = visible(tx, &user, &key)? else { return Ok(None) };
        let line = line(&phone).map(|channel| floor.line_with(tx, &phone.server_ip, &channel)).transpose()?;
        let choices = tx.phone_choices()?;
        let aliases = tx.aliases_of_login(&phone.login)?;
        let agent = agent_on(tx, &phone)?;
        let is_gone = !was.is_empty() && !tx.login_exists(&was)?;
        let left_behind = if is_gone { tx.aliases_of_login(&was)? } else { Vec::new() };
        Ok(Some(PhoneDetails { phone, choices, aliases, agent, line, left_behind }))
    });
    match found.await {
        Ok(Some(known)) => Ok(known),
        Ok(None) => Err(page::message(by, StatusCode::NOT_FOUND, words::NO_SUCH_PHONE)),
        Err(error) => Err(page::failed(&error.into())),
    }
}

/// Content of the page besides the phone.
#[derive(Default)]
struct PhoneNotices {
    news: &'static str,
    problems: String,
    was: String,
    with_aliases: bool,
    is_outdated: bool,
    status: StatusCode,
}

/// `GET`: the phone.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let news = match fields.get("done") {
        "saved" => words::SAVED,
        "added" => words::ADDED,
        _ => "",
    };
    let was = fields.get("was").to_owned();
    match look(&app, &admin_session, named(&fields), was.clone()).await {
        Ok(known) => {
            let groups = form::groups(Purpose::Change, &form::of(&known.phone), &known.choices);
            page_of(&app, &admin_session, &known, &groups, PhoneNotices { news, was, ..PhoneNotices::default() })
        }
        Err(response) => response,
    }
}

fn page_of(
    app: &App,
    admin_session: &AdminSession,
    known: &PhoneDetails,
    groups: &[FieldGroup],
    notices: PhoneNotices,
) -> Response {
    let phone = &known.phone;
    let (extension, server_ip) = (phone.extension.as_str(), phone.server_ip.as_str());
    let may_change = admin_session.may_change();
    let left = links(&known.left_behind);
    let page = PhonePage {
        frame: Frame::of(admin_session, Here::Phones),
        phone,
        dialer: words::dialer(&known.choices, server_ip),
        fields: FieldsHtml { groups },
        version: if may_change { version(phone, &app.version_key) } else { String::new() },
        may_change,
        may_delete: may_change && admin_session.user.ast_delete_phones,
        with_aliases: notices.with_aliases,
        line: words::line(known.line.as_ref()),
        agent: known.agent.clone(),
        aliases: links(&known.aliases),
        left_behind: (!left.is_empty()).then(|| (words::left_behind(&notices.was, left.len()), left)),
        copy: lists::address("/admin/phones/new", &[("copy_extension", extension), ("copy_server_ip", server_ip)]),
        delete: lists::address("/admin/phone/delete", &[("extension", extension), ("server_ip", server_ip)]),
        here: notices.is_outdated.then(|| address(extension, server_ip)),
        problems: notices.problems,
        news: notices.news,
    };
    html::page(notices.status, &page)
}

/// `POST`: changes the phone.
pub(super) async fn save(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let (key, typed, with_aliases) = (named(&fields), form::typed(&fields), fields.is_ticked("with_aliases"));
    let before = match look(&app, &by, key.clone(), String::new()).await {
        Ok(before) => before,
        Err(response) => return response,
    };
    let goal = PhoneGoal::Changed {
        phone: key.clone(),
        version: fields.get("version").to_owned(),
        key: app.version_key.clone(),
        with_aliases,
    };
    let notices = PhoneNotices { with_aliases, ..PhoneNotices::default() };
    match execute(&app, &by, &typed, goal).await {
        Ok(()) => {
            let has_left = typed.text("phone_login") != before.phone.login && !before.aliases.is_empty();
            let was = if has_left { before.phone.login.as_str() } else { "" };
            let target = [("extension", key.extension.as_str()), ("server_ip", &key.server_ip)];
            found_at(&lists::address("/admin/phone", &[&target[..], &[("done", "saved"), ("was", was)]].concat()))
        }
        Err(Refused(SaveRefusal::Invalid(invalid))) => {
            let mut groups = form::groups(Purpose::Change, &typed, &before.choices);
            form::put(invalid, &mut groups);
            let problems = form::problems(&again(words::WRONG, &typed), &groups);
            // The version stays that of the saved phone that the page shows.
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page_of(&app, &by, &before, &groups, PhoneNotices { problems, status, ..notices })
        }
        Err(Refused(SaveRefusal::Stale { row, keys: changed })) => {
            let now = phone_of(&row);
            let merged = untouched_as_now(&typed, fields.get("version"), &now, &changed);
            let mut groups = form::groups(Purpose::Change, &merged, &before.choices);
            form::put_theirs(&now, &changed, &mut groups);
            let problems = form::problems(&again(words::OUTDATED, &typed), &groups);
            let known = PhoneDetails { phone: now, ..before };
            let status = StatusCode::CONFLICT;
            page_of(&app, &by, &known, &groups, PhoneNotices { problems, status, is_outdated: true, ..notices })
        }
        Err(Refused(refused)) => refusal(&by, &refused),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}

/// The entered values. A field that the user did not change takes the value that someone else has saved.
fn untouched_as_now(typed: &Row, seen: &str, now: &Phone, changed: &[&'static str]) -> Row {
    let mut merged = typed.clone();
    for name in untouched(typed, seen).into_iter().filter(|name| changed.contains(name)) {
        let stored = form::of(now);
        merged.set(name, stored.text(name).to_owned());
    }
    merged
}

/// Message above a form that is shown again without the entered passwords.
fn again(words: &str, typed: &Row) -> String {
    let has_secret = SECRETS.iter().any(|name| !typed.text(name).is_empty());
    if has_secret { format!("{} {words}", words::TYPE_AGAIN) } else { words.to_owned() }
}

async fn execute(
    app: &App,
    by: &AdminSession,
    typed: &Row,
    goal: PhoneGoal,
) -> Result<(), OperationError<SaveRefusal, WriteError>> {
    let mut values = typed.clone();
    // An empty secret keeps the stored one.
    for name in SECRETS.iter().filter(|name| typed.text(name).is_empty()) {
        values.unset(name);
    }
    let save = SavePhone { values, goal, actor: by.actor() };
    app.store.write_or_refuse(move |tx| save.execute(tx)).await
}

fn refusal(by: &AdminSession, refusal: &SaveRefusal) -> Response {
    match refusal {
        SaveRefusal::NotFound => page::message(by, StatusCode::NOT_FOUND, words::NO_SUCH_PHONE),
        _ => page::message(by, StatusCode::FORBIDDEN, words::MAY_NOT_CHANGE),
    }
}

fn found_at(target: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

#[derive(Template)]
#[template(path = "admin/phones/new.html")]
struct NewPhonePage<'a> {
    frame: Frame,
    /// The phone to copy.
    like: Option<&'a PhoneKey>,
    fields: FieldsHtml<'a>,
    problems: String,
}

/// The phone to copy, if the query names one.
fn like(fields: &Fields) -> Option<PhoneKey> {
    let (extension, server_ip) = (fields.get("copy_extension"), fields.get("copy_server_ip"));
    (!extension.is_empty()).then(|| PhoneKey { extension: extension.to_owned(), server_ip: server_ip.to_owned() })
}

/// `GET`: the form for a new phone or a copy.
pub(super) async fn ask_new(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    let like = like(&Fields::of_query(query));
    let (user, asked) = (admin_session.user.clone(), like.clone());
    let found = app.store.read(move |tx| {
        let phone = asked.map(|key| visible(tx, &user, &key)).transpose()?;
        Ok((phone, tx.phone_choices()?))
    });
    let (values, choices) = match found.await {
        Ok((None, choices)) => (form::blank(), choices),
        Ok((Some(Some(phone)), choices)) => (copy_of(&phone), choices),
        Ok((Some(None), _)) => return page::message(&admin_session, StatusCode::NOT_FOUND, words::NO_SUCH_PHONE),
        Err(error) => return page::failed(&error.into()),
    };
    let groups = form::groups(purpose(like.as_ref()), &values, &choices);
    new_page(&admin_session, StatusCode::OK, like.as_ref(), &groups, String::new())
}

fn purpose(like: Option<&PhoneKey>) -> Purpose {
    if like.is_some() { Purpose::Copy } else { Purpose::New }
}

/// All values of a phone except those that must be unique.
fn copy_of(phone: &Phone) -> Row {
    let mut values = form::of(phone);
    for name in ["extension", "server_ip", "phone_login"] {
        values.unset(name);
    }
    values
}

fn new_page(
    admin_session: &AdminSession,
    status: StatusCode,
    like: Option<&PhoneKey>,
    groups: &[FieldGroup],
    problems: String,
) -> Response {
    let frame = Frame::of(admin_session, Here::Phones);
    html::page(status, &NewPhonePage { frame, like, fields: FieldsHtml { groups }, problems })
}

/// `POST`: adds the phone.
pub(super) async fn add(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let (typed, like) = (form::typed(&fields), like(&fields));
    match execute(&app, &by, &typed, PhoneGoal::New { like: like.clone() }).await {
        Ok(()) => {
            let target = [("extension", typed.text("extension")), ("server_ip", typed.text("server_ip"))];
            found_at(&lists::address("/admin/phone", &[&target[..], &[("done", "added")]].concat()))
        }
        Err(Refused(SaveRefusal::Invalid(invalid))) => {
            let choices = match app.store.read(|tx| tx.phone_choices()).await {
                Ok(choices) => choices,
                Err(error) => return page::failed(&error.into()),
            };
            let mut groups = form::groups(purpose(like.as_ref()), &typed, &choices);
            form::put(invalid, &mut groups);
            let problems = form::problems(&again(words::WRONG, &typed), &groups);
            new_page(&by, StatusCode::UNPROCESSABLE_ENTITY, like.as_ref(), &groups, problems)
        }
        Err(Refused(refused)) => refusal(&by, &refused),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
