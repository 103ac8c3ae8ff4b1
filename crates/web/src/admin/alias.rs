//! `/admin/alias`: one alias. The form works without a script: each button sends it and gets it back with the change; only
//! “Save” stores it.

pub(super) mod delete;
mod form;
pub(super) mod softphone;
mod standing;
mod view;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::aliases::save::{AliasDraft, SaveAlias, alias_of};
use fleet::save::{KeyFault, SaveRefusal};

use super::csrf_form::AdminForm;
use super::session::AdminSession;
use super::{lists, messages, page};
use crate::App;
use crate::http::fields::Fields;
use form::{Act, AliasForm};
pub(super) use standing::goes;
use view::AliasPageState;
pub(super) use view::matches;

/// `GET`: the alias as it is stored.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let wanted = fields.get("id").to_owned();
    let alias = match app.store.read(move |tx| tx.alias(&wanted)).await {
        Ok(Some(alias)) => alias,
        Ok(None) => return page::message(&admin_session, StatusCode::NOT_FOUND, messages::aliases::NO_SUCH_ALIAS),
        Err(error) => return page::failed(&error.into()),
    };
    let draft = AliasDraft::of(&alias);
    let news = if fields.is_ticked("saved") { messages::aliases::SAVED } else { "" };
    let form =
        AliasForm { version: draft.version(), draft, q: fields.get("q").trim().to_owned(), ..AliasForm::default() };
    view::page_of(
        &app,
        &admin_session,
        AliasPageState { news, campaign: fields.get("campaign").to_owned(), ..AliasPageState::of(form) },
    )
    .await
}

/// `GET`: the form for a new alias.
pub(super) async fn new(State(app): State<Arc<App>>, admin_session: AdminSession) -> Response {
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    let draft = AliasDraft { active: true, ..AliasDraft::default() };
    view::page_of(&app, &admin_session, AliasPageState::of(AliasForm { is_new: true, draft, ..AliasForm::default() }))
        .await
}

/// `POST`: saves the form, or applies the action of the button.
pub(super) async fn change(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let mut form = AliasForm::read(&fields);
    let act = match form.act(&app, fields.get("do")).await {
        Ok(act) => act,
        Err(error) => return page::failed(&error.into()),
    };
    let mut shown = match act {
        Act::Save => return save(&app, &by, form).await,
        Act::Move(from, to) => {
            form.draft.logins.swap(from, to);
            AliasPageState { focus: (to, to > from), ..AliasPageState::of(form) }
        }
        Act::Remove(place) => {
            form.draft.logins.remove(place);
            AliasPageState::of(form)
        }
        Act::Add(logins) => {
            let words = messages::aliases::added(&logins, &form.q);
            form.draft.logins.extend(logins);
            form.q = String::new();
            AliasPageState { notice: words, ..AliasPageState::of(form) }
        }
        Act::Find => AliasPageState::of(form),
    };
    shown.is_draft = true;
    view::page_of(&app, &by, shown).await
}

async fn save(app: &App, by: &AdminSession, form: AliasForm) -> Response {
    let version = (!form.is_new).then(|| form.version.clone());
    let save = SaveAlias { draft: form.draft.clone(), version, actor: by.actor() };
    let live_status = app.floor.live_status();
    match app.store.write_or_refuse(move |tx| save.execute(tx, live_status.as_ref())).await {
        Ok(()) => {
            let target = lists::address("/admin/alias", &[("id", &form.draft.alias_id), ("saved", "1")]);
            (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
        }
        Err(Refused(SaveRefusal::NotFound)) => {
            page::message(by, StatusCode::NOT_FOUND, messages::aliases::NO_SUCH_ALIAS)
        }
        Err(Refused(SaveRefusal::Invalid(invalid))) => {
            let problems = invalid.into_iter().filter_map(|invalid| match invalid.fault {
                KeyFault::Alias(fault) => Some(fault),
                // The form has no fields of other tables.
                _ => None,
            });
            let problems = problems.collect();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            view::page_of(app, by, AliasPageState { status, problems, is_draft: true, ..AliasPageState::of(form) })
                .await
        }
        Err(Refused(SaveRefusal::Stale { row, .. })) => {
            let theirs = AliasDraft::of(&alias_of(&row));
            let form = AliasForm { version: theirs.version(), ..form };
            let status = StatusCode::CONFLICT;
            view::page_of(
                app,
                by,
                AliasPageState { status, theirs: Some(theirs), is_draft: true, ..AliasPageState::of(form) },
            )
            .await
        }
        Err(Refused(_)) => page::message(by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
