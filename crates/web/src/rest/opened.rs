//! A session that was opened, as programs read it.

use fleet::placement::Why;
use fleet::sessions::Choice;
use fleet::sessions::timeline::{Weighed, weighed};
use floor::{Seated, SessionView};
use serde::Serialize;
use serde_json::{Value, json as value};

use super::document::shape::{Object, count, either, list, number, text, word};

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

/// How [`Decided`] is described, behind other fields.
pub(super) fn decided(fields: Object) -> Object {
    let left_out = either(
        "Why it has no turn: a word, or an object whose one field is the word.",
        [text(""), Object::answered("").into()],
    );
    let candidate = Object::answered("A phone of the list.")
        .has("phone_login", text("Its login."))
        .may_have("server_ip", text("Its dialer, if it is known."))
        .may_have("seats", count("Seats that were taken there."))
        .may_have("weight", count("The dialer's weight, if it has one."))
        .may_have("health", word("How the dialer was seen.", ["well", "suspect", "lost", "unwatched", "no_account"]))
        .may_have(
            "registration",
            word("Whether it can be rung.", ["registered", "not_registered", "unknown", "not_needed"]),
        )
        .may_have("turn", number("When it is rung, from 1.", 1, i64::from(i32::MAX)))
        .may_have("left_out", left_out);
    fields
        .has("why", word("Why the first is first.", ["least_loaded", "grouped"]))
        .has("candidates", list("The phones that there were, in the list's order.", candidate))
}

/// A decision such as there are many.
pub(super) fn decision_example() -> Value {
    value!({"why": "least_loaded", "candidates": [
        {"phone_login": "100a", "server_ip": "10.0.9.8", "seats": 3, "health": "well", "registration": "registered", "turn": 2},
        {"phone_login": "100b", "server_ip": "10.0.9.9", "seats": 2, "health": "well", "registration": "registered", "turn": 1}
    ]})
}
