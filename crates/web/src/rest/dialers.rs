//! `/api/v1/dialers`: list of dialers with their health, and draining.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::actor::Actor;
use fleet::authorization::Scope;
use fleet::rows::shown;
use fleet::schema::Table;
use floor::{Alarm, DialerView, MoveAllOutcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use utoipa::ToSchema;

use super::caller::Caller;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Shape, list as list_of, named, object, text, word};
use super::{body, found, messages};
use crate::App;
use crate::http::problem::Problem;

/// Live state of a dialer.
#[derive(Serialize, ToSchema)]
#[serde(remote = "DialerView")]
struct DialerStatus {
    /// Address of the dialer, its key.
    server_ip: String,
    /// Name of the dialer.
    server_id: String,
    /// Whether the dialer is active.
    active: bool,
    /// Whether agents may log in on it.
    accepts_agents: bool,
    /// Whether the dialer is draining: it takes no new agents.
    draining: bool,
    #[schema(schema_with = health)]
    health: &'static str,
    /// Code of the problem with the dialer. Codes are stable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    trouble: Option<&'static str>,
    /// Milliseconds since the dialer was last healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unhealthy_for_ms: Option<u64>,
    /// Occupied seats.
    seats: usize,
}

fn health() -> Shape {
    word("Health of the dialer.", ["healthy", "suspect", "down", "no_account", "unwatched"])
}

/// Whether re-homing is frozen because too many dialers went down at once.
#[derive(Serialize, ToSchema)]
#[serde(remote = "Alarm")]
struct AlarmStatus {
    /// Whether re-homing is frozen.
    frozen: bool,
    /// Number of dialers that are down.
    #[serde(rename = "down")]
    gone: usize,
    /// Number of dialers that were healthy before.
    #[serde(rename = "total")]
    of: usize,
}

#[derive(Serialize)]
struct DialerReply(#[serde(with = "DialerStatus")] DialerView);

#[derive(Serialize, ToSchema)]
struct DialerList {
    #[schema(schema_with = dialer_statuses)]
    dialers: Vec<DialerReply>,
    #[serde(with = "AlarmStatus")]
    #[schema(schema_with = alarm_status)]
    alarm: Alarm,
}

fn dialer_statuses() -> Shape {
    list_of("All dialers.", named("DialerStatus"))
}

fn alarm_status() -> Shape {
    named("Alarm")
}

/// `GET`: every dialer with its live state. An in-process request has no floor, so it gets the stored rows.
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    caller.look(&app).await?;
    if caller.is_local() {
        let rows = app.store.read(|tx| tx.rows(Table::Dialer)).await?;
        return Ok(found(&value!({ "dialers": rows.iter().map(shown).collect::<Vec<_>>() })));
    }
    let dialers = app.floor.dialers().into_iter().map(DialerReply).collect();
    Ok(found(&DialerList { dialers, alarm: app.floor.alarm() }))
}

/// `PUT …/drain`: stops placing agents on the dialer.
pub(super) async fn drain(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Dialers).await?;
    set_draining(&app, &server_ip, true, by).await
}

/// `DELETE …/drain`: resumes placing agents on the dialer.
pub(super) async fn take_agents(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Dialers).await?;
    set_draining(&app, &server_ip, false, by).await
}

async fn set_draining(app: &App, server_ip: &str, drains: bool, by: Actor) -> Result<Response, Problem> {
    if !app.floor.set_draining(server_ip, drains, by).await? {
        return Err(messages::no_such_dialer());
    }
    let shown = app.floor.dialers().into_iter().find(|dialer| dialer.server_ip.eq_ignore_ascii_case(server_ip.trim()));
    shown.map(|dialer| found(&DialerReply(dialer))).ok_or_else(messages::no_such_dialer)
}

/// Request to move all agents off a dialer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmptyRequest {
    /// Number of agents in a call on this dialer, as confirmation that their calls will end.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    in_call: Option<u32>,
}

/// Numbers of moved agents.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// Agents that were moved.
    moved: usize,
    /// Agents that stayed because no other dialer could take them.
    stayed: usize,
}

/// `POST …/move`: moves all agents to other dialers. The caller must confirm how many calls that ends.
pub(super) async fn empty(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Dialers).await?;
    let said = body::read::<EmptyRequest>(&caller.headers, &body)?.in_call;
    let Some(said) = said else {
        // Without confirmation nothing is moved; the response only has the number of calls.
        let address = server_ip.clone();
        let asked = app.store.read(move |tx| {
            let Some(dialer) = tx.dialer(&address)? else { return Ok(None) };
            tx.agents_in_call(&dialer.server_ip).map(Some)
        });
        let in_call = asked.await?;
        return Err(in_call.map_or_else(messages::no_such_dialer, messages::in_call));
    };
    match app.floor.move_all_agents(&server_ip, said, by).await? {
        MoveAllOutcome::NoSuchDialer => Err(messages::no_such_dialer()),
        MoveAllOutcome::InCall(found) => Err(messages::in_call(found)),
        MoveAllOutcome::Done { moved, stayed } => Ok(found(&Done { moved, stayed })),
    }
}

fn example() -> Value {
    value!({
        "server_ip": "10.0.9.8", "server_id": "dialer-a", "active": true, "accepts_agents": true, "draining": false,
        "health": "healthy", "seats": 12
    })
}

/// Describes these operations in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("DialerStatus", object::<DialerStatus>());
    spec.shape("Alarm", object::<AlarmStatus>());
    let listed = Operation::get("/dialers", "listDialers")
        .says("List dialers", "Lists all dialers with their health and their seats.")
        .scope(Scope::Read);
    let alarm = value!({"frozen": false, "down": 0, "total": 0});
    spec.operation(listed.answers(
        StatusCode::OK,
        "The dialers.",
        object::<DialerList>(),
        value!({"dialers": [example()], "alarm": alarm}),
    ));
    let one = |operation: Operation| {
        let operation = operation.path("server_ip", text("The dialer's address."), "10.0.9.8").scope(Scope::Dialers);
        operation.refuses([messages::may_not_administer(), messages::no_such_dialer()])
    };
    let drain = one(Operation::put("/dialers/{server_ip}/drain", "drainDialer"))
        .says("Drain a dialer", "The dialer takes no new agents. Agents on it stay.");
    spec.operation(drain.answers(StatusCode::OK, "The dialer.", named("DialerStatus"), example()));
    let take = one(Operation::delete("/dialers/{server_ip}/drain", "undrainDialer"))
        .says("Undrain a dialer", "The dialer takes new agents again.");
    spec.operation(take.answers(StatusCode::OK, "The dialer.", named("DialerStatus"), example()));
    let empty = one(Operation::post("/dialers/{server_ip}/move", "moveAgents"))
        .says("Move all agents off a dialer",
            "Calls of these agents end, so in_call must be the number of agents in a call. Without in_call, or if the number has \
            changed, nothing is moved and the response has the number.")
        .takes(object::<EmptyRequest>(), false, value!({"in_call": 0}))
        .refuses([messages::in_call(3), messages::no_count("in_call")]);
    spec.operation(empty.answers(
        StatusCode::OK,
        "The numbers of agents that were moved and that stayed.",
        object::<Done>(),
        value!({"moved": 12, "stayed": 0}),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::document::shape::tests::assert_described;

    #[test]
    fn a_dialer_and_an_alarm_of_the_floor_and_of_the_reply_have_the_same_json() {
        let mut dialer = DialerView {
            server_ip: "10.0.9.8".to_owned(),
            server_id: "dialer-a".to_owned(),
            active: true,
            accepts_agents: true,
            draining: false,
            health: "down",
            trouble: Some("refused"),
            unhealthy_for_ms: Some(5_000),
            seats: 12,
        };
        let of_the_floor = serde_json::to_string(&dialer).unwrap();
        assert_eq!(serde_json::to_string(&DialerReply(dialer.clone())).unwrap(), of_the_floor);
        assert_described(object::<DialerStatus>(), &dialer);
        (dialer.trouble, dialer.unhealthy_for_ms) = (None, None);
        assert_described(object::<DialerStatus>(), &dialer);
        let alarm = Alarm { frozen: true, gone: 5, of: 8 };
        assert_described(object::<AlarmStatus>(), &alarm);
        let list = serde_json::to_value(DialerList { dialers: Vec::new(), alarm }).unwrap();
        assert_eq!(list["alarm"], serde_json::to_value(alarm).unwrap());
    }
}
