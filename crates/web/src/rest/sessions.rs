//! `/api/v1/sessions`: opening one, and looking at all that are open.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use fleet::authorization::Scope;
use fleet::password::Password;
use fleet::placement::{Decision, Why};
use fleet::sessions::timeline::{EndReason, Step, TimelineEntry};
use fleet::sessions::{Choice, Refusal};
use floor::{LoggedIn, Seated, SessionView};
use serde::Serialize;
use serde_json::{Value, json as value};
use tokio::time::sleep;

use super::body::JsonBody;
use super::caller::{Caller, Looker};
use super::decision::{decision_example, decision_fields};
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{
    Object as Described, count, either, filled, list as list_of, named, or_null, stamp, text, word,
};
use super::list_query::read_known;
use super::{found, messages};
use crate::App;
use crate::auth::agent_login::{self, LoginForm, LoginOutcome, Missing};
use crate::http::problem::{Problem, json};
use crate::messages::session::{self as session_messages, Reader};
use crate::messages::session_created::SessionCreated;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// For how many seconds an answer can wait for the phone at most.
const WAIT_AT_MOST: u64 = 60;

/// The fields, and the names that the login form has for some of them.
const FIELDS: [&str; 8] =
    ["user", "pass", "phone_login", "phone_pass", "campaign", "VD_login", "VD_pass", "VD_campaign"];

/// `POST`: logs an agent in.
pub(super) async fn open(State(app): State<Arc<App>>, caller: Caller, body: Bytes) -> Result<Response, Problem> {
    let object = JsonBody::read(&caller.headers, &body, &FIELDS)?;
    let typed = LoginForm {
        user: object.either("user", "VD_login")?,
        pass: Password::new(object.either("pass", "VD_pass")?),
        phone_login: object.text("phone_login")?.trim().to_owned(),
        phone_pass: object.text("phone_pass")?,
        campaign: object.either("campaign", "VD_campaign")?,
    };
    if let Some(missing) = typed.missing() {
        return Err(messages::missing(missing));
    }
    let seated = match agent_login::log_in(&app, &typed, caller.from()?).await {
        LoginOutcome::Ended(LoggedIn::Seated(seated)) => *seated,
        LoginOutcome::Ended(LoggedIn::NoPhone(choice)) => return Err(messages::no_phone(&choice)),
        LoginOutcome::Ended(LoggedIn::Refused(refusal)) => return Err(messages::refused(refusal)),
        LoginOutcome::Barred(seconds) => return Err(messages::barred(seconds)),
        LoginOutcome::Ended(LoggedIn::CheckAgain) | LoginOutcome::Failed => return Err(messages::failed()),
    };
    let Some(seconds) = wait_wanted(&caller.headers) else { return Ok(opened(&seated, &seated.session)) };
    let session = settled(&app, &seated, seconds).await?;
    let mut response = opened(&seated, &session);
    if let Ok(applied) = HeaderValue::from_str(&format!("wait={seconds}")) {
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

fn opened(seated: &Seated, session: &SessionView) -> Response {
    let mut response = json(StatusCode::CREATED, "application/json", &SessionCreated::of(seated, session));
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/sessions/{}", session.session_id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// For how many seconds the client would wait (RFC 7240).
pub(super) fn wait_wanted(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let wait = |preference: &str| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse::<u64>().ok()?;
        name.trim().eq_ignore_ascii_case("wait").then_some(seconds.min(WAIT_AT_MOST))
    };
    values.flat_map(|value| value.split(',')).find_map(wait)
}

/// Waits until the phone was answered, the time is up, or the server stops: the session as it is then.
async fn settled(app: &App, seated: &Seated, seconds: u64) -> Result<SessionView, Problem> {
    let session_id = seated.session.session_id;
    let mut stopping = app.stopping.subscribe();
    let session = tokio::select! {
        biased;
        session = app.floor.settled(session_id) => session,
        _ = stopping.wait_for(|stopping| *stopping) => app.floor.session(session_id).map(|(session, _)| session),
        () = sleep(Duration::from_secs(seconds)) => app.floor.session(session_id).map(|(session, _)| session),
    };
    let session = session.ok_or_else(messages::no_such_session)?;
    if session.end_reason.is_none() {
        return Ok(session);
    }
    let trail = app.store.read(move |tx| tx.trail(session_id)).await;
    let trail = TimelineEntry::read(&trail?);
    let ended = trail.iter().rev().find_map(|entry| match entry.step {
        Step::Ended { reason } => Some(reason),
        _ => None,
    });
    let words = session_messages::ended(ended.unwrap_or(EndReason::NoAnswer), Reader::Agent);
    Err(messages::ended(session_id, seated.key.reveal(), &words, session_messages::tried(&trail)))
}

#[derive(Serialize)]
pub(super) struct Sessions {
    sessions: Vec<SessionView>,
}

/// Which sessions are wanted.
struct SessionFilter {
    user: Option<String>,
    server_ip: Option<String>,
    state: Option<String>,
}

impl SessionFilter {
    fn read(query: Option<String>) -> Result<Self, Problem> {
        let fields = read_known(query, &["user", "server_ip", "state"])?;
        let [user, server_ip, state] = ["user", "server_ip", "state"].map(|name| fields.last(name).map(str::to_owned));
        let filter = Self { user, server_ip, state };
        match filter.state.as_deref() {
            None | Some("reserved" | "ringing" | "live") => Ok(filter),
            Some(_) => Err(messages::no_state()),
        }
    }

    fn takes(&self, session: &SessionView) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.user, &session.user) && is(&self.server_ip, &session.server_ip) && is(&self.state, session.state)
    }
}

/// `GET`: the sessions that are open.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = SessionFilter::read(query)?;
    let mut sessions = app.floor.snapshot().0.sessions;
    sessions.retain(|session| filter.takes(session));
    Ok(found(&Sessions { sessions }))
}

/// Why an agent may not log in.
const REFUSALS: [Refusal; 9] = [
    Refusal::LoginIncorrect,
    Refusal::Locked,
    Refusal::ApiOnly,
    Refusal::CampaignUnknown,
    Refusal::CampaignInactive,
    Refusal::CampaignNotAllowed,
    Refusal::AliasInactive,
    Refusal::NoPhoneOfOwn,
    Refusal::TooManyLogins,
];

/// A session such as there are many.
pub(super) fn example() -> Value {
    value!({
        "session_id": 1, "user": "1001", "campaign": "", "state": "live", "phone_login": "100b", "server_ip": "10.0.9.9",
        "room": "8600051", "began": "2026-11-21 05:31:00"
    })
}

/// How a session is described.
pub(super) fn described(words: &str) -> Described {
    Described::answered(words)
        .has("session_id", count("Its number."))
        .has("user", text("The agent."))
        .has("campaign", text("The campaign; empty for none."))
        .has("state", word("How far it is.", ["reserved", "ringing", "live", "ended"]))
        .has("phone_login", text("The login of the phone."))
        .has("server_ip", text("The dialer."))
        .has("room", text("The room there."))
        .has("began", stamp("When it began,"))
        .may_have("end_reason", word("Why it ended.", EndReason::ALL.map(EndReason::word)))
}

/// What the document says of sessions.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("Session", described("An agent's session."));
    let all = Described::answered("").has("sessions", list_of("", named("Session")));
    let listed = Operation::get("/sessions", "list_sessions")
        .says("The sessions that are open", "")
        .scope(Scope::Read)
        .query("user", text("Of this agent."), "1001")
        .query("server_ip", text("On this dialer."), "10.0.9.9")
        .query("state", word("In this state.", ["reserved", "ringing", "live"]), "live")
        .refuses([messages::no_state(), messages::unknown_field("colour", &[])]);
    spec.operation(listed.answers(StatusCode::OK, "The sessions.", all, value!({"sessions": [example()]})));
    let login = |words: &str| {
        Described::sent(words)
            .has("user", filled("The agent's account."))
            .has("pass", filled("Its password."))
            .may_have("campaign", or_null(text("The campaign, where one is needed.")))
    };
    let phones = login("With phones.")
        .has("phone_login", filled("An alias, a phone's login, or several logins with commas between."))
        .has("phone_pass", filled("The password of the phones."));
    let login = either("A login.", [phones.into(), login("With the account's own phone.").into()]);
    let typed = value!({"user": "1001", "pass": "apass", "phone_login": "team", "phone_pass": "phonepass"});
    let opened = Described::answered("A session that was opened.")
        .has("session_id", count("Its number."))
        .has("phone_login", text("The login of the phone that is rung."))
        .has("server_ip", text("The dialer."))
        .has("room", text("The room there."))
        .has("state", word("How far it is.", ["reserved", "ringing", "live", "ended"]))
        .has("key", text("The key of this session, for its agent."))
        .has("decision", decision_fields(Described::answered("What was decided.")).into());
    let mut told = example();
    for unsaid in ["user", "campaign", "began"] {
        told.as_object_mut().map(|fields| fields.remove(unsaid));
    }
    told["key"] = value!("9f…");
    told["decision"] = decision_example();
    let decision = Decision { order: Vec::new(), why: Why::LeastLoaded, left_out: Vec::new() };
    let nobody = Choice { candidates: Vec::new(), decision };
    let open = Operation::post("/sessions", "open_session")
        .says(
            "Logs an agent in",
            "Whoever knows an agent's and a phone's password. With Prefer: wait=SECONDS it waits for the phone.",
        )
        .header("Prefer", text("For how many seconds to wait until the phone was answered, 60 at most."), "wait=30")
        .takes(login, true, typed)
        .refuses(REFUSALS.map(messages::refused))
        .refuses([Missing::User, Missing::Pass, Missing::PhonePass].map(messages::missing))
        .refuses([
            messages::barred(60),
            messages::no_phone(&nobody),
            messages::ended(1, "9f…", "no phone was answered", Vec::new()),
        ]);
    spec.operation(open.answers(StatusCode::CREATED, "The session.", opened, told));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(value: &'static str) -> Option<u64> {
        wait_wanted(&HeaderMap::from_iter([(PREFER, HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_wait_is_found_among_other_preferences_and_has_an_end() {
        assert_eq!(wanted("wait=10"), Some(10));
        assert_eq!(wanted("respond-async, WAIT = \"20\"; x=y"), Some(20));
        assert_eq!(wanted("wait=4000"), Some(60));
        for none in ["respond-async", "wait", "wait=soon", "wait=-1"] {
            assert_eq!(wanted(none), None, "{none}");
        }
    }
}
