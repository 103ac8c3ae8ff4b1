//! `/admin/alias/softphone`: creates a link that sets up a softphone with all phones of an alias. The link is shown once.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fleet::records::{Alias, Phone};
use fleet::sessions::SessionKey;
use fleet::softphone_links::{Made, Make, accounts, visible};

use super::super::csrf_form::AdminForm;
use super::super::page::{self, Frame, Here};
use super::super::session::AdminSession;
use super::super::{lists, messages};
use crate::http::address::Peer;
use crate::http::fields::Fields;
use crate::{App, html, softphone};

struct SoftphoneLink {
    address: String,
    ends: String,
    code: String,
    linphone: String,
}

#[derive(Template)]
#[template(path = "admin/alias/softphone.html")]
struct SoftphonePage {
    frame: Frame,
    alias_id: String,
    back: String,
    phones: Vec<Phone>,
    link: Option<SoftphoneLink>,
}

/// `GET`: the accounts with which a softphone would register.
pub(in crate::admin) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    if !admin_session.may_change() {
        return page::message(&admin_session, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK);
    }
    page_of(&app, &admin_session, fields.get("id"), None).await
}

async fn page_of(app: &App, admin_session: &AdminSession, alias_id: &str, link: Option<SoftphoneLink>) -> Response {
    let (wanted, by) = (alias_id.to_owned(), admin_session.user.clone());
    let found = app.store.read(move |tx| {
        let Some(alias) = visible(tx, &by, &wanted)? else { return Ok(None) };
        let phones = accounts(tx, &by, &alias.logins_list)?;
        Ok(Some((alias, phones)))
    });
    let (Alias { alias_id, .. }, phones) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return page::message(admin_session, StatusCode::NOT_FOUND, messages::aliases::NO_SUCH_ALIAS),
        Err(error) => return page::failed(&error.into()),
    };
    let back = lists::address("/admin/alias", &[("id", &alias_id)]);
    let frame = Frame::of(admin_session, Here::Aliases);
    html::page(StatusCode::OK, &SoftphonePage { frame, alias_id, back, phones, link })
}

/// `POST`: creates a link.
pub(in crate::admin) async fn make(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    ordered: AdminForm,
) -> Response {
    let AdminForm { by, fields } = ordered;
    let key = SessionKey::new(app.rng.as_ref());
    let alias_id = fields.get("id").to_owned();
    let make = Make { alias_id: alias_id.clone(), key_digest: key.digest(), by: by.actor() };
    match app.store.write(move |tx| make.execute(tx)).await {
        Ok(Made::Done(ends)) => {
            let address = softphone::address(&app, peer, &headers, key.reveal());
            let (code, linphone) = (softphone::code(&address), softphone::code(&format!("{address}/linphone.xml")));
            let ends = format!("{} UTC", ends.stamp().get(..16).unwrap_or_default());
            page_of(&app, &by, &alias_id, Some(SoftphoneLink { address, ends, code, linphone })).await
        }
        // The page itself says that no account is suitable.
        Ok(Made::NoAccounts) => page_of(&app, &by, &alias_id, None).await,
        Ok(Made::MayNot) => page::message(&by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Ok(Made::NoSuchAlias) => page::message(&by, StatusCode::NOT_FOUND, messages::aliases::NO_SUCH_ALIAS),
        Err(error) => page::failed(&error.into()),
    }
}
