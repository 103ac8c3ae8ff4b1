//! `/api/v1/decision`: what a login would get now, and why.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::authorization::Scope;
use fleet::sessions;
use fleet::sessions::Refusal;
use serde::Serialize;
use serde_json::json as value;

use super::caller::Looker;
use super::document::Book;
use super::document::operation::Operation;
use super::document::shape::{Object, filled, text, text_or_null};
use super::opened;
use super::opened::Decided;
use super::{found, wording};
use crate::problem::Problem;
use crate::{App, params};

#[derive(Serialize)]
pub(super) struct Answer {
    phone_login: String,
    campaign: String,
    /// Who would be rung first.
    chosen: Option<String>,
    #[serde(flatten)]
    decision: Decided,
}

/// `GET`: looks, and changes nothing.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (mut phone_login, mut campaign) = (String::new(), String::new());
    for (name, value) in params::texts(query.as_deref().unwrap_or_default()) {
        match name.as_str() {
            "phone_login" => phone_login = value,
            "campaign" => campaign = value,
            _ => return Err(wording::unknown_field(&name, &["phone_login", "campaign"])),
        }
    }
    if phone_login.trim().is_empty() {
        return Err(wording::missing_phone_login());
    }
    let (live_status, login, named) = (app.floor.live_status(), phone_login.clone(), campaign.clone());
    let choice = app.store.read(move |tx| sessions::look(tx, &login, &named, live_status.as_ref())).await;
    let choice = choice?.map_err(wording::refused)?;
    let first = choice.decision.order.first().and_then(|place| choice.candidates.get(*place));
    let chosen = first.map(|candidate| candidate.login.clone());
    Ok(found(&Answer { phone_login, campaign, chosen, decision: Decided::of(&choice) }))
}

/// What the document says of decisions.
pub(super) fn describe(book: &mut Book) {
    let answer = Object::answered("")
        .has("phone_login", text("What was asked about."))
        .has("campaign", text("In which campaign."))
        .has("chosen", text_or_null("The login of the phone that would be rung first; null if nobody could be rung."));
    let mut example = opened::decision_example();
    for (name, value) in [("phone_login", "team"), ("campaign", ""), ("chosen", "100b")] {
        example[name] = value!(value);
    }
    let shown = Operation::get("/decision", "get_decision")
        .says("What a login would get now, and why", "It changes nothing.")
        .scope(Scope::Read)
        .needs_query("phone_login", filled("An alias, a phone's login, or several logins with commas between."), "team")
        .query("campaign", text("The campaign that the agent would log in to."), "")
        .refuses([wording::missing_phone_login(), wording::unknown_field("colour", &[])])
        .refuses([Refusal::AliasInactive, Refusal::CampaignUnknown, Refusal::TooManyLogins].map(wording::refused))
        .answers(StatusCode::OK, "The decision.", opened::decided(answer), example);
    book.operation(shown);
}
