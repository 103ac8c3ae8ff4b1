//! Tests of watched dialers against simulated ones, over real sockets.
//!
//! Most tests run on a paused clock, which advances only when no task has work.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod certificates;
mod connection;
mod faults;
mod health;
mod load;
mod registrations;
mod rights;
mod rings;
mod support;
mod tls;
