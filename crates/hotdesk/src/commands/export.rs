//! `hotdesk export`.

use std::process::ExitCode;

use fleet::fleet_file::{Fleet, export, sheet};
use reqwest::Method;

use crate::cli::Export;
use crate::client::Client;
use crate::config::Config;
use crate::failure::Failure;
use crate::{document, inspect, output};

/// Writes what is there, secrets included: the fleet file, or the rows of one section as CSV.
pub fn run(config: &Config, wanted: &Export) -> Result<ExitCode, Failure> {
    if wanted.server.url.is_some() {
        return fetch(config, wanted);
    }
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

/// Fetches rows from the running server, which gives no secrets away.
fn fetch(config: &Config, wanted: &Export) -> Result<ExitCode, Failure> {
    let Some(rows) = wanted.csv else {
        let advice =
            "a running server gives no whole fleet file, which has secrets: name rows with --csv, or leave --url out";
        return Err(Failure::Usage(advice.to_owned()));
    };
    let client = Client::open(config, &wanted.server)?;
    output::write_bytes(&client.exchange(Method::GET, &format!("/api/v1/export/{}", rows.word()), None)?)?;
    Ok(ExitCode::SUCCESS)
}
