//! `hotdesk export`.

use std::process::ExitCode;

use fleet::fleet_file::{Fleet, export};

use crate::config::Config;
use crate::failure::Failure;
use crate::{document, inspect, output};

/// Writes the fleet file of what is there, secrets included.
pub fn run(config: &Config, json: bool) -> Result<ExitCode, Failure> {
    let inspection = inspect::open_existing(&config.database)?;
    let document = export(&inspection.read(|tx| Fleet::read(tx))?);
    let text = if json { document::to_json(&document)? } else { document::to_toml(&document)? };
    output::write(&text)?;
    Ok(ExitCode::SUCCESS)
}
