//! `/admin/logins`: logins of one or more days, as a table, a plot and CSV.

pub(super) mod csv;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::Timestamp;
use fleet::sessions::history::{PastSession, PastSessionsQuery, Per, SessionCounts};
use fleet::sessions::timeline::TimelineEntry;
use floor::DialerView;

use super::lists;
use super::messages::{self, Tone, lines::duration, lines::grouped, logins as words};
use super::page::{self, Frame, Here};
use super::plot::FILLS;
use super::plot::bars::StackedBars;
use super::session::AdminSession;
use crate::http::fields::Fields;
use crate::{App, html};
use search::LoginSearch;

/// Rows per page.
const ROWS: u32 = 50;

/// Maximum number of logins searched for a page.
const MAX_ROWS_READ: u32 = 20_000;

/// Maximum number of logins counted for the plot.
const COUNTS: u32 = 50_000;

#[derive(Template)]
#[template(path = "admin/logins.html")]
struct LoginsPage {
    frame: Frame,
    search: LoginSearch,
    note: &'static str,
    dialers: Vec<DialerView>,
    states: [(&'static str, &'static str); 12],
    plot: Option<Plot>,
    rows: Vec<LoginRow>,
    csv: String,
    csv_rows: String,
    /// Number of logins searched, if the limit was reached before the page was full.
    looked_at: Option<String>,
    next: Option<String>,
    first: Option<String>,
}

/// Number of logins, as a plot and as a table.
struct Plot {
    bars: StackedBars,
    summary: String,
    unit: &'static str,
    parts: Vec<String>,
    rows: Vec<(String, Vec<u32>)>,
}

struct LoginRow {
    address: String,
    began: String,
    user: String,
    typed: String,
    phone: String,
    dialer: String,
    took: Option<String>,
    state: String,
    tone: Tone,
    lasted: Option<String>,
}

/// Names of dialers by address.
pub(super) struct DialerNames(BTreeMap<String, String>);

impl DialerNames {
    pub(super) fn of(app: &App) -> Self {
        Self(app.floor.dialers().into_iter().map(|view| (view.server_ip.clone(), messages::dialer(&view))).collect())
    }

    pub(super) fn name(&self, server_ip: &str) -> String {
        self.0.get(server_ip).cloned().unwrap_or_else(|| server_ip.to_owned())
    }
}

/// `GET`: the logins.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    let now = app.store.now();
    let (search, note) = LoginSearch::read(&fields, now);
    let before = fields.get("id").parse().ok().map(|id| (fields.get("before").to_owned(), id));
    let is_first = before.is_none();
    let filter = search.filter();
    let per = if search.from == search.to { Per::Hour } else { Per::Day };
    let found = app.store.read(move |tx| {
        // One extra login shows whether there is a next page.
        let wanted = PastSessionsQuery { filter, before, at_most: ROWS + 1, looks_at: MAX_ROWS_READ };
        let found = tx.list_logins(&wanted)?;
        let tally = if is_first { Some(tx.count_logins(&wanted.filter, per, COUNTS)?) } else { None };
        Ok((found, tally))
    });
    let (found, tally) = match found.await {
        Ok(found) => found,
        Err(error) => return page::failed(&error.into()),
    };
    let (lines, is_full) = lists::page(found.lines, ROWS as usize);
    let last = lines.last().filter(|_| is_full).map(|last| (last.began.clone(), last.session_id));
    let goes_on = last.or(found.goes_on);
    let names = DialerNames::of(&app);
    let mut dialers = app.floor.dialers();
    dialers.sort_by_cached_key(messages::dialer);
    let page = LoginsPage {
        frame: Frame::of(&admin_session, Here::Logins),
        note,
        dialers,
        states: words::STATES,
        plot: tally.filter(|tally| tally.counted > 0).map(|tally| plot(&tally, &search, per, &names)),
        csv: search.address("/admin/logins.csv", &[]),
        csv_rows: grouped(csv::ROWS),
        looked_at: goes_on.as_ref().filter(|_| !is_full).map(|_| grouped(MAX_ROWS_READ)),
        next: goes_on
            .map(|(began, id)| search.address("/admin/logins", &[("before", &began), ("id", &id.to_string())])),
        first: (!is_first).then(|| search.address("/admin/logins", &[])),
        rows: lines.into_iter().map(|line| row(line, &names, now)).collect(),
        search,
    };
    html::page(StatusCode::OK, &page)
}

fn row(line: PastSession, names: &DialerNames, now: Timestamp) -> LoginRow {
    let (state, tone) = words::state(line.state, &line.end_reason);
    let ended = Timestamp::from_stamp(&line.ended).unwrap_or(now);
    let lasted = Timestamp::from_stamp(&line.began).map(|began| duration(ended.unix() - began.unix()));
    LoginRow {
        address: format!("/admin/logins/{}", line.session_id),
        dialer: names.name(&line.server_ip),
        took: words::took(&TimelineEntry::read(&line.trail)).map(words::seconds),
        began: line.began,
        user: line.user,
        typed: line.typed,
        // Without a phone, the session has no duration.
        lasted: lasted.filter(|_| !line.phone_login.is_empty()),
        phone: line.phone_login,
        state,
        tone,
    }
}

/// Logins per hour or day, by dialer. If there are more dialers than fills, the rest is one part.
fn plot(tally: &SessionCounts, search: &LoginSearch, per: Per, names: &DialerNames) -> Plot {
    let mut dialers: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, dialer, count) in &tally.counts {
        *dialers.entry(dialer).or_default() += count;
    }
    let mut by_count: Vec<(&str, u32)> = dialers.into_iter().collect();
    by_count.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let own = if by_count.len() > FILLS.len() { FILLS.len() - 1 } else { by_count.len() };
    let part =
        |dialer: &str| by_count.iter().position(|(known, _)| *known == dialer).map_or(own, |place| place.min(own));
    let labels = search.labels(per);
    let place_of: BTreeMap<&str, usize> =
        labels.iter().enumerate().map(|(place, label)| (label.as_str(), place)).collect();
    let name = |dialer: &str| if dialer.is_empty() { "No dialer".to_owned() } else { names.name(dialer) };
    let mut parts: Vec<(String, Vec<u32>)> =
        by_count.iter().take(own).map(|(dialer, _)| (name(dialer), vec![0; labels.len()])).collect();
    if own < by_count.len() {
        parts.push((format!("{} others", by_count.len() - own), vec![0; labels.len()]));
    }
    for (label, dialer, count) in &tally.counts {
        let values = parts.get_mut(part(dialer)).map(|(_, values)| values);
        if let (Some(values), Some(place)) = (values, place_of.get(label.as_str()))
            && let Some(value) = values.get_mut(*place)
        {
            *value += count;
        }
    }
    let (unit, every) = match per {
        Per::Hour => ("Hour (UTC)", 4),
        Per::Day => ("Day", labels.len().div_ceil(7)),
    };
    let short = |label: &String| match per {
        Per::Hour => format!("{}:00", label.get(11..).unwrap_or_default()),
        Per::Day => label.get(5..).unwrap_or_default().to_owned(),
    };
    let short: Vec<String> = labels.iter().map(short).collect();
    let rows = short.iter().enumerate().map(|(place, label)| {
        (label.clone(), parts.iter().map(|(_, values)| values.get(place).copied().unwrap_or(0)).collect::<Vec<_>>())
    });
    let rows = rows.filter(|(_, values)| values.iter().any(|value| *value > 0)).collect();
    let summary = summary(tally, &short, &parts);
    let part_names = parts.iter().map(|(name, _)| name.clone()).collect();
    Plot { bars: StackedBars::new(summary.clone(), short, &parts, every), summary, unit, parts: part_names, rows }
}

fn summary(tally: &SessionCounts, labels: &[String], parts: &[(String, Vec<u32>)]) -> String {
    let sum = |place: usize| parts.iter().filter_map(|(_, values)| values.get(place)).sum::<u32>();
    let most = (0..labels.len()).max_by_key(|place| (sum(*place), std::cmp::Reverse(*place))).unwrap_or(0);
    let logins = if tally.counted == 1 { "1 login".to_owned() } else { format!("{} logins", grouped(tally.counted)) };
    let most = format!("most at {}: {}", labels.get(most).map_or("", String::as_str), grouped(sum(most)));
    match &tally.since {
        Some(since) => format!("{logins} among the latest {}, since {since}; {most}.", grouped(COUNTS)),
        None => format!("{logins}; {most}."),
    }
}
