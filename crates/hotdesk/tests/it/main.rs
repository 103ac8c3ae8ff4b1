//! The binary as its users meet it: over HTTP and on the command line, with its database beside it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod corpus;
mod door;
mod layers;
mod support;
