//! `/admin/visits`: who is in the panel now.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::Timestamp;
use fleet::admin_session;
use fleet::admin_session::{AdminSessionSummary, Ended};
use fleet::sessions::digest_of;

use super::page::{self, Frame, Here};
use super::posted::{Fields, Ordered};
use super::visitor::Visitor;
use super::{lists, wording};
use crate::App;

#[derive(Template)]
#[template(path = "admin/visits.html")]
struct VisitsPage {
    frame: Frame,
    news: &'static str,
    visits: Vec<Row>,
}

struct Row {
    number: String,
    user: String,
    address: String,
    role: &'static str,
    from: String,
    began: String,
    used: String,
    is_own: bool,
}

/// `GET`: everybody with a visit.
pub(super) async fn list(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    if !visitor.may_change() {
        return page::message(&visitor, StatusCode::FORBIDDEN, wording::users::ONLY_ADMINISTRATORS);
    }
    let visits = match app.store.read(|tx| admin_session::all(tx)).await {
        Ok(visits) => visits,
        Err(error) => return page::failed(&error.into()),
    };
    let own = admin_session::number(&digest_of(&visitor.key));
    let news = if fields.is_ticked("ended") { wording::users::VISIT_ENDED } else { "" };
    let visits = visits.into_iter().map(|line| row(line, &own)).collect();
    page::show(StatusCode::OK, &VisitsPage { frame: Frame::of(&visitor, Here::Users), news, visits })
}

fn row(AdminSessionSummary { number, row, role }: AdminSessionSummary, own: &str) -> Row {
    let stamp = |moment: Option<Timestamp>| moment.map_or_else(|| "–".to_owned(), Timestamp::stamp);
    Row {
        is_own: number == own,
        number,
        address: lists::address("/admin/user", &[("name", &row.user)]),
        user: row.user,
        role: wording::role(role),
        from: if row.from.is_empty() { "–".to_owned() } else { row.from },
        began: stamp(row.began),
        used: stamp(row.used),
    }
}

/// `POST`: ends one of them.
pub(super) async fn end(State(app): State<Arc<App>>, ordered: Ordered) -> Response {
    let Ordered { by, fields } = ordered;
    let (wanted, supervisor) = (fields.get("visit").to_owned(), by.supervisor());
    let ended = match app.store.write(move |tx| admin_session::end(tx, &wanted, &supervisor)).await {
        Ok(ended) => ended,
        Err(error) => return page::failed(&error.into()),
    };
    let status = match ended {
        Ended::Done => {
            app.put_out.send_replace(());
            return (StatusCode::SEE_OTHER, [(LOCATION, "/admin/visits?ended=1")]).into_response();
        }
        Ended::NoSuchVisit => StatusCode::NOT_FOUND,
        Ended::MayNot | Ended::AboveOwnLevel => StatusCode::FORBIDDEN,
    };
    page::message(&by, status, wording::users::visit(ended))
}
