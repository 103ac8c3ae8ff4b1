//! `/admin/alias/softphone`: a link that sets up a softphone with all phones of an alias. It is shown once, to who makes it.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fleet::records::{Alias, Phone};
use fleet::sessions::SessionKey;
use fleet::softphone_links::{Made, Make, accounts, visible};

use super::super::page::{self, Frame, Here};
use super::super::posted::{Fields, Ordered};
use super::super::visitor::Visitor;
use super::super::{lists, wording};
use crate::address::Peer;
use crate::{App, softphone};

struct Link {
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
    link: Option<Link>,
}

/// `GET`: what a softphone would register as.
pub(in crate::admin) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    if !visitor.may_change() {
        return page::message(&visitor, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK);
    }
    page_of(&app, &visitor, fields.get("id"), None).await
}

async fn page_of(app: &App, visitor: &Visitor, alias_id: &str, link: Option<Link>) -> Response {
    let (wanted, by) = (alias_id.to_owned(), visitor.user.clone());
    let found = app.store.read(move |tx| {
        let Some(alias) = visible(tx, &by, &wanted)? else { return Ok(None) };
        let phones = accounts(tx, &by, &alias.logins_list)?;
        Ok(Some((alias, phones)))
    });
    let (Alias { alias_id, .. }, phones) = match found.await {
        Ok(Some(found)) => found,
        Ok(None) => return page::message(visitor, StatusCode::NOT_FOUND, wording::aliases::NO_SUCH_ALIAS),
        Err(error) => return page::failed(&error.into()),
    };
    let back = lists::address("/admin/alias", &[("id", &alias_id)]);
    let frame = Frame::of(visitor, Here::Aliases);
    page::show(StatusCode::OK, &SoftphonePage { frame, alias_id, back, phones, link })
}

/// `POST`: makes a link.
pub(in crate::admin) async fn make(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    ordered: Ordered,
) -> Response {
    let Ordered { by, fields } = ordered;
    let key = SessionKey::new(app.rng.as_ref());
    let alias_id = fields.get("id").to_owned();
    let make = Make { alias_id: alias_id.clone(), key_digest: key.digest(), by: by.supervisor() };
    match app.store.write(move |tx| make.execute(tx)).await {
        Ok(Made::Done(ends)) => {
            let address = softphone::address(&app, peer, &headers, key.reveal());
            let (code, linphone) = (softphone::code(&address), softphone::code(&format!("{address}/linphone.xml")));
            let ends = format!("{} UTC", ends.stamp().get(..16).unwrap_or_default());
            page_of(&app, &by, &alias_id, Some(Link { address, ends, code, linphone })).await
        }
        // The page says so itself.
        Ok(Made::NoAccounts) => page_of(&app, &by, &alias_id, None).await,
        Ok(Made::MayNot) => page::message(&by, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK),
        Ok(Made::NoSuchAlias) => page::message(&by, StatusCode::NOT_FOUND, wording::aliases::NO_SUCH_ALIAS),
        Err(error) => page::failed(&error.into()),
    }
}
