//! Real dialers (Asterisk 16) and a real softphone (baresip), each test with its own.
//!
//! They are in a target of their own, apart from the many fast tests. Where Asterisk or baresip cannot be had, each test
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

mod desk;
mod files;
mod harness;
mod logins;
mod pjsip;
mod secured;
mod watched;
