//! `/admin/`: the floor, with every dialer, its agents and the recent activity. The page and its later updates
//! ([`super::events`]) use the same fragments, so they cannot differ.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use floor::{Alarm, Change, DialerView, Event, EventId, SessionView};

use super::hour::Hour;
use super::messages::{self, Tone};
use super::page::{Frame, Here};
use super::plot::series::{LineChart, MinuteBars};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, assets, html};

/// Number of entries in the activity list.
const TOLD: usize = 40;

/// Head of the card of a dialer.
#[derive(Template)]
#[template(path = "admin/floor/head.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent state of a dialer")]
pub(super) struct DialerHead {
    pub(super) server_ip: String,
    name: String,
    health: &'static str,
    tone: Tone,
    why: Option<&'static str>,
    since: Option<String>,
    switches: Vec<&'static str>,
    /// Scheduled actions.
    plans: Vec<String>,
    active: bool,
    draining: bool,
    /// Whether new agents can be placed on it, so that it has a target.
    takes_agents: bool,
    weight: u32,
    may_change: bool,
}

impl DialerHead {
    pub(super) fn of(app: &App, dialer: &DialerView, may_change: bool) -> Self {
        let (health, tone) = messages::health(dialer.health);
        let now = app.store.now();
        let ago = |milliseconds: u64| i64::try_from(milliseconds).unwrap_or(0);
        let since =
            dialer.unhealthy_for_ms.map(|passed| Timestamp::from_unix_ms(now.unix_ms() - ago(passed)).rfc3339());
        let plans = app.floor.plans(&dialer.server_ip);
        Self {
            server_ip: dialer.server_ip.clone(),
            name: messages::dialer(dialer),
            health,
            tone,
            why: dialer.trouble.map(messages::floor::dialer_problem),
            since,
            switches: messages::switches(dialer),
            plans: plans.iter().map(|plan| messages::floor::planned(plan, now)).collect(),
            active: dialer.active,
            draining: dialer.draining,
            takes_agents: dialer.active
                && dialer.accepts_agents
                && !dialer.draining
                && matches!(dialer.health, "healthy" | "unwatched"),
            weight: app.floor.weight(&dialer.server_ip),
            may_change,
        }
    }
}

/// Row of an agent.
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
        let (state, tone) = messages::state(session.state);
        Self { session, state, tone, may_change }
    }

    fn since(&self) -> &str {
        self.session.started_at.get(11..16).unwrap_or_default()
    }
}

/// An entry of the activity list.
#[derive(Template)]
#[template(path = "admin/floor/activity.html")]
pub(super) struct ActivityLine {
    at: String,
    words: String,
    tone: Tone,
    /// The session that the entry is about.
    session_id: Option<i64>,
}

impl ActivityLine {
    /// Entry for a change; `None` for changes that are not activity.
    pub(super) fn of(app: &App, event: &Event) -> Option<Self> {
        let name = |server_ip: &str| {
            app.floor.dialer(server_ip).map_or_else(|| server_ip.to_owned(), |dialer| messages::dialer(&dialer))
        };
        let mut session_id = None;
        let (words, tone) = match &*event.change {
            Change::Session(session, because) => {
                session_id = Some(session.session_id);
                messages::floor::session_changed(session, because.as_deref(), event.at, &name)
            }
            Change::Dialer(dialer) => messages::floor::dialer_changed(dialer),
            Change::DialerAction(done) => (messages::floor::dialer_done(done, &name(&done.server_ip)), Tone::Quiet),
            Change::Alarm(alarm) => (messages::floor::alarm(*alarm), if alarm.frozen { Tone::Bad } else { Tone::Good }),
            Change::DialerConfig(_) | Change::LineCounts(_) | Change::Minute(_) => return None,
        };
        Some(Self { at: event.at.rfc3339(), words, tone, session_id })
    }
}

/// Card of a dialer with its agents.
struct Card {
    head: DialerHead,
    rows: Vec<String>,
    seats: usize,
    ringing: usize,
    lines: String,
    /// Target number of agents; `None` if it takes no agents.
    share: Option<f64>,
    /// Length of the bar and position of the target mark, in percent.
    fill: f64,
    mark: f64,
}

/// Target number of agents per dialer: even, or by weight if dialers have weights. `floor.js` calculates the same.
fn share(cards: &mut [Card]) {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let seats = count(cards.iter().map(|card| card.seats).sum());
    let takers: Vec<&Card> = cards.iter().filter(|card| card.head.takes_agents).collect();
    let (even, weights) =
        (seats / count(takers.len()), takers.iter().map(|card| f64::from(card.head.weight)).sum::<f64>());
    for card in cards.iter_mut().filter(|card| card.head.takes_agents) {
        card.share = Some(if weights > 0.0 { seats * f64::from(card.head.weight) / weights } else { even });
    }
    let most = cards.iter().map(|card| count(card.seats).max(card.share.unwrap_or(0.0))).fold(1.0, f64::max) * 1.1;
    for card in cards {
        card.fill = 100.0 * count(card.seats) / most;
        card.mark = card.share.map_or(-1.0, |share| 100.0 * share / most);
    }
}

/// The part of the page that changes.
#[derive(Template)]
#[template(path = "admin/floor/whole.html")]
pub(super) struct Whole {
    alarm: Option<String>,
    plots: String,
    cards: Vec<Card>,
    activity: Vec<ActivityLine>,
    agents: usize,
    may_change: bool,
}

/// The whole floor and the number of the last change it contains.
pub(super) fn whole(app: &App, may_change: bool) -> (Whole, EventId) {
    let (snapshot, last) = app.floor.snapshot();
    let card = |dialer: &DialerView| Card {
        head: DialerHead::of(app, dialer, may_change),
        rows: Vec::new(),
        seats: 0,
        ringing: 0,
        lines: messages::floor::lines(&app.floor.lines(&dialer.server_ip)),
        share: None,
        fill: 0.0,
        mark: -1.0,
    };
    let mut cards: Vec<Card> = snapshot.dialers.iter().map(card).collect();
    cards.sort_by(|one, other| one.head.name.cmp(&other.head.name));
    for session in &snapshot.sessions {
        if let Some(card) = cards.iter_mut().find(|card| card.head.server_ip == session.server_ip) {
            card.rows.push(written(&Agent::of(session, may_change)));
            card.seats += 1;
            card.ringing += usize::from(session.state == "ringing");
        }
    }
    share(&mut cards);
    let activity = app.floor.latest(TOLD).iter().filter_map(|event| ActivityLine::of(app, event)).collect();
    let (alarm, plots) = (banner(snapshot.alarm), plots(app));
    (Whole { alarm, plots, cards, activity, agents: snapshot.sessions.len(), may_change }, last)
}

/// Plots of the last hour.
pub(super) fn plots(app: &App) -> String {
    let hour = Hour::of(app.floor.last_hour(), app.store.now());
    let names = app.floor.dialers().iter().map(|view| (view.server_ip.clone(), messages::dialer(view))).collect();
    let seats = LineChart::draw(
        "seats",
        "Agents in the last hour",
        messages::floor::NO_MINUTE,
        &hour.clock,
        &hour.seats(names),
    );
    let logins =
        MinuteBars::draw("logins", "Logins per minute", messages::floor::NO_MINUTE, &hour.clock, &hour.logins());
    written(&seats) + &written(&logins)
}

/// Text of the current alarm.
pub(super) fn banner(alarm: Alarm) -> Option<String> {
    alarm.frozen.then(|| messages::floor::alarm(alarm))
}

/// A fragment of a page as HTML.
pub(super) fn written(piece: &impl Template) -> String {
    piece
        .render()
        .inspect_err(|error| tracing::error!(%error, "a page fragment could not be rendered"))
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
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (whole, _) = whole(&app, admin_session.may_change());
    let (frame, news) = (Frame::of(&admin_session, Here::Floor), messages::floor::done(fields.get("done")));
    html::page(
        StatusCode::OK,
        &FloorPage { frame, script: assets::address("floor.js"), whole, news, now: app.store.now().rfc3339() },
    )
}
