//! `/api/v1/sessions`: login of an agent, and list of open sessions.

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
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use tokio::time::sleep;
use utoipa::ToSchema;

use super::caller::{Caller, Looker};
use super::decision::{decision_example, decision_fields};
use super::document::Spec;
use super::document::operation::Operation;
use super::document::shape::{
    Object as Described, Shape, count, either, filled, list as list_of, named, object, or_null, text, word,
};
use super::list_query::{ListQuery, Parameter};
use super::{body, found, messages};
use crate::App;
use crate::auth::agent_login::{self, LoginForm, LoginOutcome, Missing};
use crate::http::problem::{Problem, json};
use crate::messages::session::{self as session_messages, Reader};
use crate::messages::session_created::SessionCreated;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Maximum time that a response waits for the phone, in seconds.
const WAIT_AT_MOST: u64 = 60;

/// Login of an agent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    #[serde(default)]
    #[schema(schema_with = user, required = true)]
    user: String,
    #[serde(default)]
    #[schema(schema_with = pass, required = true)]
    pass: String,
    #[serde(default)]
    #[schema(schema_with = phone_login, required = false)]
    phone_login: String,
    #[serde(default)]
    #[schema(schema_with = phone_pass, required = false)]
    phone_pass: String,
    #[serde(default)]
    #[schema(schema_with = campaign, required = false)]
    campaign: String,
}

/// Alternative names of fields, as in the login form.
const FORM_NAMES: [(&str, &str); 3] = [("VD_login", "user"), ("VD_pass", "pass"), ("VD_campaign", "campaign")];

fn user() -> Shape {
    filled("The agent's user name.")
}

fn pass() -> Shape {
    filled("The agent's password.")
}

fn phone_login() -> Shape {
    filled("An alias, a phone login, or several logins separated by commas.")
}

fn phone_pass() -> Shape {
    filled("The phone password.")
}

fn campaign() -> Shape {
    or_null(text("The campaign, if one is required."))
}

impl LoginRequest {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<LoginForm, Problem> {
        let schema = body::schema::<Self>();
        let mut fields = body::fields(headers, body, &schema)?;
        for (form_name, name) in FORM_NAMES {
            if let Some(value) = fields.remove(form_name) {
                fields.entry(name).or_insert(value);
            }
        }
        let Self { user, pass, phone_login, phone_pass, campaign } = body::parse(fields, &schema)?;
        let phone_login = phone_login.trim().to_owned();
        Ok(LoginForm { user, pass: Password::new(pass), phone_login, phone_pass, campaign })
    }
}

/// `POST`: logs an agent in.
pub(super) async fn open(State(app): State<Arc<App>>, caller: Caller, body: Bytes) -> Result<Response, Problem> {
    let typed = LoginRequest::read(&caller.headers, &body)?;
    if let Some(missing) = typed.missing() {
        return Err(messages::missing(missing));
    }
    let seated = match agent_login::log_in(&app, &typed, caller.from()?).await {
        LoginOutcome::Ended(LoggedIn::Seated(seated)) => *seated,
        LoginOutcome::Ended(LoggedIn::NoPhone(choice)) => return Err(messages::no_phone(&choice)),
        LoginOutcome::Ended(LoggedIn::Refused(refusal)) => return Err(messages::refused(refusal)),
        LoginOutcome::Barred(seconds) => return Err(messages::address_blocked(seconds)),
        LoginOutcome::Ended(LoggedIn::CheckAgain) | LoginOutcome::Failed => return Err(messages::unavailable()),
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

/// How long the client wants to wait, in seconds: `Prefer: wait` (RFC 7240).
pub(super) fn wait_wanted(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let wait = |preference: &str| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse::<u64>().ok()?;
        name.trim().eq_ignore_ascii_case("wait").then_some(seconds.min(WAIT_AT_MOST))
    };
    values.flat_map(|value| value.split(',')).find_map(wait)
}

/// Waits until the phone is answered, the time is up, or the server stops. Returns the session at that time.
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
    let trail = TimelineEntry::read(&app.store.read(move |tx| tx.trail(session_id)).await?);
    let ended = trail.iter().rev().find_map(|entry| match entry.step {
        Step::Ended { reason } => Some(reason),
        _ => None,
    });
    let words = session_messages::ended(ended.unwrap_or(EndReason::NoAnswer), Reader::Agent);
    Err(messages::ended(session_id, seated.key.reveal(), &words, session_messages::tried(&trail)))
}

/// An agent's session.
#[derive(Serialize, ToSchema)]
#[serde(remote = "SessionView")]
#[expect(clippy::struct_field_names, reason = "the fields are those of the JSON API")]
pub(super) struct Session {
    /// Id of the session.
    #[schema(minimum = 0)]
    session_id: i64,
    /// User name of the agent.
    user: String,
    /// Campaign; empty for none.
    campaign: String,
    #[schema(schema_with = state)]
    state: &'static str,
    /// Login of the phone.
    phone_login: String,
    /// Address of the dialer.
    server_ip: String,
    /// Number of the conference on the dialer.
    conference: String,
    /// Time at which the session began.
    #[schema(format = DateTime)]
    started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = end_reason, required = false)]
    end_reason: Option<String>,
}

pub(super) fn state() -> Shape {
    word("State of the session.", ["reserved", "ringing", "live", "ended"])
}

fn end_reason() -> Shape {
    word("Reason of the end.", EndReason::ALL.map(EndReason::word))
}

#[derive(Serialize)]
struct SessionReply(#[serde(with = "Session")] SessionView);

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<SessionReply>,
}

/// Filter of the list.
struct SessionFilter {
    user: Option<String>,
    server_ip: Option<String>,
    state: Option<String>,
}

/// Filter parameters of the list.
const FILTERS: [Parameter; 3] = [
    Parameter::new("user", || text("Filter: the agent's user name."), "1001"),
    Parameter::new("server_ip", || text("Filter: the dialer's address."), "10.0.9.9"),
    Parameter::new("state", || word("Filter: the state of the session.", ["reserved", "ringing", "live"]), "live"),
];

impl SessionFilter {
    fn read(query: Option<String>) -> Result<Self, Problem> {
        let query = ListQuery::read(query, &FILTERS)?;
        let [user, server_ip, state] = ["user", "server_ip", "state"].map(|name| query.find(name).map(str::to_owned));
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

/// `GET`: the open sessions.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Looker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = SessionFilter::read(query)?;
    let sessions = app.floor.snapshot().0.sessions.into_iter().filter(|session| filter.takes(session));
    Ok(found(&Sessions { sessions: sessions.map(SessionReply).collect() }))
}

/// Refusals of a login.
const REFUSALS: [Refusal; 9] = [
    Refusal::LoginIncorrect,
    Refusal::Locked,
    Refusal::ApiOnly,
    Refusal::CampaignUnknown,
    Refusal::CampaignInactive,
    Refusal::CampaignNotAllowed,
    Refusal::AliasInactive,
    Refusal::NoAssignedPhone,
    Refusal::TooManyLogins,
];

/// Example of a session.
pub(super) fn example() -> Value {
    value!({
        "session_id": 1, "user": "1001", "campaign": "", "state": "live", "phone_login": "100b", "server_ip": "10.0.9.9",
        "conference": "8600051", "started_at": "2026-11-21T05:31:00.000Z"
    })
}

fn opened_session() -> Described {
    Described::answered("A new session.")
        .has("session_id", count("Id of the session."))
        .has("phone_login", text("Login of the phone that is being rung."))
        .has("server_ip", text("Address of the dialer."))
        .has("conference", text("Number of the conference on the dialer."))
        .has("state", state())
        .has("key", text("Key of this session, for the agent's own requests."))
        .has("decision", decision_fields(Described::answered("The placement decision.")).into())
}

/// Describes these operations in the OpenAPI document.
pub(super) fn describe(spec: &mut Spec) {
    spec.shape("Session", object::<Session>());
    let all = Described::answered("").has("sessions", list_of("", named("Session")));
    let listed = Operation::get("/sessions", "listSessions")
        .says("List open sessions", "Lists the sessions that have not ended.")
        .scope(Scope::Read)
        .parameters(&FILTERS)
        .refuses([messages::no_state()]);
    spec.operation(listed.answers(StatusCode::OK, "The sessions.", all, value!({"sessions": [example()]})));
    let phones = ["phone_login", "phone_pass"];
    let with_phones = object::<LoginRequest>().requires(&phones).described_as("A login with the logins of phones.");
    let with_own =
        object::<LoginRequest>().without(&phones).described_as("A login with the phone that is assigned to the user.");
    let login = either("A login.", [with_phones.into(), with_own.into()]);
    let typed = value!({"user": "1001", "pass": "apass", "phone_login": "team", "phone_pass": "phonepass"});
    let mut opened = example();
    for unsaid in ["user", "campaign", "started_at"] {
        opened.as_object_mut().map(|fields| fields.remove(unsaid));
    }
    opened["key"] = value!("9f…");
    opened["decision"] = decision_example();
    let decision = Decision { order: Vec::new(), why: Why::LeastLoaded, left_out: Vec::new() };
    let nobody = Choice { candidates: Vec::new(), decision };
    let open = Operation::post("/sessions", "openSession")
        .says(
            "Log in an agent",
            "Needs the agent's password and the phone password instead of an account or a token. With Prefer: wait=SECONDS, the \
             response waits until the phone is answered.",
        )
        .header("Prefer", text("wait=SECONDS: how long to wait for the phone to be answered, at most 60."), "wait=30")
        .takes(login, true, typed)
        .refuses(REFUSALS.map(messages::refused))
        .refuses([Missing::User, Missing::Pass, Missing::PhonePass].map(messages::missing))
        .refuses([
            messages::address_blocked(60),
            messages::no_phone(&nobody),
            messages::ended(1, "9f…", "no phone was answered", Vec::new()),
        ]);
    spec.operation(open.answers(StatusCode::CREATED, "The session.", opened_session(), opened));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::decision::tests::every_decision;
    use crate::rest::document::shape::tests::assert_described;

    fn wanted(value: &'static str) -> Option<u64> {
        wait_wanted(&HeaderMap::from_iter([(PREFER, HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_session_of_the_floor_and_of_the_reply_have_the_same_json() {
        let mut session = SessionView {
            session_id: 7,
            user: "1001".to_owned(),
            campaign: "SALES".to_owned(),
            state: "ended",
            phone_login: "100b".to_owned(),
            server_ip: "10.0.9.9".to_owned(),
            conference: "8600051".to_owned(),
            started_at: "2026-11-21T05:31:00.000Z".to_owned(),
            end_reason: Some("hung_up".to_owned()),
        };
        let of_the_floor = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::to_string(&SessionReply(session.clone())).unwrap(), of_the_floor);
        assert_described(object::<Session>(), &session);
        session.end_reason = None;
        assert_described(object::<Session>(), &session);
    }

    #[test]
    fn every_field_of_an_opened_session_is_described() {
        let (key, conference) = ("9f…", "8600051");
        let decision = every_decision();
        let session = SessionCreated {
            session_id: 7,
            phone_login: "a",
            server_ip: "b",
            conference,
            state: "live",
            key,
            decision,
        };
        assert_described(opened_session(), &session);
    }

    #[test]
    fn the_wait_is_found_among_other_preferences_and_is_limited() {
        assert_eq!(wanted("wait=10"), Some(10));
        assert_eq!(wanted("respond-async, WAIT = \"20\"; x=y"), Some(20));
        assert_eq!(wanted("wait=4000"), Some(60));
        for none in ["respond-async", "wait", "wait=soon", "wait=-1"] {
            assert_eq!(wanted(none), None, "{none}");
        }
    }
}
