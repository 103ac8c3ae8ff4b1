//! Tests of the floor against simulated dialers that speak the manager interface over TCP, in real time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod hang_ups;
mod harness;
mod interruptions;
mod lines;
mod logins;
mod outages;
mod planned_actions;

mod storm;
mod tls;
