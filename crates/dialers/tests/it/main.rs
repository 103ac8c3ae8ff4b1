//! A dialer under watch against a simulated one, over real sockets.
//!
//! Most stories run in paused time: it moves on only when nobody has anything to do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod certificates;
mod connection;
mod faults;
mod health;
mod load;
mod registrations;
mod rings;
mod support;
mod tls;
