//! `/api/v1/servers`: the dialers.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use fleet::seating::Supervisor;
use floor::{Alarm, DialerView, Emptied};
use serde::Serialize;

use super::body::Object;
use super::caller::{Administrator, Looker};
use super::{found, wording};
use crate::App;
use crate::problem::Problem;

#[derive(Serialize)]
pub(super) struct Servers {
    servers: Vec<DialerView>,
    alarm: Alarm,
}

/// `GET`: every dialer as the floor sees it.
pub(super) async fn list(State(app): State<Arc<App>>, _: Looker) -> Response {
    found(&Servers { servers: app.floor.dialers(), alarm: app.floor.alarm() })
}

/// `PUT …/drain`: nobody new from now on.
pub(super) async fn drain(
    State(app): State<Arc<App>>,
    Administrator(by): Administrator,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    set_draining(&app, &server_ip, true, by).await
}

/// `DELETE …/drain`: it takes agents again.
pub(super) async fn take_agents(
    State(app): State<Arc<App>>,
    Administrator(by): Administrator,
    Path(server_ip): Path<String>,
) -> Result<Response, Problem> {
    set_draining(&app, &server_ip, false, by).await
}

async fn set_draining(app: &App, server_ip: &str, drains: bool, by: Supervisor) -> Result<Response, Problem> {
    let is_known = app.floor.set_draining(server_ip, drains, by).await;
    if !is_known? {
        return Err(wording::no_such_server());
    }
    let shown = app.floor.dialers().into_iter().find(|dialer| dialer.server_ip.eq_ignore_ascii_case(server_ip.trim()));
    shown.map(|dialer| found(&dialer)).ok_or_else(wording::no_such_server)
}

#[derive(Serialize)]
pub(super) struct Done {
    moved: usize,
    stayed: usize,
}

/// `POST …/move`: every agent goes to another dialer, for who says how many lose a call by it.
pub(super) async fn empty(
    State(app): State<Arc<App>>,
    Administrator(by): Administrator,
    Path(server_ip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let said = Object::read(&headers, &body, &["in_call"])?.count("in_call")?;
    let Some(said) = said else {
        // Nothing is moved without it, so this only asks.
        let address = server_ip.clone();
        let asked = app.store.read(move |tx| {
            let Some(dialer) = tx.dialer(&address)? else { return Ok(None) };
            tx.agents_in_call(&dialer.server_ip).map(Some)
        });
        let in_call = asked.await?;
        return Err(in_call.map_or_else(wording::no_such_server, wording::in_call));
    };
    match app.floor.empty(&server_ip, said, by).await? {
        Emptied::NoSuchDialer => Err(wording::no_such_server()),
        Emptied::InCall(found) => Err(wording::in_call(found)),
        Emptied::Done { moved, stayed } => Ok(found(&Done { moved, stayed })),
    }
}
