//! A new agent session as JSON.

use fleet::placement::Why;
use fleet::sessions::Choice;
use fleet::sessions::timeline::{Weighed, weighed};
use floor::{Seated, SessionView};
use serde::Serialize;

/// A successful login.
#[derive(Serialize)]
pub(crate) struct SessionCreated<'a> {
    pub(crate) session_id: i64,
    pub(crate) phone_login: &'a str,
    pub(crate) server_ip: &'a str,
    pub(crate) conference: &'a str,
    pub(crate) state: &'static str,
    pub(crate) key: &'a str,
    pub(crate) decision: DecisionView,
}

/// A placement decision and its candidate phones.
#[derive(Serialize)]
pub(crate) struct DecisionView {
    pub(crate) why: Why,
    pub(crate) candidates: Vec<Weighed>,
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
