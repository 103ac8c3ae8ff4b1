//! Real dialers (Asterisk 16) and a real softphone (baresip), each test with its own.
//!
//! They are in a target of their own, apart from the many fast tests. Where Asterisk or baresip cannot be had, each test
//! passes without doing anything, and one line on standard error says what is missing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod claim;
mod dialer;
mod lab;
mod process;
mod softphone;
mod wait;

mod desk;
mod harness;
mod watched;
