//! What an administrator does on the floor. Each act is asked about once, with what it will do and how many lose a call.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use floor::{Emptied, MovedAway, SessionView};

use super::page::{self, Frame, Here};
use super::posted::{Fields, Ordered};
use super::visitor::Visitor;
use super::wording;
use crate::App;

/// What can be done with a dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialerAct {
    Drain,
    TakeAgents,
    Empty,
}

impl DialerAct {
    fn read(word: &str) -> Option<Self> {
        match word {
            "drain" => Some(Self::Drain),
            "take" => Some(Self::TakeAgents),
            "empty" => Some(Self::Empty),
            _ => None,
        }
    }
}

/// What can be done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionAct {
    End,
    Move,
}

impl SessionAct {
    fn read(word: &str) -> Option<Self> {
        match word {
            "end" => Some(Self::End),
            "move" => Some(Self::Move),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "admin/confirm.html")]
struct Confirm {
    frame: Frame,
    question: String,
    effects: Vec<String>,
    problem: &'static str,
    button: &'static str,
    is_harmless: bool,
    target: String,
    name: &'static str,
    value: String,
    in_call: u32,
}

/// `GET`: asks whether this is meant.
pub(super) async fn ask_about_dialer(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(act): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    dialer_question(&app, &visitor, &act, fields.get("server_ip"), "").await
}

async fn dialer_question(app: &App, visitor: &Visitor, word: &str, ip: &str, problem: &'static str) -> Response {
    let Some(act) = DialerAct::read(word) else {
        return page::message(visitor, StatusCode::NOT_FOUND, wording::NO_SUCH_PAGE);
    };
    if !visitor.may_change() {
        return page::message(visitor, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK);
    }
    let Some(dialer) = app.floor.dialer(ip) else {
        return page::message(visitor, StatusCode::NOT_FOUND, wording::NO_SUCH_DIALER);
    };
    let address = dialer.server_ip.clone();
    let in_call = match app.store.read(move |tx| tx.agents_in_call(&address)).await {
        Ok(in_call) => in_call,
        Err(error) => return page::failed(&error.into()),
    };
    let (question, effects, button) = wording::about_dialer(act, &dialer, in_call);
    let page = Confirm {
        frame: Frame::of(visitor, Here::Elsewhere),
        question,
        effects,
        problem,
        button,
        is_harmless: act == DialerAct::TakeAgents,
        target: format!("/admin/dialers/{word}"),
        name: "server_ip",
        value: dialer.server_ip,
        in_call,
    };
    page::show(if problem.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT }, &page)
}

/// `POST`: does it.
pub(super) async fn change_dialer(State(app): State<Arc<App>>, Path(word): Path<String>, ordered: Ordered) -> Response {
    let Ordered { by, fields } = ordered;
    let (ip, supervisor) = (fields.get("server_ip"), by.supervisor());
    let Some(act) = DialerAct::read(&word) else {
        return page::message(&by, StatusCode::NOT_FOUND, wording::NO_SUCH_PAGE);
    };
    let is_known = match act {
        DialerAct::Drain => app.floor.set_draining(ip, true, supervisor).await,
        DialerAct::TakeAgents => app.floor.set_draining(ip, false, supervisor).await,
        DialerAct::Empty => match app.floor.empty(ip, in_call(&fields), supervisor).await {
            Ok(Emptied::InCall(_)) => return dialer_question(&app, &by, &word, ip, wording::CALLS_CHANGED).await,
            Ok(Emptied::NoSuchDialer) => Ok(false),
            Ok(Emptied::Done { .. }) => Ok(true),
            Err(error) => Err(error),
        },
    };
    match is_known {
        Ok(true) => done(&word),
        Ok(false) => page::message(&by, StatusCode::NOT_FOUND, wording::NO_SUCH_DIALER),
        Err(error) => page::failed(&error.into()),
    }
}

/// `GET`: asks whether this is meant.
pub(super) async fn ask_about_session(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(act): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    session_question(&app, &visitor, &act, &fields, "").await
}

/// The session that is meant, if it is open.
fn open_session(app: &App, fields: &Fields) -> Option<SessionView> {
    let (session, _) = app.floor.session(fields.get("session_id").parse().ok()?)?;
    (session.state != "ended").then_some(session)
}

async fn session_question(
    app: &App,
    visitor: &Visitor,
    word: &str,
    fields: &Fields,
    problem: &'static str,
) -> Response {
    let Some(act) = SessionAct::read(word) else {
        return page::message(visitor, StatusCode::NOT_FOUND, wording::NO_SUCH_PAGE);
    };
    if !visitor.may_change() {
        return page::message(visitor, StatusCode::FORBIDDEN, wording::MAY_ONLY_LOOK);
    }
    let Some(session) = open_session(app, fields) else {
        return page::message(visitor, StatusCode::NOT_FOUND, wording::SESSION_IS_OVER);
    };
    let agent = session.user.clone();
    let in_call = match app.store.read(move |tx| tx.is_in_call(&agent)).await {
        Ok(is_in_call) => u32::from(is_in_call),
        Err(error) => return page::failed(&error.into()),
    };
    let (question, effects, button) = wording::about_session(act, &session, in_call);
    let page = Confirm {
        frame: Frame::of(visitor, Here::Elsewhere),
        question,
        effects,
        problem,
        button,
        is_harmless: false,
        target: format!("/admin/sessions/{word}"),
        name: "session_id",
        value: session.session_id.to_string(),
        in_call,
    };
    page::show(if problem.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT }, &page)
}

/// `POST`: does it.
pub(super) async fn change_session(
    State(app): State<Arc<App>>,
    Path(word): Path<String>,
    ordered: Ordered,
) -> Response {
    let Ordered { by, fields } = ordered;
    let Some(act) = SessionAct::read(&word) else {
        return page::message(&by, StatusCode::NOT_FOUND, wording::NO_SUCH_PAGE);
    };
    let Some(session) = open_session(&app, &fields) else {
        return page::message(&by, StatusCode::NOT_FOUND, wording::SESSION_IS_OVER);
    };
    let ended = match act {
        SessionAct::End => app.floor.remove(session.session_id, by.supervisor()).await,
        SessionAct::Move => match app.floor.move_agent(session.session_id, in_call(&fields), by.supervisor()).await {
            Ok(MovedAway::InCall(_)) => {
                return session_question(&app, &by, &word, &fields, wording::CALLS_CHANGED).await;
            }
            Ok(MovedAway::Stays) => return page::message(&by, StatusCode::CONFLICT, wording::NOWHERE_ELSE),
            Ok(MovedAway::NotOpen) => Ok(false),
            Ok(MovedAway::Moved) => Ok(true),
            Err(error) => Err(error),
        },
    };
    match ended {
        Ok(true) => done(&word),
        Ok(false) => page::message(&by, StatusCode::NOT_FOUND, wording::SESSION_IS_OVER),
        Err(error) => page::failed(&error.into()),
    }
}

/// How many agents the page said are in a call.
fn in_call(fields: &Fields) -> u32 {
    fields.get("in_call").parse().unwrap_or(0)
}

/// Back to the floor, where it can be seen.
fn done(word: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, format!("/admin/?done={word}"))]).into_response()
}
