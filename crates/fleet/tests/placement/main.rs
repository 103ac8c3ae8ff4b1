//! Where an agent lands: what holds for any fleet, and what the real system did in every recorded login.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod recorded;
mod rules;
