//! One file a command.

pub mod apply;
pub mod conf;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod migrate;
pub mod serve;
pub mod sidecar;
pub mod simulate;
pub mod user;
pub mod why;
