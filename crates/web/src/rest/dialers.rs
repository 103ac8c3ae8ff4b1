//! `/api/v1/dialers`: the dialers.

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

use super::body;
use super::caller::Caller;
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{Object as Described, count, flag, list as list_of, named, object, text, word};
use super::{found, messages};
use crate::App;
use crate::http::problem::Problem;

#[derive(Serialize)]
pub(super) struct Listed {
    dialers: Vec<DialerView>,
    alarm: Alarm,
}

/// `GET`: every dialer as the floor sees it. A command on the database has no floor: it gets the rows.
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    caller.look(&app).await?;
    if caller.is_local() {
        let rows = app.store.read(|tx| tx.rows(Table::Dialer)).await?;
        return Ok(found(&value!({ "dialers": rows.iter().map(shown).collect::<Vec<_>>() })));
    }
    Ok(found(&Listed { dialers: app.floor.dialers(), alarm: app.floor.alarm() }))
}

/// `PUT …/drain`: nobody new from now on.
pub(super) async fn drain(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Dialers).await?;
    set_draining(&app, &server_ip, true, by).await
}

/// `DELETE …/drain`: it takes agents again.
pub(super) async fn take_agents(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Dialers).await?;
    set_draining(&app, &server_ip, false, by).await
}

async fn set_draining(app: &App, server_ip: &str, drains: bool, by: Actor) -> Result<Response, Problem> {
    let is_known = app.floor.set_draining(server_ip, drains, by).await;
    if !is_known? {
        return Err(messages::no_such_dialer());
    }
    let shown = app.floor.dialers().into_iter().find(|dialer| dialer.server_ip.eq_ignore_ascii_case(server_ip.trim()));
    shown.map(|dialer| found(&dialer)).ok_or_else(messages::no_such_dialer)
}

/// A request to move every agent off a dialer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmptyRequest {
    /// How many agents are in a call there, as far as the caller knows: those calls end.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    in_call: Option<u32>,
}

/// How many agents were moved.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// Agents who were moved.
    moved: usize,
    /// Agents who stayed, since no other dialer could take them.
    stayed: usize,
}

/// `POST …/move`: every agent goes to another dialer, for who says how many lose a call by it.
pub(super) async fn empty(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(server_ip): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let by = caller.administer(&app, Scope::Dialers).await?;
    let said = body::read::<EmptyRequest>(&caller.headers, &body)?.in_call;
    let Some(said) = said else {
        // Nothing is moved without it, so this only asks.
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

/// What the document says of dialers.
pub(super) fn describe(spec: &mut Spec) {
    let dialer = Described::answered("A dialer, as the floor sees it.")
        .has("server_ip", text("Its address, which names it."))
        .has("server_id", text("What people call it."))
        .has("active", flag("Whether it is in use."))
        .has("accepts_agents", flag("Whether agents may log in there."))
        .has("draining", flag("Whether nobody new goes there."))
        .has("health", word("How it is.", ["healthy", "suspect", "down", "no_account", "unwatched"]))
        .may_have("trouble", text("What is wrong with it, in a word that stays the same."))
        .may_have("unhealthy_for_ms", count("For how many milliseconds."))
        .has("seats", count("Seats that agents take there."));
    spec.shape("DialerStatus", dialer);
    let alarm = Described::answered("Whether everything stays as it is because too many dialers vanished at once.")
        .has("frozen", flag("Whether it does."))
        .has("down", count("Dialers that are down."))
        .has("total", count("Of how many that were healthy before."));
    spec.shape("Alarm", alarm);
    let all = Described::answered("")
        .has("dialers", list_of("Every dialer.", named("DialerStatus")))
        .has("alarm", named("Alarm"));
    let listed = Operation::get("/dialers", "listDialers")
        .says("List dialers", "With their health and seats.")
        .scope(Scope::Read);
    let alarm = value!({"frozen": false, "down": 0, "total": 0});
    spec.operation(listed.answers(
        StatusCode::OK,
        "The dialers.",
        all,
        value!({"dialers": [example()], "alarm": alarm}),
    ));
    let one = |operation: Operation| {
        let operation = operation.path("server_ip", text("The dialer."), "10.0.9.8").scope(Scope::Dialers);
        operation.refuses([messages::may_not_administer(), messages::no_such_dialer()])
    };
    let drain = one(Operation::put("/dialers/{server_ip}/drain", "drainDialer"))
        .says("Drain a dialer", "It takes no new agents. Nobody is moved.");
    spec.operation(drain.answers(StatusCode::OK, "The dialer.", named("DialerStatus"), example()));
    let take = one(Operation::delete("/dialers/{server_ip}/drain", "undrainDialer"))
        .says("End the draining of a dialer", "It takes new agents again.");
    spec.operation(take.answers(StatusCode::OK, "The dialer.", named("DialerStatus"), example()));
    let empty = one(Operation::post("/dialers/{server_ip}/move", "emptyDialer"))
        .says("Move every agent off a dialer", "Without in_call, it only answers how many are in a call.")
        .takes(object::<EmptyRequest>(), false, value!({"in_call": 0}))
        .refuses([messages::in_call(3), messages::no_count("in_call")]);
    spec.operation(empty.answers(
        StatusCode::OK,
        "How many were moved.",
        object::<Done>(),
        value!({"moved": 12, "stayed": 0}),
    ));
}
