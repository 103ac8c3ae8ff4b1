//! `/admin/user`: API permissions of one account, and a check why a call would be refused.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::authorization::MissingPermission;
use fleet::authorization::functions::ALL_FUNCTIONS;
use fleet::non_agent_api::{function, function_names};
use fleet::save::{InvalidKey, KeyFault, SaveRefusal};
use fleet::users::permissions::{Access, Account, Attempt, permissions};
use fleet::users::save::SaveAccess;

use super::csrf_form::AdminForm;
use super::inputs::{Input, Problems};
use super::messages::{self, users as words};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::{lists, password};
use crate::http::fields::Fields;
use crate::{App, html};

/// Functions that can also delete, which requires one more permission.
const DELETING: [&str; 2] = ["update_phone", "update_phone_alias"];

/// Suffix of the function name in the form, for a call that deletes.
const TO_DELETE: &str = ":delete";

#[derive(Template)]
#[template(path = "admin/user.html")]
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct UserPage<'a> {
    frame: Frame,
    account: &'a Account,
    /// Values of the form.
    access: &'a Access,
    version: String,
    all_functions: bool,
    functions: Vec<(String, bool)>,
    levels: Vec<(i64, bool)>,
    may_change: bool,
    /// Problems of the fields.
    fields: Vec<Input>,
    problems: Option<String>,
    is_outdated: bool,
    password: Vec<Input>,
    checked: (&'static str, bool),
    from: Input,
    checks: Vec<Check>,
    known: Vec<(String, &'static str, bool, bool)>,
    is_refused: bool,
    is_anywhere: bool,
    problem: &'a str,
    news: &'a str,
    /// Address that loads the saved version.
    here: String,
}

impl UserPage<'_> {
    /// The value that someone else has saved in this field since the form was opened.
    fn theirs(&self, name: &str) -> Option<&String> {
        self.fields.iter().find(|field| field.name == name)?.theirs.as_ref()
    }
}

/// A permission that a call requires.
struct Check {
    words: &'static str,
    is_there: bool,
    mend: &'static str,
}

/// Content of the page.
#[derive(Default)]
pub(super) struct UserPageState<'a> {
    pub(super) name: &'a str,
    pub(super) status: StatusCode,
    pub(super) problem: &'a str,
    /// Fields of the password form, if one of them has a problem.
    pub(super) password: Vec<Input>,
    pub(super) checked: &'a str,
    pub(super) from: &'a str,
    pub(super) news: &'a str,
    pub(super) typed: Option<Access>,
    pub(super) is_outdated: bool,
    pub(super) invalid: Vec<InvalidKey>,
}

/// `GET`: the account.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let news = match (fields.is_ticked("saved"), fields.is_ticked("password")) {
        (true, _) => messages::SAVED,
        (false, true) => words::PASSWORD_SET,
        (false, false) => "",
    };
    let (name, checked, from) = (fields.get("name"), fields.get("check"), fields.get("from").trim());
    page_of(&app, &admin_session, UserPageState { name, checked, from, news, ..UserPageState::default() }).await
}

pub(super) async fn page_of(app: &App, admin_session: &AdminSession, asked: UserPageState<'_>) -> Response {
    let (name, own) = (asked.name.to_owned(), admin_session.user.user.clone());
    let (checked, function, deletes) = call(asked.checked);
    let from = asked.from.parse::<IpAddr>();
    let address = from.as_ref().ok().copied();
    let found = app.store.read(move |tx| {
        let (Some(account), Some(own)) = (tx.account(&name)?, tx.account(&own)?) else { return Ok(None) };
        let checks = permissions(tx, &account.user, Attempt { function, deletes, from: address })?;
        Ok(Some((account, own, checks)))
    });
    let (account, own, checks) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return page::message(admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_USER),
        Err(error) => return page::failed(&error.into()),
    };
    let checks: Vec<Check> = checks
        .into_iter()
        .map(|(permission, is_there)| {
            let (words, mend) = messages::permission(permission);
            Check { words, is_there, mend }
        })
        .collect();
    let is_no_address = !asked.from.is_empty() && from.is_err();
    let stored = Access::of(&account.user);
    let access = asked.typed.clone().unwrap_or_else(|| stored.clone());
    let fields = touched(&asked, &access, &stored);
    let page = UserPage {
        frame: Frame::of(admin_session, Here::Users),
        version: stored.version(),
        all_functions: allows_all(&access),
        functions: functions(&access),
        levels: (1..=9).map(|level| (level, level == access.user_level)).collect(),
        may_change: admin_session.may_change()
            && own.user.modify_users
            && account.user.user_level <= own.user.highest_changeable_level(),
        problems: problems(&asked, &fields),
        fields,
        is_outdated: asked.is_outdated,
        password: if asked.password.is_empty() { password::inputs() } else { asked.password },
        checked: (function, deletes),
        from: Input::line("from", "From address", asked.from)
            .hint("Leave empty for any address.")
            .problem(is_no_address.then(|| words::NO_ADDRESS.to_owned())),
        is_refused: checks.iter().any(|check| !check.is_there),
        is_anywhere: address.is_none(),
        checks,
        known: calls()
            .map(|(sent, name, deletes)| {
                let is_it = sent == checked;
                (sent, name, deletes, is_it)
            })
            .collect(),
        problem: asked.problem,
        news: asked.news,
        here: lists::address("/admin/user", &[("name", &account.user.user)]),
        account: &account,
        access: &access,
    };
    html::page(asked.status, &page)
}

/// Every call that can be checked: its value in the form, the function, and whether it deletes.
fn calls() -> impl Iterator<Item = (String, &'static str, bool)> {
    let deleting = |name: &'static str| DELETING.contains(&name).then(|| (format!("{name}{TO_DELETE}"), name, true));
    function_names().flat_map(move |name| std::iter::once((name.to_owned(), name, false)).chain(deleting(name)))
}

/// The call to check.
fn call(asked: &str) -> (String, &'static str, bool) {
    let usual = || ("add_phone_alias".to_owned(), "add_phone_alias", false);
    calls().find(|(sent, ..)| sent == asked).unwrap_or_else(usual)
}

/// Fields with a problem, or with a value that someone else has saved.
fn touched(asked: &UserPageState<'_>, typed: &Access, stored: &Access) -> Vec<Input> {
    let switch = |is_on: bool| words::switch(is_on).to_owned();
    let theirs = [
        ("active", "Active", switch(typed.active), switch(stored.active)),
        ("vdc_agent_api_access", "API access", switch(typed.vdc_agent_api_access), switch(stored.vdc_agent_api_access)),
        (
            "ast_admin_access",
            "May change phones, aliases and dialers",
            switch(typed.ast_admin_access),
            switch(stored.ast_admin_access),
        ),
        (
            "ast_delete_phones",
            "May delete phones and aliases",
            switch(typed.ast_delete_phones),
            switch(stored.ast_delete_phones),
        ),
        ("user_level", "Level", typed.user_level.to_string(), stored.user_level.to_string()),
        ("functions", "Functions", named(typed), named(stored)),
    ];
    let theirs = theirs.into_iter().filter(|(_, _, typed, stored)| asked.is_outdated && typed != stored);
    let theirs = theirs.map(|(name, label, _, stored)| Input::line(name, label, "").theirs(Some(stored)));
    let invalid = asked.invalid.iter().map(|invalid| {
        let (name, label) = match invalid.key {
            "user_level" => ("user_level", "Level"),
            "api_allowed_functions" => ("functions", "Functions"),
            "vdc_agent_api_access" => ("vdc_agent_api_access", "API access"),
            "ast_admin_access" => ("ast_admin_access", "May change phones, aliases and dialers"),
            "ast_delete_phones" => ("ast_delete_phones", "May delete phones and aliases"),
            key => (key, key),
        };
        Input::line(name, label, "").problem(Some(words::fault(&invalid.fault).to_owned()))
    });
    theirs.chain(invalid).collect()
}

/// The allowed functions as text.
fn named(access: &Access) -> String {
    if allows_all(access) {
        return "All functions".to_owned();
    }
    let names = access.api_allowed_functions.trim();
    if names.is_empty() { "None".to_owned() } else { names.to_owned() }
}

/// Message above the page if nothing was saved.
fn problems(asked: &UserPageState<'_>, fields: &[Input]) -> Option<String> {
    let is_touched = !fields.is_empty() || asked.password.iter().any(|input| input.problem.is_some());
    let words = if asked.is_outdated { words::OUTDATED } else { words::REFUSED };
    (asked.is_outdated || is_touched)
        .then(|| Problems::of(words, fields.iter().chain(&asked.password)).render().ok())
        .flatten()
}

fn allows_all(access: &Access) -> bool {
    access.api_allowed_functions.contains("ALL_FUNCTIONS") || access.api_allowed_functions == "ALL"
}

/// Functions with a checkbox: those of Hotdesk, and others that the account has.
fn functions(access: &Access) -> Vec<(String, bool)> {
    let allowed: Vec<&str> = access.api_allowed_functions.split_whitespace().collect();
    let others = allowed.iter().filter(|name| function(name).is_none() && !stands_for_all(name));
    let others = others.map(|name| ((*name).to_owned(), true));
    function_names().map(|name| (name.to_owned(), allowed.contains(&name))).chain(others).collect()
}

/// `POST`: changes the permissions of the account.
pub(super) async fn save(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let access = read(&fields);
    let save = SaveAccess {
        user: fields.get("name").to_owned(),
        access: access.clone(),
        version: fields.get("version").to_owned(),
        actor: by.actor(),
    };
    let saved = app.store.write_or_refuse(move |tx| save.execute(tx)).await;
    let name = fields.get("name");
    let asked = UserPageState { name, status: StatusCode::CONFLICT, typed: Some(access), ..UserPageState::default() };
    let asked = match saved {
        Ok(()) => {
            // An account without access to the panel loses its admin sessions.
            app.session_ended.send_replace(());
            let target = lists::address("/admin/user", &[("name", name), ("saved", "1")]);
            return (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response();
        }
        Err(Refused(SaveRefusal::Invalid(invalid))) if locks_oneself_out(&invalid) => {
            UserPageState { problem: messages::LOCKS_ONESELF_OUT, ..asked }
        }
        Err(Refused(SaveRefusal::Invalid(invalid))) => {
            UserPageState { status: StatusCode::UNPROCESSABLE_ENTITY, invalid, ..asked }
        }
        Err(Refused(SaveRefusal::Stale { .. })) => UserPageState { is_outdated: true, ..asked },
        Err(Refused(refusal)) => return refused(&by, &refusal),
        Err(Failed(error)) => return page::failed(&error.into()),
    };
    page_of(&app, &by, asked).await
}

/// Whether the only problem is that the actor's own account would be locked out.
fn locks_oneself_out(invalid: &[InvalidKey]) -> bool {
    invalid.iter().all(|invalid| invalid.fault == KeyFault::LocksOwnAccountOut)
}

/// Why the account cannot be changed at all.
pub(super) fn refused(by: &AdminSession, refusal: &SaveRefusal) -> Response {
    let (status, words) = match refusal {
        SaveRefusal::NotFound => (StatusCode::NOT_FOUND, messages::NO_SUCH_USER),
        SaveRefusal::Missing(MissingPermission::AboveOwnLevel) => (StatusCode::FORBIDDEN, messages::ABOVE_OWN_LEVEL),
        _ => (StatusCode::FORBIDDEN, messages::MAY_NOT_CHANGE_USERS),
    };
    page::message(by, status, words)
}

/// Whether this name stands for all functions.
fn stands_for_all(name: &str) -> bool {
    name == "ALL" || name.contains("ALL_FUNCTIONS")
}

/// Values of the form. A function name must not contain spaces, which separate the names in the database; other characters are
/// accepted, because another program may have written them.
fn read(fields: &Fields) -> Access {
    let is_name = |name: &&str| {
        let is_word = (1..=100).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        is_word && !stands_for_all(name)
    };
    let functions = if fields.get("functions") == "all" {
        ALL_FUNCTIONS.to_owned()
    } else {
        let mut seen = HashSet::new();
        Access::functions(fields.all("function").filter(is_name).filter(|name| seen.insert(*name)))
    };
    Access {
        active: fields.is_ticked("active"),
        user_level: fields.get("user_level").parse().unwrap_or(0),
        vdc_agent_api_access: fields.is_ticked("vdc_agent_api_access"),
        ast_admin_access: fields.is_ticked("ast_admin_access"),
        ast_delete_phones: fields.is_ticked("ast_delete_phones"),
        api_allowed_functions: functions,
    }
}
