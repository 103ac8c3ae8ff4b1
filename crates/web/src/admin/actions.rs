//! Actions of administrators on dialers and sessions. A page asks for confirmation first. It says what the action does and how
//! many agents lose a call.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use fleet::OperationError::{Failed, Refused};
use fleet::dialers;
use fleet::save::SaveRefusal;
use floor::{MoveAllOutcome, MoveOutcome, SessionView};
use store::WriteError;

use super::confirm::Confirm;
use super::csrf_form::AdminForm;
use super::messages;
use super::page::{self, Here};
use super::session::AdminSession;
use crate::App;
use crate::http::fields::Fields;

/// An action on a dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DialerAction {
    Drain,
    TakeAgents,
    Empty,
    Deactivate,
    Activate,
    Delete,
}

impl DialerAction {
    fn read(word: &str) -> Option<Self> {
        match word {
            "drain" => Some(Self::Drain),
            "take" => Some(Self::TakeAgents),
            "empty" => Some(Self::Empty),
            "deactivate" => Some(Self::Deactivate),
            "activate" => Some(Self::Activate),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// An action on a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionAction {
    End,
    Move,
}

impl SessionAction {
    fn read(word: &str) -> Option<Self> {
        match word {
            "end" => Some(Self::End),
            "move" => Some(Self::Move),
            _ => None,
        }
    }
}

/// `GET`: asks for confirmation.
pub(super) async fn ask_about_dialer(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    Path(act): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    dialer_question(&app, &admin_session, &act, fields.get("server_ip"), "").await
}

async fn dialer_question(
    app: &App,
    admin_session: &AdminSession,
    word: &str,
    ip: &str,
    problem: &'static str,
) -> Response {
    let act = match permitted(admin_session, DialerAction::read(word)) {
        Ok(act) => act,
        Err((status, text)) => return page::message(admin_session, status, text),
    };
    let Some(dialer) = app.floor.dialer(ip) else {
        return page::message(admin_session, StatusCode::NOT_FOUND, messages::NO_SUCH_DIALER);
    };
    let address = dialer.server_ip.clone();
    let counted = app.store.read(move |tx| Ok((tx.agents_in_call(&address)?, tx.count_phones(&address)?))).await;
    let (in_call, phones) = match counted {
        Ok(counted) => counted,
        Err(error) => return page::failed(&error.into()),
    };
    Confirm {
        is_harmless: matches!(act, DialerAction::TakeAgents | DialerAction::Activate),
        target: format!("/admin/dialers/{word}"),
        fields: vec![("server_ip", dialer.server_ip.clone()), ("in_call", in_call.to_string())],
        ..Confirm::of(
            (admin_session, Here::Elsewhere),
            messages::floor::about_dialer(act, &dialer, in_call, phones),
            problem,
        )
    }
    .show()
}

/// `POST`: executes the action.
pub(super) async fn change_dialer(
    State(app): State<Arc<App>>,
    Path(word): Path<String>,
    ordered: AdminForm,
) -> Response {
    let AdminForm { by, fields } = ordered;
    let (ip, actor) = (fields.get("server_ip"), by.actor());
    let Some(act) = DialerAction::read(&word) else {
        return page::message(&by, StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE);
    };
    let is_known = match act {
        DialerAction::Drain => app.floor.set_draining(ip, true, actor).await,
        DialerAction::TakeAgents => app.floor.set_draining(ip, false, actor).await,
        DialerAction::Empty => match app.floor.move_all_agents(ip, in_call(&fields), actor).await {
            Ok(MoveAllOutcome::InCall(_)) => {
                return dialer_question(&app, &by, &word, ip, messages::CALLS_CHANGED).await;
            }
            Ok(MoveAllOutcome::NoSuchDialer) => Ok(false),
            Ok(MoveAllOutcome::Done { .. }) => Ok(true),
            Err(error) => Err(error),
        },
        DialerAction::Deactivate => app.floor.set_active(ip, false, actor).await,
        DialerAction::Activate => app.floor.set_active(ip, true, actor).await,
        DialerAction::Delete => return delete_dialer(&app, &by, ip).await,
    };
    finish(&by, &word, is_known, messages::NO_SUCH_DIALER)
}

/// Deletes a dialer and tells the floor.
async fn delete_dialer(app: &Arc<App>, by: &AdminSession, server_ip: &str) -> Response {
    let (address, actor) = (server_ip.to_owned(), by.actor());
    let logged = actor.clone();
    match app.store.write_or_refuse(move |tx| dialers::delete::delete(tx, &address, &logged)).await {
        Ok(()) => {
            app.floor.announce_deleted_dialer(server_ip, &actor).await;
            (StatusCode::SEE_OTHER, [(LOCATION, "/admin/dialers?done=delete")]).into_response()
        }
        Err(Refused(SaveRefusal::NotFound)) => page::message(by, StatusCode::NOT_FOUND, messages::NO_SUCH_DIALER),
        Err(Refused(SaveRefusal::HasPhones(phones))) => {
            page::message(by, StatusCode::CONFLICT, &messages::floor::phones_left(phones))
        }
        Err(Refused(SaveRefusal::HasAgents(_))) => page::message(by, StatusCode::CONFLICT, messages::floor::HAS_AGENTS),
        Err(Refused(_)) => page::message(by, StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK),
        Err(Failed(error)) => page::failed(&error.into()),
    }
}

/// `GET`: asks for confirmation.
pub(super) async fn ask_about_session(
    State(app): State<Arc<App>>,
    admin_session: AdminSession,
    Path(act): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::of_query(query);
    session_question(&app, &admin_session, &act, &fields, "").await
}

/// The session that the form names, if it is open.
fn open_session(app: &App, fields: &Fields) -> Option<SessionView> {
    let (session, _) = app.floor.session(fields.get("session_id").parse().ok()?)?;
    (session.state != "ended").then_some(session)
}

async fn session_question(
    app: &App,
    admin_session: &AdminSession,
    word: &str,
    fields: &Fields,
    problem: &'static str,
) -> Response {
    let act = match permitted(admin_session, SessionAction::read(word)) {
        Ok(act) => act,
        Err((status, text)) => return page::message(admin_session, status, text),
    };
    let Some(session) = open_session(app, fields) else {
        return page::message(admin_session, StatusCode::NOT_FOUND, messages::SESSION_IS_OVER);
    };
    let agent = session.user.clone();
    let in_call = match app.store.read(move |tx| tx.agent_in_call(&agent)).await {
        Ok(is_in_call) => u32::from(is_in_call),
        Err(error) => return page::failed(&error.into()),
    };
    Confirm {
        target: format!("/admin/sessions/{word}"),
        fields: vec![("session_id", session.session_id.to_string()), ("in_call", in_call.to_string())],
        ..Confirm::of((admin_session, Here::Elsewhere), messages::floor::about_session(act, &session, in_call), problem)
    }
    .show()
}

/// `POST`: executes the action.
pub(super) async fn change_session(
    State(app): State<Arc<App>>,
    Path(word): Path<String>,
    ordered: AdminForm,
) -> Response {
    let AdminForm { by, fields } = ordered;
    let Some(act) = SessionAction::read(&word) else {
        return page::message(&by, StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE);
    };
    let Some(session) = open_session(&app, &fields) else {
        return page::message(&by, StatusCode::NOT_FOUND, messages::SESSION_IS_OVER);
    };
    let is_open = match act {
        SessionAction::End => app.floor.remove(session.session_id, by.actor()).await,
        SessionAction::Move => match app.floor.move_agent(session.session_id, in_call(&fields), by.actor()).await {
            Ok(MoveOutcome::InCall(_)) => {
                return session_question(&app, &by, &word, &fields, messages::CALLS_CHANGED).await;
            }
            Ok(MoveOutcome::Stays) => return page::message(&by, StatusCode::CONFLICT, messages::NOWHERE_ELSE),
            Ok(MoveOutcome::NotOpen) => Ok(false),
            Ok(MoveOutcome::Moved) => Ok(true),
            Err(error) => Err(error),
        },
    };
    finish(&by, &word, is_open, messages::SESSION_IS_OVER)
}

/// The number of agents in a call that the confirmation page showed.
fn in_call(fields: &Fields) -> u32 {
    fields.get("in_call").parse().unwrap_or(0)
}

/// The action, if it exists and the administrator may change things.
fn permitted<T>(admin_session: &AdminSession, act: Option<T>) -> Result<T, (StatusCode, &'static str)> {
    let Some(act) = act else {
        return Err((StatusCode::NOT_FOUND, messages::NO_SUCH_PAGE));
    };
    if !admin_session.may_change() {
        return Err((StatusCode::FORBIDDEN, messages::MAY_ONLY_LOOK));
    }
    Ok(act)
}

/// Redirects to the floor, which shows the result, unless the dialer or session was not found.
fn finish(by: &AdminSession, word: &str, was_found: Result<bool, WriteError>, not_found: &str) -> Response {
    match was_found {
        Ok(true) => (StatusCode::SEE_OTHER, [(LOCATION, format!("/admin/?done={word}"))]).into_response(),
        Ok(false) => page::message(by, StatusCode::NOT_FOUND, not_found),
        Err(error) => page::failed(&error.into()),
    }
}
