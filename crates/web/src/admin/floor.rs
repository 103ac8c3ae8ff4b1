//! The floor: every dialer with its agents, and what happened. Written here as a whole and piece by piece, so that a page and
//! what later replaces parts of it ([`super::events`]) cannot differ.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Moment;
use floor::{Alarm, Change, DialerView, Event, EventId, SessionView};

use super::assets;
use super::page::{self, Frame, Here};
use super::posted::Fields;
use super::visitor::Visitor;
use super::wording::{self, Tone};
use crate::App;

/// How many changes are told.
const TOLD: usize = 40;

/// What is above an agents' table.
#[derive(Template)]
#[template(path = "admin/floor/head.html")]
pub(super) struct Head {
    pub(super) server_ip: String,
    name: String,
    health: &'static str,
    tone: Tone,
    why: Option<String>,
    since: Option<String>,
    switches: Vec<&'static str>,
    draining: bool,
    /// Whether agents can be placed there, so that it has a share.
    takes_agents: bool,
    weight: u32,
    may_change: bool,
}

impl Head {
    pub(super) fn of(dialer: &DialerView, weights: &[(String, u32)], now: Moment, may_change: bool) -> Self {
        let (health, tone) = wording::health(dialer.health);
        let ago = |milliseconds: u64| i64::try_from(milliseconds).unwrap_or(0);
        let since = dialer.unwell_for.map(|unwell| Moment::from_unix_ms(now.unix_ms() - ago(unwell)).rfc3339());
        let weight = weights.iter().find(|(server_ip, _)| *server_ip == dialer.server_ip);
        Self {
            server_ip: dialer.server_ip.clone(),
            name: wording::dialer(dialer),
            health,
            tone,
            why: dialer.trouble.clone(),
            since,
            switches: wording::switches(dialer),
            draining: dialer.draining,
            takes_agents: dialer.active
                && dialer.accepts_agents
                && !dialer.draining
                && matches!(dialer.health, "well" | "unwatched"),
            weight: weight.map_or(0, |(_, weight)| *weight),
            may_change,
        }
    }
}

/// An agent's row.
#[derive(Template)]
#[template(path = "admin/floor/agent.html")]
pub(super) struct Agent<'a> {
    session: &'a SessionView,
    state: &'static str,
    tone: Tone,
    may_change: bool,
}

impl<'a> Agent<'a> {
    pub(super) fn of(session: &'a SessionView, may_change: bool) -> Self {
        let (state, tone) = wording::state(session.state);
        Self { session, state, tone, may_change }
    }

    fn since(&self) -> &str {
        self.session.began.get(11..16).unwrap_or_default()
    }
}

/// A line of what happened.
#[derive(Template)]
#[template(path = "admin/floor/told.html")]
pub(super) struct Told {
    at: String,
    words: String,
    tone: Tone,
}

impl Told {
    pub(super) fn of(app: &App, event: &Event) -> Self {
        let (words, tone) = match &*event.change {
            Change::Session(session, left) => {
                let name = |server_ip: &String| {
                    app.floor.dialer(server_ip).map_or_else(|| server_ip.clone(), |dialer| wording::dialer(&dialer))
                };
                wording::session_changed(session, &name(&session.server_ip), left.as_ref().map(name))
            }
            Change::Dialer(dialer) => wording::dialer_changed(dialer),
            Change::Alarm(alarm) => (wording::alarm(*alarm), if alarm.frozen { Tone::Bad } else { Tone::Good }),
        };
        Self { at: event.at.rfc3339(), words, tone }
    }
}

/// A dialer with its agents.
struct Card {
    head: Head,
    rows: Vec<String>,
    seats: usize,
}

/// All that changes.
#[derive(Template)]
#[template(path = "admin/floor/whole.html")]
pub(super) struct Whole {
    alarm: Option<String>,
    cards: Vec<Card>,
    told: Vec<Told>,
    agents: usize,
    may_change: bool,
}

/// The whole floor, and the last change that is in it.
pub(super) fn whole(app: &App, weights: &[(String, u32)], may_change: bool) -> (Whole, EventId) {
    let (snapshot, last) = app.floor.snapshot();
    let now = app.store.now();
    let mut cards: Vec<Card> = snapshot.dialers.iter().map(|dialer| card(dialer, weights, now, may_change)).collect();
    cards.sort_by(|one, other| one.head.name.cmp(&other.head.name));
    for session in &snapshot.sessions {
        if let Some(card) = cards.iter_mut().find(|card| card.head.server_ip == session.server_ip) {
            card.rows.push(written(&Agent::of(session, may_change)));
            card.seats += 1;
        }
    }
    let told = app.floor.latest(TOLD).iter().map(|event| Told::of(app, event)).collect();
    let whole = Whole { alarm: banner(snapshot.alarm), cards, told, agents: snapshot.sessions.len(), may_change };
    (whole, last)
}

fn card(dialer: &DialerView, weights: &[(String, u32)], now: Moment, may_change: bool) -> Card {
    Card { head: Head::of(dialer, weights, now, may_change), rows: Vec::new(), seats: 0 }
}

/// The alarm, while there is one.
pub(super) fn banner(alarm: Alarm) -> Option<String> {
    alarm.frozen.then(|| wording::alarm(alarm))
}

/// A piece of a page.
pub(super) fn written(piece: &impl Template) -> String {
    piece
        .render()
        .inspect_err(|error| tracing::error!(%error, "a piece of a page could not be written"))
        .unwrap_or_default()
}

#[derive(Template)]
#[template(path = "admin/floor.html")]
struct FloorPage {
    frame: Frame,
    script: String,
    whole: Whole,
    news: &'static str,
    now: String,
}

/// `GET`: the floor.
pub(super) async fn show(State(app): State<Arc<App>>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let weights = match read_weights(&app).await {
        Ok(weights) => weights,
        Err(response) => return *response,
    };
    let (whole, _) = whole(&app, &weights, visitor.may_change());
    let (frame, news) = (Frame::of(&visitor, Here::Floor), wording::done(fields.get("done")));
    page::show(
        StatusCode::OK,
        &FloorPage { frame, script: assets::address("floor.js"), whole, news, now: app.store.now().rfc3339() },
    )
}

/// The dialers' weights.
pub(super) async fn read_weights(app: &App) -> Result<Vec<(String, u32)>, Box<Response>> {
    app.store.read(|tx| tx.weights()).await.map_err(|error| Box::new(page::failed(&error.into())))
}
