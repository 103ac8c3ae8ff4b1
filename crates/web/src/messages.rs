//! Texts that more than one protocol adapter uses.

pub(crate) mod aliases;
pub(crate) mod api_replies;
pub mod dialer_files;
pub(crate) mod phones;
pub mod refusals;
pub(crate) mod session;
pub(crate) mod session_created;
