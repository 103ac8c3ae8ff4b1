//! `/admin/user`: what one account may do with the API, and why a call of it is refused.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::panel::accounts::{ALL_FUNCTIONS, Change, Changed, FUNCTIONS, permissions};
use fleet::panel::{Access, Account};

use super::lists;
use super::page::{self, Frame, Here};
use super::posted::{Fields, Ordered};
use super::visitor::Visitor;
use super::wording;
use crate::App;

#[derive(Template)]
#[template(path = "admin/user.html")]
struct UserPage<'a> {
    frame: Frame,
    account: &'a Account,
    /// What the form shows.
    access: &'a Access,
    version: String,
    all_functions: bool,
    functions: Vec<(String, bool)>,
    levels: Vec<(i64, bool)>,
    may_change: bool,
    checked: &'a str,
    checks: Vec<Check>,
    known: Vec<(&'static str, bool)>,
    is_refused: bool,
    problem: &'a str,
    news: &'a str,
}

/// A permission that a call needs.
struct Check {
    words: &'static str,
    is_there: bool,
    mend: &'static str,
}

/// `GET`: the account.
pub(super) async fn show(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let news = if fields.is_ticked("saved") { wording::SAVED } else { "" };
    let asked = Asked { name: fields.get("name"), checked: fields.get("check"), problem: "", news, typed: None };
    page_of(&app, &visitor, asked).await
}

/// What a page is to show.
struct Asked<'a> {
    name: &'a str,
    checked: &'a str,
    problem: &'a str,
    news: &'a str,
    typed: Option<Access>,
}

async fn page_of(app: &App, visitor: &Visitor, asked: Asked<'_>) -> Response {
    let (name, own) = (asked.name.to_owned(), visitor.user.user.clone());
    let found = app.store.read(move |tx| Ok((tx.account(&name)?, tx.account(&own)?))).await;
    let (account, own) = match found {
        Ok((Some(account), Some(own))) => (account, own),
        Ok(_) => return page::message(visitor, StatusCode::NOT_FOUND, wording::NO_SUCH_USER),
        Err(error) => return page::failed(&error.into()),
    };
    let checked = FUNCTIONS.into_iter().find(|known| *known == asked.checked).unwrap_or("add_phone_alias");
    let now = app.store.now();
    let checks: Vec<Check> = permissions(&account.user, checked, now)
        .into_iter()
        .map(|(permission, is_there)| {
            let (words, mend) = wording::permission(permission);
            Check { words, is_there, mend }
        })
        .collect();
    let stored = Access::of(&account.user);
    let access = asked.typed.unwrap_or_else(|| stored.clone());
    let page = UserPage {
        frame: Frame::of(visitor, Here::Users),
        version: stored.version(),
        all_functions: allows_all(&access),
        functions: functions(&access),
        levels: (1..=9).map(|level| (level, level == access.user_level)).collect(),
        may_change: visitor.may_change() && own.modify_users && account.user.user_level <= own.user.user_level,
        checked,
        is_refused: checks.iter().any(|check| !check.is_there),
        checks,
        known: FUNCTIONS.into_iter().map(|known| (known, known == checked)).collect(),
        problem: asked.problem,
        news: asked.news,
        account: &account,
        access: &access,
    };
    page::show(if asked.problem.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT }, &page)
}

fn allows_all(access: &Access) -> bool {
    access.api_allowed_functions.contains("ALL_FUNCTIONS") || access.api_allowed_functions == "ALL"
}

/// The functions that can be ticked: Hotdesk's, and those that the account has besides.
fn functions(access: &Access) -> Vec<(String, bool)> {
    let allowed: Vec<&str> = access.api_allowed_functions.split_whitespace().collect();
    let others = allowed.iter().filter(|name| !FUNCTIONS.contains(name) && !name.contains("ALL"));
    let names = FUNCTIONS.iter().chain(others);
    names.map(|name| ((*name).to_owned(), allowed.contains(name))).collect()
}

/// `POST`: changes what the account may do.
pub(super) async fn save(State(app): State<Arc<App>>, ordered: Ordered) -> Response {
    let Ordered { by, fields } = ordered;
    let access = read(&fields);
    let change = Change {
        user: fields.get("name").to_owned(),
        access: access.clone(),
        version: fields.get("version").to_owned(),
        by: by.user.user.clone(),
        from: by.from,
    };
    let changed = match app.store.write(move |tx| change.carry_out(tx)).await {
        Ok(changed) => changed,
        Err(error) => return page::failed(&error.into()),
    };
    let name = fields.get("name");
    match changed {
        Changed::Done => {
            let target = lists::address("/admin/user", &[("name", name), ("saved", "1")]);
            (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
        }
        Changed::NoSuchUser => page::message(&by, StatusCode::NOT_FOUND, wording::NO_SUCH_USER),
        Changed::MayNot => page::message(&by, StatusCode::FORBIDDEN, wording::MAY_NOT_CHANGE_USERS),
        Changed::AboveOwnLevel => page::message(&by, StatusCode::FORBIDDEN, wording::ABOVE_OWN_LEVEL),
        refused => {
            let (problem, typed) = match refused {
                Changed::LocksOneselfOut => (wording::LOCKS_ONESELF_OUT, Some(access)),
                Changed::NoSuchLevel => (wording::NO_SUCH_LEVEL, None),
                _ => (wording::OUTDATED, None),
            };
            page_of(&app, &by, Asked { name, checked: "", problem, news: "", typed }).await
        }
    }
}

/// What the form says. Names of functions are words, so that none of them stands for two.
fn read(fields: &Fields) -> Access {
    let is_word = |name: &&str| {
        !name.is_empty() && name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let functions = if fields.get("functions") == "all" {
        ALL_FUNCTIONS.to_owned()
    } else {
        Access::functions(fields.all("function").filter(is_word).filter(|name| !name.contains("ALL")))
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
