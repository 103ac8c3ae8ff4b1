//! A session that was opened, as programs read it.

use fleet::placement::Why;
use fleet::seating::Choice;
use fleet::seating::trail::{Weighed, weighed};
use floor::{Seated, SessionView};
use serde::Serialize;

/// A login that succeeded.
#[derive(Serialize)]
pub(crate) struct Opened<'a> {
    session_id: i64,
    phone_login: &'a str,
    server_ip: &'a str,
    room: &'a str,
    state: &'static str,
    key: &'a str,
    decision: Decided,
}

/// What was decided, and about which phones.
#[derive(Serialize)]
pub(crate) struct Decided {
    why: Why,
    candidates: Vec<Weighed>,
}

impl Decided {
    pub(crate) fn of(choice: &Choice) -> Self {
        Self { why: choice.decision.why, candidates: weighed(choice) }
    }
}

impl<'a> Opened<'a> {
    /// The session as it is now.
    pub(crate) fn of(seated: &'a Seated, session: &'a SessionView) -> Self {
        Self {
            session_id: session.session_id,
            phone_login: &session.phone_login,
            server_ip: &session.server_ip,
            room: &session.room,
            state: session.state,
            key: seated.key.reveal(),
            decision: Decided::of(&seated.choice),
        }
    }
}
