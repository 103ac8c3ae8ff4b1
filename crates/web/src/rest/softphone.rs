//! `/api/v1/aliases/{alias_id}/softphone-links`: a link that sets up a softphone, once.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::authorization::Scope;
use fleet::sessions::SessionKey;
use fleet::softphone_links::{Made, Make};
use serde::Serialize;
use serde_json::json as value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{object, text};
use super::messages;
use crate::http::address::Peer;
use crate::http::problem::{Problem, json};
use crate::{App, softphone};

/// A link that sets up a softphone. It is answered only once.
#[derive(Serialize, ToSchema)]
struct Link {
    /// A page that shows, once, the phones' accounts with their secrets and files for softphones.
    url: String,
    /// The same for Linphone's remote provisioning. Opening either uses up the link.
    linphone_url: String,
    /// Until when the link can be opened.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// `POST`: makes one. Whoever opens it gets the phones' secrets, so it takes the scope of those.
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    caller: Caller,
    Path(alias_id): Path<String>,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Conf).await?;
    let key = SessionKey::new(app.rng.as_ref());
    let make = Make { alias_id, key_digest: key.digest(), by };
    match app.store.write(move |tx| make.execute(tx)).await? {
        Made::Done(ends) => {
            let url = softphone::address(&app, peer, &caller.headers, key.reveal());
            let link = Link { linphone_url: format!("{url}/linphone.xml"), url, expires_at: ends.rfc3339() };
            Ok(json(StatusCode::CREATED, "application/json", &link))
        }
        Made::MayNot => Err(messages::may_not_administer()),
        Made::NoSuchAlias => Err(messages::no_such_alias()),
        Made::NoAccounts => Err(messages::no_softphone_accounts()),
    }
}

/// What the document says of it.
pub(super) fn describe(spec: &mut Spec) {
    let url = "https://hotdesk.example.com/setup/5f0c";
    let example =
        value!({"url": url, "linphone_url": format!("{url}/linphone.xml"), "expires_at": "2026-11-22T12:00:00.000Z"});
    let make = Operation::post("/aliases/{alias_id}/softphone-links", "createSoftphoneLink")
        .says(
            "Create a softphone link",
            "The link sets up a softphone with all phones of the alias. It opens once, within a day.",
        )
        .path("alias_id", text("The alias."), "cc100x")
        .scope(Scope::Conf)
        .refuses([messages::may_not_administer(), messages::no_such_alias(), messages::no_softphone_accounts()])
        .answers(StatusCode::CREATED, "The link.", object::<Link>(), example);
    spec.operation(make);
}
