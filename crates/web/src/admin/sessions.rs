//! `/admin/visits`: open admin sessions.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::Timestamp;
use fleet::admin_session;
use fleet::admin_session::{AdminSessionSummary, EndRefusal};
use fleet::sessions::digest_of;

use super::csrf_form::AdminForm;
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use super::{lists, messages};
use crate::http::fields::Fields;
use crate::{App, html};

#[derive(Template)]
#[template(path = "admin/visits.html")]
struct AdminSessionsPage {
    frame: Frame,
    news: &'static str,
    visits: Vec<AdminSessionRow>,
}

struct AdminSessionRow {
    number: String,
    user: String,
    address: String,
    role: &'static str,
    from: String,
    began: String,
    used: String,
    is_own: bool,
}

/// `GET`: all open admin sessions.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::users::ONLY_ADMINISTRATORS);
    }
    let visits = match app.store.read(|tx| admin_session::all(tx)).await {
        Ok(visits) => visits,
        Err(error) => return page::failed(&error.into()),
    };
    let own = admin_session::number(&digest_of(&admin_session.key));
    let news = if fields.is_ticked("ended") { messages::users::VISIT_ENDED } else { "" };
    let visits = visits.into_iter().map(|line| row(line, &own)).collect();
    html::page(StatusCode::OK, &AdminSessionsPage { frame: Frame::of(&admin_session, Here::Users), news, visits })
}

fn row(AdminSessionSummary { number, row, role }: AdminSessionSummary, own: &str) -> AdminSessionRow {
    let stamp = |moment: Option<Timestamp>| moment.map_or_else(|| "–".to_owned(), Timestamp::stamp);
    AdminSessionRow {
        is_own: number == own,
        number,
        address: lists::address("/admin/user", &[("name", &row.user)]),
        user: row.user,
        role: messages::role(role),
        from: if row.from.is_empty() { "–".to_owned() } else { row.from },
        began: stamp(row.began),
        used: stamp(row.used),
    }
}

/// `POST`: ends an admin session.
pub(super) async fn end(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let (wanted, actor) = (fields.get("visit").to_owned(), by.actor());
    match app.store.write_or_refuse(move |tx| admin_session::end(tx, &wanted, &actor)).await {
        Ok(()) => {
            app.session_ended.send_replace(());
            (StatusCode::SEE_OTHER, [(LOCATION, "/admin/visits?ended=1")]).into_response()
        }
        Err(Refused(refusal)) => {
            let is_unknown = refusal == EndRefusal::NoSuchSession;
            let status = if is_unknown { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            page::message(&by, status, messages::users::not_ended(refusal))
        }
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
