//! Texts that more than one protocol adapter needs.

pub(crate) mod aliases;
pub(crate) mod phones;
pub mod refusals;
pub(crate) mod session;
pub(crate) mod session_created;
