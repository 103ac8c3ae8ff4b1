//! `/admin/alias/delete`: deletes an alias, after a confirmation.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::aliases::delete::DeleteAlias;
use fleet::aliases::save::AliasDraft;
use fleet::authorization::MissingPermission;
use fleet::name;
use fleet::save::SaveRefusal;

use super::super::confirm::Confirm;
use super::super::csrf_form::AdminForm;
use super::super::page::{self, Here};
use super::super::session::AdminSession;
use super::super::{lists, messages};
use crate::App;
use crate::http::fields::Fields;

/// `GET`: asks for confirmation.
pub(in crate::admin) async fn ask(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    question(&app, &admin_session, fields.get("id"), "").await
}

async fn question(app: &App, admin_session: &AdminSession, alias_id: &str, problem: &'static str) -> Response {
    if !admin_session.user.ast_delete_phones {
        return page::message(admin_session, StatusCode::FORBIDDEN, messages::aliases::MAY_NOT_DELETE);
    }
    let wanted = alias_id.to_owned();
    let alias = match app.store.read(move |tx| tx.alias(&wanted)).await {
        Ok(Some(alias)) => AliasDraft::of(&alias),
        Ok(None) => return page::message(admin_session, StatusCode::NOT_FOUND, messages::aliases::NO_SUCH_ALIAS),
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
            (admin_session, Here::Aliases),
            messages::aliases::deleting(&alias, &agents.collect::<Vec<_>>()),
            problem,
        )
    }
    .show()
}

/// `POST`: deletes the alias.
pub(in crate::admin) async fn execute(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let delete = DeleteAlias {
        alias_id: fields.get("id").to_owned(),
        version: fields.get("version").to_owned(),
        actor: by.actor(),
    };
    match app.store.write_or_refuse(move |tx| delete.execute(tx)).await {
        Ok(()) => (StatusCode::SEE_OTHER, [(LOCATION, "/admin/aliases?deleted=1")]).into_response(),
        Err(Refused(SaveRefusal::Missing(MissingPermission::DeletePhones))) => {
            page::message(&by, StatusCode::FORBIDDEN, messages::aliases::MAY_NOT_DELETE)
        }
        Err(Refused(SaveRefusal::NotFound)) => {
            page::message(&by, StatusCode::NOT_FOUND, messages::aliases::NO_SUCH_ALIAS)
        }
        Err(Refused(SaveRefusal::Stale { .. })) => {
            question(&app, &by, fields.get("id"), messages::aliases::CHANGED_MEANWHILE).await
        }
        Err(Refused(_)) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
