//! `/api/v1/decision`: preview of a placement, with its reasons.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::authorization::Scope;
use fleet::sessions::Refusal;
use fleet::{OperationError, sessions};
use serde::Serialize;
use serde_json::{Value, json as value};
use utoipa::ToSchema;

use super::caller::Looker;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Object, count, either, filled, list, number, object, text, word};
use super::list_query::{ListQuery, Parameter};
use super::{found, messages};
use crate::App;
use crate::http::problem::Problem;
use crate::messages::session_created::DecisionView;

#[derive(Serialize, ToSchema)]
struct DecisionReply {
    /// The requested login.
    phone_login: String,
    /// The requested campaign.
    campaign: String,
    /// Login of the phone that would be rung first; null if no phone can be rung.
    #[schema(required = true)]
    chosen: Option<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    decision: DecisionView,
}

/// Name of the parameter with the login.
const PHONE_LOGIN: &str = "phone_login";

const CAMPAIGN: Parameter = Parameter::new("campaign", || text("Campaign that the agent would log in to."), "");

/// `GET`: computes the placement without changing anything.
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

/// Describes this operation in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    let mut example = decision_example();
    for (name, value) in [("phone_login", "team"), ("campaign", ""), ("chosen", "100b")] {
        example[name] = value!(value);
    }
    let shown = Operation::get("/decision", "getDecision")
        .says("Preview a placement decision", "Shows which phone a login would ring now, and why. Nothing is changed.")
        .scope(Scope::Read)
        .needs_query(PHONE_LOGIN, filled("An alias, a phone login, or several logins separated by commas."), "team")
        .parameters(&[CAMPAIGN])
        .refuses([messages::missing_phone_login()])
        .refuses([Refusal::AliasInactive, Refusal::CampaignUnknown, Refusal::TooManyLogins].map(messages::refused))
        .answers(StatusCode::OK, "The decision.", decision_fields(object::<DecisionReply>()), example);
    spec.operation(shown);
}

/// Describes the fields of a [`DecisionView`], after other fields.
pub(super) fn decision_fields(fields: Object) -> Object {
    fields
        .has("why", word("Rule that decided the order.", ["least_loaded", "grouped"]))
        .has("candidates", list("All phones of the login, in the alias's order.", candidate_fields()))
}

fn candidate_fields() -> Object {
    let left_out = either(
        "Why the phone would not be rung: a reason, or an object whose only key is the reason.",
        [text(""), Object::answered("").into()],
    );
    Object::answered("A phone that was considered.")
        .has("phone_login", text("Login of the phone."))
        .may_have("server_ip", text("Address of the phone's dialer, if known."))
        .may_have("seats", count("Occupied seats on the dialer."))
        .may_have("weight", count("Weight of the dialer, if it has one."))
        .may_have("health", word("Health of the dialer.", ["healthy", "suspect", "down", "unwatched", "no_account"]))
        .may_have(
            "registration",
            word("Whether the phone is registered.", ["registered", "not_registered", "unknown", "not_needed"]),
        )
        .may_have("turn", number("Position in the ringing order, from 1.", 1, i64::from(i32::MAX)))
        .may_have("left_out", left_out)
}

/// Example of a decision.
pub(super) fn decision_example() -> Value {
    value!({"why": "least_loaded", "candidates": [
        {"phone_login": "100a", "server_ip": "10.0.9.8", "seats": 3, "health": "healthy", "registration": "registered", "turn": 2},
        {"phone_login": "100b", "server_ip": "10.0.9.9", "seats": 2, "health": "healthy", "registration": "registered", "turn": 1}
    ]})
}

#[cfg(test)]
pub(super) mod tests {
    use fleet::dialer_status::{Health, Registration};
    use fleet::placement::{LeftOut, Why};
    use fleet::sessions::timeline::Weighed;

    use super::*;
    use crate::rest::document::shape::tests::assert_described;

    /// A decision with every field that one can have.
    pub(in crate::rest) fn every_decision() -> DecisionView {
        let candidate = Weighed {
            phone_login: "100a".to_owned(),
            server_ip: Some("10.0.9.8".to_owned()),
            seats: Some(3),
            weight: 10,
            health: Some(Health::Healthy),
            registration: Some(Registration::Registered),
            turn: Some(1),
            left_out: Some(LeftOut::Full),
        };
        DecisionView { why: Why::LeastLoaded, candidates: vec![candidate] }
    }

    #[test]
    fn every_field_of_a_decision_is_described() {
        let decision = every_decision();
        assert_described(candidate_fields(), &decision.candidates[0]);
        let (phone_login, campaign) = ("team".to_owned(), String::new());
        let reply = DecisionReply { phone_login, campaign, chosen: None, decision };
        assert_described(decision_fields(object::<DecisionReply>()), &reply);
    }
}
