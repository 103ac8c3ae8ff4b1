//! A new agent session as JSON.

use fleet::placement::Why;
use fleet::sessions::Choice;
use fleet::sessions::timeline::{Weighed, weighed};
use floor::{Seated, SessionView};
use serde::Serialize;

/// A successful login.
#[derive(Serialize)]
pub(crate) struct SessionCreated<'a> {
    session_id: i64,
    phone_login: &'a str,
    server_ip: &'a str,
    conference: &'a str,
    state: &'static str,
    key: &'a str,
    decision: DecisionView,
}

/// A placement decision and its candidate phones.
#[derive(Serialize)]
pub(crate) struct DecisionView {
    why: Why,
    candidates: Vec<Weighed>,
}

impl DecisionView {
    pub(crate) fn of(choice: &Choice) -> Self {
        Self { why: choice.decision.why, candidates: weighed(choice) }
    }
}

impl<'a> SessionCreated<'a> {
    /// The session as it is now.
    pub(crate) fn of(seated: &'a Seated, session: &'a SessionView) -> Self {
        Self {
            session_id: session.session_id,
            phone_login: &session.phone_login,
            server_ip: &session.server_ip,
            conference: &session.conference,
            state: session.state,
            key: seated.key.reveal(),
            decision: DecisionView::of(&seated.choice),
        }
    }
}
