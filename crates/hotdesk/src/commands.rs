//! One file a command.

pub mod demo;
pub mod migrate;
pub mod serve;
pub mod user;
