//! The floor with simulated dialers that speak the manager interface over TCP, in real time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod changes;
mod harness;
mod lines;
mod logins;
mod losses;
mod plans;
mod secured;
mod storm;
