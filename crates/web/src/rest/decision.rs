//! `/api/v1/decision`: what a login would get now, and why.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::OperationError;
use fleet::authorization::Scope;
use fleet::sessions;
use fleet::sessions::Refusal;
use serde::Serialize;
use serde_json::{Value, json as value};

use super::caller::Looker;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Object, count, either, filled, list, number, text, text_or_null, word};
use super::list_query::{ListQuery, Parameter};
use super::{found, messages};
use crate::App;
use crate::http::problem::Problem;
use crate::messages::session_created::DecisionView;

#[derive(Serialize)]
pub(super) struct DecisionReply {
    phone_login: String,
    campaign: String,
    /// Who would be rung first.
    chosen: Option<String>,
    #[serde(flatten)]
    decision: DecisionView,
}

/// The login to decide about.
const PHONE_LOGIN: &str = "phone_login";

const CAMPAIGN: Parameter = Parameter::new("campaign", || text("The campaign that the agent would log in to."), "");

/// `GET`: looks, and changes nothing.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = ListQuery::known(query, &[PHONE_LOGIN, CAMPAIGN.name])?;
    let [phone_login, campaign] = [PHONE_LOGIN, CAMPAIGN.name].map(|name| query.text(name).to_owned());
    if phone_login.trim().is_empty() {
        return Err(messages::missing_phone_login());
    }
    let (live_status, login, named) = (app.floor.live_status(), phone_login.clone(), campaign.clone());
    let preview = app.store.read_or_refuse(move |tx| sessions::preview(tx, &login, &named, live_status.as_ref())).await;
    let choice = preview.map_err(|error| match error {
        OperationError::Refused(refusal) => messages::refused(refusal),
        OperationError::Failed(error) => error.into(),
    })?;
    let first = choice.decision.order.first().and_then(|place| choice.candidates.get(*place));
    let chosen = first.map(|candidate| candidate.login.clone());
    Ok(found(&DecisionReply { phone_login, campaign, chosen, decision: DecisionView::of(&choice) }))
}

/// What the document says of decisions.
pub(super) fn describe(spec: &mut Spec) {
    let answer = Object::answered("")
        .has("phone_login", text("What was asked about."))
        .has("campaign", text("In which campaign."))
        .has("chosen", text_or_null("The login of the phone that would be rung first; null if nobody could be rung."));
    let mut example = decision_example();
    for (name, value) in [("phone_login", "team"), ("campaign", ""), ("chosen", "100b")] {
        example[name] = value!(value);
    }
    let shown = Operation::get("/decision", "getDecision")
        .says("Preview a placement decision", "Shows which phone a login would get now, and why. It changes nothing.")
        .scope(Scope::Read)
        .needs_query(PHONE_LOGIN, filled("An alias, a phone's login, or several logins with commas between."), "team")
        .parameters(&[CAMPAIGN])
        .refuses([messages::missing_phone_login()])
        .refuses([Refusal::AliasInactive, Refusal::CampaignUnknown, Refusal::TooManyLogins].map(messages::refused))
        .answers(StatusCode::OK, "The decision.", decision_fields(answer), example);
    spec.operation(shown);
}

/// Describes the fields of a [`DecisionView`], after other fields.
pub(super) fn decision_fields(fields: Object) -> Object {
    let left_out = either(
        "Why it has no turn: a word, or an object whose one field is the word.",
        [text(""), Object::answered("").into()],
    );
    let candidate = Object::answered("A phone of the list.")
        .has("phone_login", text("Its login."))
        .may_have("server_ip", text("Its dialer, if it is known."))
        .may_have("seats", count("Seats that were taken there."))
        .may_have("weight", count("The dialer's weight, if it has one."))
        .may_have("health", word("How the dialer was seen.", ["healthy", "suspect", "down", "unwatched", "no_account"]))
        .may_have(
            "registration",
            word("Whether it can be rung.", ["registered", "not_registered", "unknown", "not_needed"]),
        )
        .may_have("turn", number("When it is rung, from 1.", 1, i64::from(i32::MAX)))
        .may_have("left_out", left_out);
    fields
        .has("why", word("Why the first is first.", ["least_loaded", "grouped"]))
        .has("candidates", list("The phones that there were, in the list's order.", candidate))
}

/// A typical decision.
pub(super) fn decision_example() -> Value {
    value!({"why": "least_loaded", "candidates": [
        {"phone_login": "100a", "server_ip": "10.0.9.8", "seats": 3, "health": "healthy", "registration": "registered", "turn": 2},
        {"phone_login": "100b", "server_ip": "10.0.9.9", "seats": 2, "health": "healthy", "registration": "registered", "turn": 1}
    ]})
}
