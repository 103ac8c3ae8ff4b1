//! Aliases: saving, deleting, eligible members, and warnings about an alias's phones.

pub mod delete;
pub(crate) mod members;
pub mod problems;
pub mod save;
