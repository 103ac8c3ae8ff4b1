//! Aliases: saving and deleting one, which logins may join it, and what about its phones would cost an agent a shift.

pub mod delete;
pub(crate) mod members;
pub mod problems;
pub mod save;
