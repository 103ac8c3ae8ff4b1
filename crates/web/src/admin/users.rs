//! `/admin/users`: list of users.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::lists::{NamePage, UserSummary};

use super::lists;
use super::messages;
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};

/// Rows per page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "admin/users.html")]
struct UsersPage {
    frame: Frame,
    may_change: bool,
    q: String,
    users: Vec<UserRow>,
    next: Option<String>,
    first: Option<String>,
}

struct UserRow {
    user: UserSummary,
    address: String,
    functions: String,
}

/// `GET`: users whose names begin with `q`.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (q, after) = (fields.get("q").trim().to_owned(), fields.get("after").to_owned());
    let is_first = after.is_empty();
    let wanted = NamePage { begins: q.clone(), after, at_most: u32::try_from(ROWS + 1).unwrap_or(u32::MAX) };
    let users = match app.store.read(move |tx| tx.list_users(&wanted)).await {
        Ok(users) => users,
        Err(error) => return page::failed(&error.into()),
    };
    let (users, has_more) = lists::page(users, ROWS);
    let last = users.last().filter(|_| has_more).map(|user| user.user.clone());
    let next = last.map(|after| lists::address("/admin/users", &[("q", q.as_str()), ("after", &after)]));
    let first = (!is_first).then(|| lists::address("/admin/users", &[("q", q.as_str())]));
    let row = |user: UserSummary| UserRow {
        address: lists::address("/admin/user", &[("name", &user.user)]),
        functions: messages::functions(&user.api_allowed_functions),
        user,
    };
    let users = users.into_iter().map(row).collect();
    let (frame, may_change) = (Frame::of(&admin_session, Here::Users), admin_session.may_change());
    html::page(StatusCode::OK, &UsersPage { frame, may_change, q, users, next, first })
}
