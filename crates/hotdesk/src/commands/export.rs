//! `hotdesk export`.

use std::process::ExitCode;

use fleet::fleet_file::{Fleet, export, sheet};

use crate::cli::Export;
use crate::config::Config;
use crate::failure::Failure;
use crate::{document, inspect, output};

/// Writes what is there, secrets included: the fleet file, or the rows of one section as CSV.
pub fn run(config: &Config, wanted: &Export) -> Result<ExitCode, Failure> {
    let inspection = inspect::open_existing(&config.database)?;
    if let Some(rows) = wanted.csv {
        let section = rows.section();
        let rows = inspection.read(|tx| tx.rows(section))?;
        let sheet =
            sheet::write(section, &rows, true).map_err(|error| Failure::Output(std::io::Error::other(error)))?;
        output::write_bytes(&sheet)?;
    } else {
        let document = export(&inspection.read(|tx| Fleet::read(tx))?);
        output::write(&if wanted.json { document::to_json(&document)? } else { document::to_toml(&document)? })?;
    }
    Ok(ExitCode::SUCCESS)
}
