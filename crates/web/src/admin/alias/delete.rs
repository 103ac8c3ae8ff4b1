//! `/admin/alias/delete`: asked about once, then done.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::aliases::save::{Delete, Deleted, Draft};
use fleet::name;

use super::super::confirm::Confirm;
use super::super::page::{self, Here};
use super::super::posted::{Fields, Ordered};
use super::super::visitor::Visitor;
use super::super::{lists, wording};
use crate::App;

/// `GET`: asks whether this is meant.
pub(in crate::admin) async fn ask(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    if !visitor.may_change() {
        return page::message(&visitor, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK);
    }
    question(&app, &visitor, fields.get("id"), "").await
}

async fn question(app: &App, visitor: &Visitor, alias_id: &str, problem: &'static str) -> Response {
    if !visitor.user.ast_delete_phones {
        return page::message(visitor, StatusCode::FORBIDDEN, wording::aliases::MAY_NOT_DELETE);
    }
    let wanted = alias_id.to_owned();
    let alias = match app.store.read(move |tx| tx.alias(&wanted)).await {
        Ok(Some(alias)) => Draft::of(&alias),
        Ok(None) => return page::message(visitor, StatusCode::NOT_FOUND, wording::aliases::NO_SUCH_ALIAS),
        Err(error) => return page::failed(&error.into()),
    };
    let (floor, _) = app.floor.snapshot();
    let is_on = |login: &str| alias.logins.iter().any(|member| name::same(member, login));
    let agents = floor.sessions.into_iter().filter(|session| is_on(&session.phone_login)).map(|session| session.user);
    Confirm {
        target: "/admin/alias/delete".to_owned(),
        back: lists::address("/admin/alias", &[("id", &alias.alias_id)]),
        fields: vec![("id", alias.alias_id.clone()), ("version", alias.version())],
        ..Confirm::of(
            (visitor, Here::Aliases),
            wording::aliases::deleting(&alias, &agents.collect::<Vec<_>>()),
            problem,
        )
    }
    .show()
}

/// `POST`: deletes it.
pub(in crate::admin) async fn execute(State(app): State<Arc<App>>, ordered: Ordered) -> Response {
    let Ordered { by, fields } = ordered;
    let delete = Delete {
        alias_id: fields.get("id").to_owned(),
        version: fields.get("version").to_owned(),
        by: by.supervisor(),
    };
    match app.store.write(move |tx| delete.execute(tx)).await {
        Ok(Deleted::Done) => (StatusCode::SEE_OTHER, [(LOCATION, "/admin/aliases?deleted=1")]).into_response(),
        Ok(Deleted::MayNot) => page::message(&by, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK),
        Ok(Deleted::MayNotDelete) => page::message(&by, StatusCode::FORBIDDEN, wording::aliases::MAY_NOT_DELETE),
        Ok(Deleted::NoSuchAlias) => page::message(&by, StatusCode::NOT_FOUND, wording::aliases::NO_SUCH_ALIAS),
        Ok(Deleted::Outdated) => question(&app, &by, fields.get("id"), wording::aliases::CHANGED_MEANWHILE).await,
        Err(error) => page::failed(&error.into()),
    }
}
