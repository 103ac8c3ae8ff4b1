//! Session page of an agent: the state of the session and the possible actions. A small script keeps it live; browsers
//! without scripts reload it.

use askama::Template;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fleet::Timestamp;
use fleet::dialer_status::Registration;
use fleet::sessions::timeline::{Cause, EndReason, Step, TimelineEntry};
use fleet::sessions::{Session, State, lifecycle, opens};

use super::messages;
use super::names::Names;
use super::reply::{self, LoginForm};
use crate::error::Error;
use crate::http::address::Peer;
use crate::http::cookie::AGENT_SESSION;
use crate::http::same_origin;
use crate::messages::refusals;
use crate::messages::session::{self as session_messages, Reader};
use crate::{App, html};

/// Seconds between reloads in browsers without scripts: while the phone rings, and otherwise.
const AGAIN_AFTER: (u32, u32) = (1, 30);

/// Actions of an agent on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    RingAgain,
    LogOut,
}

impl Action {
    /// Reads the value of the button.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        match value {
            b"ring" => Some(Self::RingAgain),
            b"logout" => Some(Self::LogOut),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "agent/session.html")]
struct SessionPage<'a> {
    user: &'a str,
    state: &'static str,
    chip: String,
    heading: &'static str,
    /// Dialer of the agent.
    at: Option<&'a str>,
    status: String,
    moved: Option<String>,
    /// What the agent should do now.
    todo: String,
    problem: &'a str,
    /// Why the phone cannot ring.
    silent: Option<String>,
    trail: Vec<TimelineLine>,
    can_ring: bool,
    is_over: bool,
    again: Option<u32>,
    typed: LoginForm,
    is_alone: bool,
}

/// A step of the timeline, as shown.
struct TimelineLine {
    at: String,
    time: String,
    words: String,
}

/// A session with its timeline.
struct SessionDetails {
    session: Session,
    trail: Vec<TimelineEntry>,
    now: Timestamp,
}

/// The page of the session in the browser's cookie, or the login form without one.
pub(super) async fn show(app: &App, peer: Peer, headers: &HeaderMap) -> Response {
    match known(app, headers).await {
        Ok(Some(known)) => page(app, known, StatusCode::OK, ""),
        Ok(None) => forgetting(app, peer, headers, reply::form()),
        Err(error) => failed(&error),
    }
}

/// Carries out an action on the session in the browser's cookie.
pub(super) async fn act(app: &App, peer: Peer, headers: &HeaderMap, action: Action) -> Response {
    if same_origin::is_cross_site(peer, headers, &app.settings.proxies) {
        return reply::form_with(StatusCode::FORBIDDEN, refusals::CROSS_SITE);
    }
    let known = match known(app, headers).await {
        Ok(Some(known)) => known,
        Ok(None) => return forgetting(app, peer, headers, reply::form()),
        Err(error) => return failed(&error),
    };
    let session_id = known.session.session_id;
    match action {
        Action::LogOut => match app.floor.log_out(session_id, EndReason::LoggedOut).await {
            // Agents share desks: the browser must not show this session to the next agent.
            Ok(_) => forgetting(app, peer, headers, reply::form_with(StatusCode::OK, refusals::LOGGED_OUT)),
            Err(error) => failed(&error.into()),
        },
        Action::RingAgain => match app.floor.ring_again(session_id).await {
            Ok(true) => reply::see_page(),
            Ok(false) => page(app, known, StatusCode::CONFLICT, messages::CANNOT_RING),
            Err(error) => failed(&error.into()),
        },
    }
}

/// Sets the cookie of a new session and sends the browser to its page.
pub(super) fn begun(app: &App, peer: Peer, headers: &HeaderMap, session_id: i64, key: &str) -> Response {
    // After a cross-site navigation, the browser would not send the SameSite cookie with a redirect.
    let mut response =
        if same_origin::is_cross_site_navigation(headers) { reply::come_again() } else { reply::see_page() };
    if let Some(cookie) =
        AGENT_SESSION.set(&format!("{session_id}.{key}"), app.settings.proxies.is_https(peer, headers))
    {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// Id and key of the session in the browser's cookie.
fn session_key(headers: &HeaderMap) -> Option<(i64, String)> {
    let (session_id, key) = AGENT_SESSION.value(headers)?.split_once('.')?;
    Some((session_id.parse().ok()?, key.to_owned()))
}

async fn known(app: &App, headers: &HeaderMap) -> Result<Option<SessionDetails>, Error> {
    let Some((session_id, key)) = session_key(headers) else { return Ok(None) };
    let found = app
        .store
        .read(move |tx| {
            let session = tx.session(session_id)?.filter(|session| opens(&key, &session.key_digest));
            let Some(session) = session else { return Ok(None) };
            let trail = TimelineEntry::read(&tx.trail(session_id)?);
            Ok(Some(SessionDetails { session, trail, now: tx.now() }))
        })
        .await?;
    Ok(found)
}

/// Id of the session in the browser's cookie, if its key is valid.
pub(super) async fn opened(app: &App, headers: &HeaderMap) -> Result<Option<i64>, Error> {
    Ok(known(app, headers).await?.map(|known| known.session.session_id))
}

/// Deletes a cookie that is no longer valid.
fn forgetting(app: &App, peer: Peer, headers: &HeaderMap, mut response: Response) -> Response {
    if session_key(headers).is_some()
        && let Some(cookie) = AGENT_SESSION.clear(app.settings.proxies.is_https(peer, headers))
    {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn failed(error: &Error) -> Response {
    tracing::error!(%error, "the agent page failed");
    reply::form_with(StatusCode::SERVICE_UNAVAILABLE, messages::FAILED)
}

fn page(app: &App, known: SessionDetails, status: StatusCode, problem: &str) -> Response {
    let names = Names::of(app);
    let SessionDetails { session, trail, now } = known;
    let trail = names.in_trail(trail);
    let dialer = names.dialer(&session.place.server_ip);
    let (is_ringing, is_over) = (session.state == State::Ringing, session.state == State::Ended);
    let advice = if is_over { session_messages::advice(&trail) } else { None };
    let page = SessionPage {
        user: &session.user,
        state: session.state.word(),
        chip: messages::chip(session.state, &dialer),
        heading: messages::heading(session.state),
        at: (session.state == State::Live).then_some(&dialer),
        status: status_of(&session, &dialer, &trail),
        moved: if is_over { None } else { moved(&trail) },
        todo: advice.unwrap_or_else(|| messages::todo(session.state).to_owned()),
        problem,
        silent: if is_ringing { silent(app, &session, &dialer) } else { None },
        trail: if is_ringing { Vec::new() } else { trail.iter().map(timeline_line).collect() },
        can_ring: session.state == State::Live || (is_over && lifecycle::rings_again(&session, now)),
        is_over,
        again: match session.state {
            State::Ringing => Some(AGAIN_AFTER.0),
            State::Reserved | State::Live => Some(AGAIN_AFTER.1),
            State::Ended => None,
        },
        typed: LoginForm::default(),
        is_alone: false,
    };
    html::page(status, &page)
}

/// Why the phone cannot ring, if its dialer reports it as not registered.
fn silent(app: &App, session: &Session, dialer: &str) -> Option<String> {
    let place = &session.place;
    let line = app.floor.line(&place.server_ip, &place.channel);
    (line.registration == Registration::NotRegistered).then(|| messages::not_registered(&place.phone_login, dialer))
}

fn timeline_line(entry: &TimelineEntry) -> TimelineLine {
    let at = Timestamp::from_unix_ms(entry.at).rfc3339();
    TimelineLine {
        time: at.get(11..19).unwrap_or_default().to_owned(),
        at,
        words: session_messages::words(&entry.step, Reader::Agent),
    }
}

fn status_of(session: &Session, dialer: &str, trail: &[TimelineEntry]) -> String {
    let place = &session.place;
    let ended = trail.iter().rev().find_map(|entry| match entry.step {
        Step::Ended { reason } => Some(reason),
        _ => None,
    });
    match (session.state, ended) {
        (State::Ended, Some(reason)) => messages::over(&session_messages::ended(reason, Reader::Agent)),
        (State::Ended, None) => messages::over("no reason was recorded"),
        (state, _) => messages::status(state, &place.phone_login, dialer, &place.conf_exten),
    }
}

/// Why the agent was moved from another dialer, if that happened since the last login or “Ring again”.
fn moved(trail: &[TimelineEntry]) -> Option<String> {
    let place = trail
        .iter()
        .rposition(|entry| matches!(entry.step, Step::Decided { cause, .. } if cause != Cause::Failover))?;
    let (before, after) = trail.split_at_checked(place)?;
    let Step::Decided { cause, .. } = after.first()?.step else { return None };
    let dialer = |entries: &[TimelineEntry]| {
        entries.iter().rev().find_map(|entry| match &entry.step {
            Step::Rung { server_ip, .. } => Some(server_ip.clone()),
            _ => None,
        })
    };
    let (from, to) = (dialer(before)?, dialer(after)?);
    match cause {
        Cause::DialerLost => Some(messages::moved_from_lost(&from, &to)),
        Cause::Moved => Some(messages::moved_by_supervisor(&from, &to)),
        Cause::LogIn | Cause::Failover | Cause::RingAgain | Cause::Restart => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::COOKIE;
    use fleet::placement::Why;

    use super::*;

    fn decided(cause: Cause) -> TimelineEntry {
        TimelineEntry { at: 0, step: Step::Decided { cause, why: Why::LeastLoaded, candidates: Vec::new() } }
    }

    fn rung(server_ip: &str) -> TimelineEntry {
        let step = Step::Rung { phone_login: "100a".into(), server_ip: server_ip.into(), conference: String::new() };
        TimelineEntry { at: 0, step }
    }

    #[test]
    fn a_cookie_needs_an_id_and_a_key() {
        let shown =
            |cookies: &'static str| session_key(&HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookies))]));
        assert_eq!(shown("theme=dark; hotdesk=17.abc; x=y"), Some((17, "abc".into())));
        for cookies in ["", "hotdesk=", "hotdesk=17", "hotdesk=x.abc", "other=17.abc"] {
            assert_eq!(shown(cookies), None, "{cookies}");
        }
    }

    #[test]
    fn a_moved_agent_sees_the_previous_dialer_and_the_reason() {
        let mut trail = vec![decided(Cause::LogIn), rung("a"), decided(Cause::Failover), rung("b")];
        assert_eq!(moved(&trail), None);
        trail.extend([decided(Cause::DialerLost), rung("c"), decided(Cause::Failover), rung("d")]);
        assert_eq!(moved(&trail).unwrap(), "You were moved to d because b went down.");
        trail.extend([decided(Cause::Moved), rung("e")]);
        assert_eq!(moved(&trail).unwrap(), "A supervisor moved you from d to e.");
        trail.extend([decided(Cause::RingAgain), rung("e")]);
        assert_eq!(moved(&trail), None);
    }
}
