//! `/admin/logins/{session_id}`: one login with its timeline, its placement decisions and the answer whether the phone rang.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fleet::sessions::history::PastSession;
use fleet::sessions::timeline::{Step, TimelineEntry, Weighed};
use fleet::{FleetTx, Timestamp, TxError, sessions};

use super::lists;
use super::logins::DialerNames;
use super::messages::lines::duration;
use super::messages::logins::{self as words, LoginExplanation};
use super::messages::{self, Tone};
use super::page::{self, Frame, Here};
use super::session::AdminSession;
use crate::messages::session::{self as session_messages, Reader};
use crate::{App, html};

#[derive(Template)]
#[template(path = "admin/trail.html")]
struct TrailPage {
    frame: Frame,
    login: PastSession,
    dialer: String,
    state: String,
    tone: Tone,
    took: Option<String>,
    lasted: Option<String>,
    answer: LoginExplanation,
    steps: Vec<TimelineRow>,
    has_weights: bool,
    of_day: String,
    of_agent: String,
    of_alias: String,
}

struct TimelineRow {
    at: String,
    words: String,
    /// Candidate phones of a placement.
    phones: Vec<Phone>,
}

struct Phone {
    login: String,
    line: Option<String>,
    dialer: String,
    seats: String,
    weight: u32,
    registered: &'static str,
    well: &'static str,
    turn: String,
    reason: Option<String>,
}

/// `GET`: the login.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    Path(session_id): Path<String>,
) -> Response {
    let found = match session_id.parse::<i64>() {
        Ok(session_id) => app.store.read(move |tx| read(tx, session_id)).await,
        Err(_) => Ok(None),
    };
    let (login, trail, lines) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return page::message(&admin_session, StatusCode::NOT_FOUND, words::NO_SUCH_LOGIN),
        Err(error) => return page::failed(&error.into()),
    };
    let names = DialerNames::of(&app);
    let (state, tone) = words::state(login.state, &login.end_reason);
    let ended = Timestamp::from_stamp(&login.ended).unwrap_or(app.store.now());
    let lasted = Timestamp::from_stamp(&login.began).map(|began| duration(ended.unix() - began.unix()));
    let day = login.began.get(..10).unwrap_or_default();
    let page = TrailPage {
        frame: Frame::of(&admin_session, Here::Logins),
        dialer: names.name(&login.server_ip),
        state,
        tone,
        took: words::took(&trail).map(words::seconds),
        lasted: lasted.filter(|_| !login.phone_login.is_empty()),
        answer: words::answer(login.state, &trail, |server_ip| names.name(server_ip)),
        steps: trail.iter().map(|entry| timeline_row(entry, &names, &lines)).collect(),
        has_weights: trail.iter().flat_map(phones).any(|phone| phone.weight > 0),
        of_day: lists::address("/admin/logins", &[("day", day)]),
        of_agent: lists::address("/admin/logins", &[("day", day), ("agent", &login.user)]),
        of_alias: lists::address("/admin/logins", &[("day", day), ("alias", &login.typed)]),
        login,
    };
    html::page(StatusCode::OK, &page)
}

/// A login, its timeline, and the registration histories of its phones by phone login.
type SessionData = (PastSession, Vec<TimelineEntry>, BTreeMap<String, String>);

fn read(tx: &mut dyn FleetTx, session_id: i64) -> Result<Option<SessionData>, TxError> {
    let Some(login) = tx.login(session_id)? else { return Ok(None) };
    let trail = TimelineEntry::read(&login.trail);
    let mut lines = BTreeMap::new();
    for phone in trail.iter().flat_map(phones) {
        if lines.contains_key(&phone.phone_login) {
            continue;
        }
        let Some(known) = tx.phone_of_login(&phone.phone_login)? else { continue };
        if let Some(line) = sessions::line(&known) {
            let server_ip = phone.server_ip.as_deref().unwrap_or(&known.server_ip);
            let address = lists::address("/admin/line", &[("server_ip", server_ip), ("channel", &line)]);
            lines.insert(phone.phone_login.clone(), address);
        }
    }
    Ok(Some((login, trail, lines)))
}

/// Candidate phones of a placement.
fn phones(entry: &TimelineEntry) -> &[Weighed] {
    match &entry.step {
        Step::Decided { candidates, .. } => candidates,
        _ => &[],
    }
}

/// The step with the name of its dialer instead of the address.
fn named(step: &Step, names: &DialerNames) -> Step {
    let mut step = step.clone();
    if let Step::Rung { server_ip, .. } | Step::Failed { server_ip, .. } | Step::Answered { server_ip, .. } = &mut step
    {
        *server_ip = names.name(server_ip);
    }
    step
}

fn timeline_row(entry: &TimelineEntry, names: &DialerNames, lines: &BTreeMap<String, String>) -> TimelineRow {
    let phone = |phone: &Weighed| {
        let (turn, reason) = words::turn(phone);
        Phone {
            login: phone.phone_login.clone(),
            line: lines.get(&phone.phone_login).cloned(),
            dialer: phone.server_ip.as_deref().map(|server_ip| names.name(server_ip)).unwrap_or_default(),
            seats: phone.seats.map(|seats| seats.to_string()).unwrap_or_default(),
            weight: phone.weight,
            registered: words::registration_then(phone.registration),
            well: words::health_then(phone.health),
            turn,
            reason,
        }
    };
    let words = messages::logins::capitalised(&session_messages::words(&named(&entry.step, names), Reader::Supervisor));
    let at = Timestamp::from_unix_ms(entry.at).rfc3339();
    TimelineRow { at, words, phones: phones(entry).iter().map(phone).collect() }
}
