//! `/admin/dialers`: list of dialers, with their stored settings and live state.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::dialers::save::Dialer;
use fleet::sessions::{Engine, ManagerRow};
use fleet::{FleetTx, TxError, name};
use floor::NodeView;

use super::lists;
use super::messages::{self, Tone};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};

/// Row of a dialer.
struct DialerRow {
    address: String,
    card: String,
    dialer: Dialer,
    manager: String,
    health: &'static str,
    tone: Tone,
    why: Option<&'static str>,
    switches: Vec<&'static str>,
    seats: usize,
    lines: String,
    conferences: String,
    phones: u32,
}

#[derive(Template)]
#[template(path = "admin/dialers.html")]
struct DialersPage {
    frame: Frame,
    rows: Vec<DialerRow>,
    nodes: Vec<Node>,
    may_change: bool,
    news: &'static str,
}

/// Row of a node.
struct Node {
    name: String,
    what: &'static str,
    leads: String,
}

/// Stored data of a dialer.
struct Stored {
    dialer: Dialer,
    manager: Option<ManagerRow>,
    conferences: (u32, u32),
    phones: u32,
}

/// All dialers with their stored data.
fn stored(tx: &mut dyn FleetTx) -> Result<Vec<Stored>, TxError> {
    let managers = tx.managers()?;
    let mut all = Vec::new();
    for dialer in Dialer::all(tx)? {
        let engine = if dialer.value("conf_engine") == "CONFBRIDGE" { Engine::Confbridge } else { Engine::Meetme };
        let conferences = tx.count_conferences(dialer.server_ip(), engine)?;
        let phones = tx.count_phones(dialer.server_ip())?;
        let manager = managers.iter().find(|row| name::same(&row.server_ip, dialer.server_ip())).cloned();
        all.push(Stored { manager, conferences: (conferences.free, conferences.all), phones, dialer });
    }
    Ok(all)
}

/// `GET`: the list. A call centre has few dialers, so the list is one page.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let found = match app.store.read(stored).await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let mut rows: Vec<DialerRow> = found.into_iter().map(|stored| row(&app, stored)).collect();
    rows.sort_by(|one, other| one.dialer.value("server_id").cmp(other.dialer.value("server_id")));
    let news = messages::floor::done(fields.get("done"));
    let (frame, may_change) = (Frame::of(&admin_session, Here::Dialers), admin_session.may_change());
    let nodes = app.floor.cluster().nodes().iter().map(|view| node(view, &rows)).collect();
    html::page(StatusCode::OK, &DialersPage { frame, rows, nodes, may_change, news })
}

fn node(view: &NodeView, rows: &[DialerRow]) -> Node {
    let name = |server_ip: &String| {
        let row = rows.iter().find(|row| row.dialer.server_ip() == server_ip);
        let server_id = row.map(|row| row.dialer.value("server_id").to_owned());
        server_id.filter(|server_id| !server_id.is_empty()).unwrap_or_else(|| server_ip.clone())
    };
    let leads: Vec<String> = view.leads.iter().map(name).collect();
    let leads = if leads.is_empty() { messages::dialers::LEADS_NONE.to_owned() } else { leads.join(", ") };
    Node { name: view.name.clone(), what: messages::dialers::node(view), leads }
}

fn row(app: &App, stored: Stored) -> DialerRow {
    let Stored { dialer, manager, conferences: (free, all), phones } = stored;
    let ip = dialer.server_ip();
    let view = app.floor.dialer(ip);
    let (health, tone) = messages::health(view.as_ref().map_or("", |view| view.health));
    DialerRow {
        address: lists::address("/admin/dialer", &[("server_ip", ip)]),
        card: card(ip),
        manager: manager.as_ref().map(messages::dialers::manager).unwrap_or_default(),
        health,
        tone,
        why: view.as_ref().and_then(|view| view.trouble).map(messages::floor::dialer_problem),
        switches: view.as_ref().map(messages::switches).unwrap_or_default(),
        seats: view.as_ref().map_or(0, |view| view.seats),
        lines: messages::dialers::lines(&app.floor.lines(ip)),
        conferences: format!("{free} of {all}"),
        phones,
        dialer,
    }
}

/// Address of the card of a dialer on the floor.
pub(super) fn card(server_ip: &str) -> String {
    format!("/admin/#dialer-{server_ip}")
}
