//! One file a command.

pub mod apply;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod import;
pub mod migrate;
pub mod rollout;
pub mod serve;
pub mod simulate;
pub mod user;
pub mod why;
