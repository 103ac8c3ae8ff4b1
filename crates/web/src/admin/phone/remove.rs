//! `/admin/phone/delete`: deletes a phone, after a confirmation that lists its aliases and its agent.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::OperationError::{Failed, Refused};
use fleet::phones::delete::agent_on;
use fleet::phones::{DeletePhone, visible};
use fleet::records::PhoneKey;
use fleet::save::SaveRefusal;

use super::super::confirm::Confirm;
use super::super::csrf_form::AdminForm;
use super::super::messages::{self, phones as words};
use super::super::page::{self, Here};
use super::super::session::AdminSession;
use super::{address, found_at, named};
use crate::App;
use crate::http::fields::Fields;

/// `GET`: asks for confirmation.
pub(in super::super) async fn ask(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    question(&app, &admin_session, named(&fields), "").await
}

async fn question(app: &App, admin_session: &AdminSession, key: PhoneKey, problem: &'static str) -> Response {
    if !admin_session.may_change() {
        return page::message(admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    if !admin_session.user.ast_delete_phones {
        return page::message(admin_session, StatusCode::FORBIDDEN, words::MAY_NOT_DELETE);
    }
    let user = admin_session.user.clone();
    let found = app.store.read(move |tx| {
        let Some(phone) = visible(tx, &user, &key)? else { return Ok(None) };
        let (aliases, agent) = (tx.aliases_of_login(&phone.login)?, agent_on(tx, &phone)?);
        Ok(Some((phone, aliases, agent)))
    });
    let (phone, aliases, agent) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return page::message(admin_session, StatusCode::NOT_FOUND, words::NO_SUCH_PHONE),
        Err(error) => return page::failed(&error.into()),
    };
    let names: Vec<&str> = aliases.iter().map(|alias| alias.alias_id.as_str()).collect();
    let words = words::deleting(&phone, &names, agent.as_deref());
    Confirm {
        target: "/admin/phone/delete".to_owned(),
        back: address(&phone.extension, &phone.server_ip),
        fields: vec![
            ("extension", phone.extension),
            ("server_ip", phone.server_ip),
            ("agent", agent.unwrap_or_default()),
        ],
        ..Confirm::of((admin_session, Here::Phones), words, problem)
    }
    .show()
}

/// `POST`: deletes the phone.
pub(in super::super) async fn delete(State(app): State<Arc<App>>, ordered: AdminForm) -> Response {
    let AdminForm { by, fields } = ordered;
    let phone = named(&fields);
    let delete = DeletePhone { phone: phone.clone(), agent: fields.get("agent").to_owned(), actor: by.actor() };
    match app.store.write_or_refuse(move |tx| delete.execute(tx)).await {
        Ok(()) => found_at("/admin/phones?done=deleted"),
        Err(Refused(SaveRefusal::NotFound)) => page::message(&by, StatusCode::NOT_FOUND, words::NO_SUCH_PHONE),
        Err(Refused(SaveRefusal::AgentChanged)) => question(&app, &by, phone, words::AGENT_CHANGED).await,
        Err(Refused(_)) => page::message(&by, StatusCode::FORBIDDEN, words::MAY_NOT_DELETE),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}
