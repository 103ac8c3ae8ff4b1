//! Stories of the store: what holds on every database, whatever happens around it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod group_commit;
mod lines;
mod logins;
mod logs;
mod members;
mod names;
mod panel;
mod past;
mod phones;
mod plans;
mod seating;
mod support;
mod system;
mod users;
