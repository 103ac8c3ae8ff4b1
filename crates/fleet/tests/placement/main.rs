//! Tests of placement: rules that hold for any fleet, and every recorded login of the real system.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod recorded;
mod rules;
