//! `/api/v1/decision`: what a login would get now, and why.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use fleet::seating;
use serde::Serialize;

use super::caller::Looker;
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
    let (sight, login, named) = (app.floor.sight(), phone_login.clone(), campaign.clone());
    let choice = app.store.read(move |tx| seating::look(tx, &login, &named, sight.as_ref())).await;
    let choice = choice?.map_err(wording::refused)?;
    let first = choice.decision.order.first().and_then(|place| choice.candidates.get(*place));
    let chosen = first.map(|candidate| candidate.login.clone());
    Ok(found(&Answer { phone_login, campaign, chosen, decision: Decided::of(&choice) }))
}
