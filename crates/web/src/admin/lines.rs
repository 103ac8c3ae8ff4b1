//! `/admin/lines`: registrations, with one row per extension and one column per dialer.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::dialer_status::Registration;
use fleet::name::key;
use fleet::registrations::RegisteredPhone;
use fleet::sessions::LiveStatus;
use fleet::{FleetTx, Timestamp, TxError};
use floor::{DialerView, Floor, LineCounts, LineView};

use super::lists;
use super::messages::{self, Tone, lines as words};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};

/// Rows per page.
const ROWS: usize = 25;

/// Maximum number of phones searched for a page with a filter.
const MAX_ROWS_READ: usize = 10_000;

/// Phones read at once.
const READ: usize = 2000;

#[derive(Template)]
#[template(path = "admin/lines.html")]
struct LinesPage {
    frame: Frame,
    q: String,
    only_problems: bool,
    summary: String,
    /// Hotdesk sees no registrations, because the cluster's own daemons place the calls.
    is_blind: bool,
    columns: Vec<LineColumn>,
    rows: Vec<LineRow>,
    /// Number of phones searched, if not all were.
    looked_at: Option<String>,
    next: Option<String>,
    first: Option<String>,
}

struct LineColumn {
    name: String,
    registered: String,
}

struct LineRow {
    extension: String,
    cells: Vec<Cell>,
}

/// A phone on a dialer.
enum Cell {
    None,
    /// The dialer does not report registrations of this protocol.
    Untold(String),
    Line(LineCell),
}

struct LineCell {
    address: String,
    channel: String,
    words: &'static str,
    tone: Tone,
    from: Option<String>,
    since: Option<String>,
    active: bool,
}

/// `GET`: registrations of extensions that begin with `q`.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let (q, after) = (fields.get("q").trim().to_owned(), fields.get("after").to_owned());
    let only_problems = fields.is_ticked("problems");
    let is_first = after.is_empty();
    let mut dialers = app.floor.dialers();
    dialers.sort_by_cached_key(messages::dialer);
    let (floor, known, begins, now) = (Arc::clone(&app.floor), dialers.clone(), q.clone(), app.store.now());
    let found = app.store.read(move |tx| {
        let look = Look { floor: &floor, live_status: floor.live_status(), columns: columns(&known), only_problems };
        let found = look.walk(tx, &begins, after)?;
        let row = |phones: &Vec<RegisteredPhone>| look.row(tx, phones, known.len(), now);
        let rows = found.shown.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        Ok((rows, found.next, found.looked_at))
    });
    let (rows, next, looked_at) = match found.await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let counts: Vec<_> =
        dialers.iter().map(|dialer| (messages::dialer(dialer), app.floor.lines(&dialer.server_ip))).collect();
    let problems = if only_problems { "1" } else { "" };
    let searched = [("q", q.as_str()), ("problems", problems)];
    let address = |after: &str| lists::address("/admin/lines", &[&searched[..], &[("after", after)]].concat());
    let page = LinesPage {
        summary: words::summary(&counts),
        is_blind: !dialers.is_empty() && dialers.iter().all(|dialer| dialer.health == "unwatched"),
        columns: counts.iter().map(column).collect(),
        looked_at: next.as_ref().filter(|_| only_problems).map(|_| words::grouped(looked_at)),
        next: next.as_deref().map(address),
        first: (!is_first).then(|| address("")),
        frame: Frame::of(&admin_session, Here::Lines),
        q,
        only_problems,
        rows,
    };
    html::page(StatusCode::OK, &page)
}

fn column((name, lines): &(String, LineCounts)) -> LineColumn {
    LineColumn { name: name.clone(), registered: words::registered(lines) }
}

/// Column index and spelling of each dialer, by address.
fn columns(dialers: &[DialerView]) -> HashMap<String, (usize, String)> {
    let column = |(place, dialer): (usize, &DialerView)| (key(&dialer.server_ip), (place, dialer.server_ip.clone()));
    dialers.iter().enumerate().map(column).collect()
}

/// Found extensions with their phones.
#[derive(Default)]
struct FoundLines {
    shown: Vec<Vec<RegisteredPhone>>,
    /// The last extension searched, if there are more.
    next: Option<String>,
    looked_at: usize,
}

struct Look<'a> {
    floor: &'a Floor,
    live_status: Arc<dyn LiveStatus>,
    columns: HashMap<String, (usize, String)>,
    only_problems: bool,
}

impl Look<'_> {
    /// Collects extensions until the page is full or the search limit is reached.
    fn walk(&self, tx: &mut dyn FleetTx, begins: &str, mut after: String) -> Result<FoundLines, TxError> {
        let mut found = FoundLines::default();
        let usual = if self.only_problems { READ } else { (ROWS + 1) * self.columns.len().max(1) };
        let mut at_once = usual;
        loop {
            let phones = tx.phones_for_registrations(begins, &after, u32::try_from(at_once).unwrap_or(u32::MAX))?;
            let is_end = phones.len() < at_once;
            let mut extensions: Vec<Vec<RegisteredPhone>> =
                phones.chunk_by(|one, other| key(&one.extension) == key(&other.extension)).map(<[_]>::to_vec).collect();
            // The next chunk may have more phones of the last extension.
            if !is_end && extensions.pop().is_some() && extensions.is_empty() {
                at_once *= 2;
                continue;
            }
            at_once = usual;
            for phones in extensions {
                if found.shown.len() == ROWS || found.looked_at >= MAX_ROWS_READ {
                    found.next = Some(after);
                    return Ok(found);
                }
                phones.first().map(|phone| phone.extension.as_str()).unwrap_or_default().clone_into(&mut after);
                found.looked_at += phones.len();
                if !self.only_problems || self.has_problem(&phones) {
                    found.shown.push(phones);
                }
            }
            if is_end {
                return Ok(found);
            }
        }
    }

    /// Whether an extension is registered on some, but not all, of the dialers where it has an active phone.
    fn has_problem(&self, phones: &[RegisteredPhone]) -> bool {
        let registration = |phone: &RegisteredPhone| {
            let (_, server_ip) = self.columns.get(&key(&phone.server_ip))?;
            Some(self.live_status.registration(server_ip, &phone.line()?))
        };
        let known: Vec<_> = phones.iter().filter(|phone| phone.active).filter_map(registration).collect();
        known.contains(&Registration::Registered) && known.contains(&Registration::NotRegistered)
    }

    fn row(
        &self,
        tx: &mut dyn FleetTx,
        phones: &[RegisteredPhone],
        dialers: usize,
        now: Timestamp,
    ) -> Result<LineRow, TxError> {
        let mut cells: Vec<Cell> = std::iter::repeat_with(|| Cell::None).take(dialers).collect();
        for phone in phones {
            let Some((place, server_ip)) = self.columns.get(&key(&phone.server_ip)) else { continue };
            let cell = match phone.line() {
                None => Cell::Untold(phone.protocol.clone()),
                Some(channel) => {
                    let view = self.floor.line_with(tx, server_ip, &channel)?;
                    Cell::Line(line_cell(server_ip, channel, phone.active, view, now))
                }
            };
            if let Some(place) = cells.get_mut(*place) {
                *place = cell;
            }
        }
        Ok(LineRow { extension: phones.first().map(|phone| phone.extension.clone()).unwrap_or_default(), cells })
    }
}

fn line_cell(server_ip: &str, channel: String, active: bool, view: LineView, now: Timestamp) -> LineCell {
    let (words, tone) = words::registration(view.registration);
    LineCell {
        address: lists::address("/admin/line", &[("server_ip", server_ip), ("channel", &channel)]),
        channel,
        words,
        // The registration of an inactive phone does not matter.
        tone: if active || tone == Tone::Good { tone } else { Tone::Quiet },
        from: view.address,
        since: view.since.map(|since| words::when(&since, now)),
        active,
    }
}
