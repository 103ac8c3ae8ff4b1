//! `/admin/line`: registration of one phone on one dialer, with its history.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::registrations::RegistrationChange;
use fleet::{FleetTx, Timestamp, TxError};
use floor::LineView;

use super::lists;
use super::messages::{self, Tone, lines as words};
use super::page::{self, Frame, Here};
use super::plot::band::{Band, Shade};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};

/// Rows per page.
const ROWS: usize = 50;

/// Maximum number of changes in the chart of a day. If there are more, the chart begins later.
const DRAWN: u32 = 2000;

const DAY: i64 = 24 * 60 * 60;
const HOUR: i64 = 60 * 60;

#[derive(Template)]
#[template(path = "admin/line.html")]
struct LinePage {
    frame: Frame,
    channel: String,
    dialer: String,
    extension: String,
    words: &'static str,
    tone: Tone,
    from: Option<String>,
    since: Option<String>,
    band: Band,
    last_day: String,
    rows: Vec<LinePhoneRow>,
    next: Option<String>,
    first: Option<String>,
}

struct LinePhoneRow {
    at: String,
    words: String,
    tone: Tone,
    lasted: Option<String>,
}

/// Data of the page.
struct LineDetails {
    view: LineView,
    /// The changes of the page, and one more if there are further pages.
    changes: Vec<RegistrationChange>,
    /// The changes of the last day and the one before them.
    recent: Vec<RegistrationChange>,
}

/// `GET`: the registration and its history.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (server_ip, channel) = (fields.get("server_ip").to_owned(), fields.get("channel").to_owned());
    let (before, until) = (fields.get("before").parse().ok(), fields.get("until").to_owned());
    let (floor, of, line) = (Arc::clone(&app.floor), server_ip.clone(), channel.clone());
    let known = app.store.read(move |tx| {
        let view = floor.line_with(tx, &of, &line)?;
        let at_most = u32::try_from(ROWS + 1).unwrap_or(u32::MAX);
        let changes = tx.registration_history(&of, &line, before.unwrap_or(i64::MAX), at_most)?;
        Ok(LineDetails { view, changes, recent: recent(tx, &of, &line)? })
    });
    let known = match known.await {
        Ok(known) => known,
        Err(error) => return page::failed(&error.into()),
    };
    let dialer = app.floor.dialer(&server_ip);
    if known.changes.is_empty() && (dialer.is_none() || fleet_line(&channel).is_none()) {
        return page::message(&admin_session, StatusCode::NOT_FOUND, words::NO_SUCH_LINE);
    }
    let now = app.store.now();
    let address = |more: &[(&str, &str)]| {
        let line = [("server_ip", server_ip.as_str()), ("channel", channel.as_str())];
        lists::address("/admin/line", &[&line[..], more].concat())
    };
    let until = if before.is_none() { Some(now) } else { Timestamp::from_stamp(&until) };
    let rows = rows(&known.changes, until);
    let last = known.changes.get(ROWS - 1).filter(|_| known.changes.len() > ROWS);
    let next = last.map(|last| address(&[("before", &last.change_id.to_string()), ("until", &last.at)]));
    let (band, last_day) = band(&known.recent, now);
    let (state, tone) = words::registration(known.view.registration);
    let page = LinePage {
        frame: Frame::of(&admin_session, Here::Lines),
        dialer: dialer.map_or_else(|| server_ip.clone(), |view| messages::dialer(&view)),
        extension: fleet_line(&channel).unwrap_or(&channel).to_owned(),
        words: state,
        tone,
        from: known.view.address,
        since: known.view.since,
        band,
        last_day,
        rows,
        next,
        first: before.map(|_| address(&[])),
        channel,
    };
    html::page(StatusCode::OK, &page)
}

/// The extension in the name of a channel.
fn fleet_line(channel: &str) -> Option<&str> {
    let (technology, extension) = channel.split_once('/')?;
    fleet::registrations::line(technology, extension, "").map(|_| extension)
}

fn recent(tx: &mut dyn FleetTx, server_ip: &str, line: &str) -> Result<Vec<RegistrationChange>, TxError> {
    let since = Timestamp::from_unix(tx.now().unix() - DAY).stamp();
    let mut changes = tx.registration_history(server_ip, line, i64::MAX, DRAWN)?;
    let older = changes.iter().position(|change| change.at < since);
    changes.truncate(older.map_or(changes.len(), |older| older + 1));
    Ok(changes)
}

fn rows(changes: &[RegistrationChange], until: Option<Timestamp>) -> Vec<LinePhoneRow> {
    let mut until = until;
    let row = |(place, change): (usize, &RegistrationChange)| {
        let before = changes.get(place + 1).and_then(|before| before.address.as_deref());
        let (words, tone) = words::change(change.address.as_deref(), before);
        let at = Timestamp::from_stamp(&change.at);
        let lasted = at.zip(until).map(|(at, until)| words::duration(until.unix() - at.unix()));
        until = at;
        LinePhoneRow { at: change.at.clone(), words, tone, lasted }
    };
    changes.iter().enumerate().take(ROWS).map(row).collect()
}

/// The last 24 hours as a chart and as text.
fn band(recent: &[RegistrationChange], now: Timestamp) -> (Band, String) {
    let (from, until) = (now.unix() - DAY, now.unix());
    let change = |change: &RegistrationChange| {
        let shade = if change.address.is_some() { Shade::On } else { Shade::Off };
        Some((Timestamp::from_stamp(&change.at)?.unix(), shade))
    };
    let changes: Vec<(i64, Shade)> = recent.iter().rev().filter_map(change).collect();
    let ends = changes.iter().skip(1).map(|(at, _)| *at).chain([until]);
    let lasted = |wanted: Shade| -> i64 {
        let all = changes.iter().zip(ends.clone()).filter(|((_, shade), _)| *shade == wanted);
        all.map(|((at, _), end)| end.max(from) - (*at).max(from)).sum()
    };
    let (on, off) = (lasted(Shade::On), lasted(Shade::Off));
    let words = words::last_day(on, off, DAY - on - off);
    let step = 4 * HOUR;
    let first = (from + step - 1).div_euclid(step) * step;
    let labels = (0..6).map(|place| {
        let at = first + place * step;
        (at, Timestamp::from_unix(at).stamp().get(11..16).unwrap_or_default().to_owned())
    });
    (Band::new(words.clone(), (from, until), &changes, labels), words)
}
