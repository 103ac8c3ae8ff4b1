//! What is written for a dialer is what VICIdial wrote for the same rows, and nothing that a row holds changes its meaning.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod asterisk;
mod golden;
mod rows;
mod values;
