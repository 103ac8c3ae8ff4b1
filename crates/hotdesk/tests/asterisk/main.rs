//! Tests with real dialers (Asterisk 16) and a real softphone (baresip), separate for each test.
//!
//! They have their own test target, apart from the many fast tests. If Asterisk or baresip is not available, each test
//! passes without doing anything, and one line on standard error says what is missing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../support/program.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod program;
#[path = "../support/server.rs"]
mod server;
#[path = "../it/support.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

mod call_centre;
mod claim;
mod dialer;
mod lab;
mod process;
mod softphone;
mod wait;

mod dialer_client;
mod files;
mod harness;
mod logins;
mod pjsip;
mod rights;
mod tls;
mod watched;
