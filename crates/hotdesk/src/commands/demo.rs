//! `hotdesk demo`.

use std::process::ExitCode;

use crate::config::ServeConfig;
use crate::failure::Failure;

/// Fills an empty database with the demonstration fleet, says what to try, and serves.
pub fn run(config: &ServeConfig) -> Result<ExitCode, Failure> {
    super::serve::run(config)
}
