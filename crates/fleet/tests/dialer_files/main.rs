//! Tests of the generated dialer files: they equal the ones that VICIdial generated from the same rows, and no column's value can
//! change the meaning of a file.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod asterisk;
mod golden;
mod rows;
mod values;
