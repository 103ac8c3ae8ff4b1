//! `hotdesk export`.

use std::process::ExitCode;

use fleet::fleet_file::{Fleet, export, sheet};
use reqwest::Method;

use crate::cli::ExportArgs;
use crate::client::Client;
use crate::config::Config;
use crate::failure::Failure;
use crate::{fleet_document, inspect, output};

/// Writes the fleet file, or the rows of one table as CSV, including secrets.
pub fn run(config: &Config, args: &ExportArgs) -> Result<ExitCode, Failure> {
    if args.server.url.is_some() {
        return fetch(config, args);
    }
    let inspection = inspect::open_existing(&config.database)?;
    if let Some(rows) = args.csv {
        let section = rows.section();
        let rows = inspection.read(|tx| tx.rows(section))?;
        let sheet =
            sheet::write(section, &rows, true).map_err(|error| Failure::Output(std::io::Error::other(error)))?;
        output::write_bytes(&sheet)?;
    } else {
        let document = export(&inspection.read(|tx| Fleet::read(tx))?);
        output::write(&if args.json {
            fleet_document::to_json(&document)?
        } else {
            fleet_document::to_toml(&document)?
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Fetches rows from a running server, which does not return secrets.
fn fetch(config: &Config, args: &ExportArgs) -> Result<ExitCode, Failure> {
    let Some(rows) = args.csv else {
        let advice = "a server does not export fleet files, since they contain secrets: export rows with --csv, or leave out --url";
        return Err(Failure::Usage(advice.to_owned()));
    };
    let client = Client::open(config, &args.server)?;
    output::write_bytes(&client.exchange(Method::GET, &format!("/api/v1/export/{}", rows.collection()), None)?)?;
    Ok(ExitCode::SUCCESS)
}
