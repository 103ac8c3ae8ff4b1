//! `/api/v1/aliases/{alias_id}/softphone-links`: single-use links that set up a softphone.

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

/// A link that sets up a softphone. It is only in this response.
#[derive(Serialize, ToSchema)]
struct Link {
    /// Page that shows the phones' accounts with their secrets, and files for softphones. It opens once.
    url: String,
    /// Address for Linphone's remote provisioning. Opening either address uses up the link.
    linphone_url: String,
    /// Time at which the link expires.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// `POST`: creates a link. The link reveals the phones' secrets, so the caller needs the scope for them.
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

/// Describes this operation in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    let url = "https://hotdesk.example.com/setup/5f0c";
    let example =
        value!({"url": url, "linphone_url": format!("{url}/linphone.xml"), "expires_at": "2026-11-22T12:00:00.000Z"});
    let make = Operation::post("/aliases/{alias_id}/softphone-links", "createSoftphoneLink")
        .says(
            "Create a softphone link",
            "The link sets up a softphone with all phones of the alias. It can be opened once, within one day.",
        )
        .path("alias_id", text("Id of the alias."), "cc100x")
        .scope(Scope::Conf)
        .refuses([messages::may_not_administer(), messages::no_such_alias(), messages::no_softphone_accounts()])
        .answers(StatusCode::CREATED, "The link.", object::<Link>(), example);
    spec.operation(make);
}
