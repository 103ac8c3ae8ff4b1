//! Commands, one file each.

pub mod apply;
pub mod completions;
pub mod conf;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod import;
pub mod migrate;
pub mod rollout;
pub mod rows;
pub mod serve;
pub mod session;
pub mod sidecar;
pub mod simulate;
pub mod token;
pub mod user;
pub mod why;
