//! `hotdesk migrate`.

use std::process::ExitCode;
use std::sync::Arc;

use store::Store;

use crate::config::Config;
use crate::failure::Failure;
use crate::system::SystemClock;

/// Creates or upgrades the database's tables.
pub fn run(config: &Config) -> Result<ExitCode, Failure> {
    let store = Store::open(&config.database, Arc::new(SystemClock))?;
    println!("the tables of {} are up to date", store.path().display());
    Ok(ExitCode::SUCCESS)
}
