//! `hotdesk migrate`.

use std::process::ExitCode;
use std::sync::Arc;

use store::Store;

use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::system::{SystemClock, SystemEntropy};

/// Creates or upgrades the database's tables.
pub fn run(config: &Config) -> Result<ExitCode, Failure> {
    let store = Store::adopt(&config.database, Arc::new(SystemClock), &SystemEntropy)?;
    output::write(&format!("the tables of {} are up to date\n", store.location()))?;
    Ok(ExitCode::SUCCESS)
}
