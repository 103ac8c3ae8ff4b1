//! `hotdesk conf`.

use std::path::Path;
use std::process::ExitCode;

use fleet::dialer_files::{FileName, Written, write};
use web::messages::dialer_files::left_out;

use crate::cli::ConfArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::{atomic_file, inspect, output};

/// Writes a dialer's configuration files, including secrets. Rows that cannot be written to a file are
/// reported on standard error.
pub fn run(config: &Config, args: &ConfArgs) -> Result<ExitCode, Failure> {
    let inspection = inspect::open_existing(&config.database)?;
    let rows = inspection.read(|tx| {
        let is_it = |name: &str| fleet::name::same(name, &args.dialer);
        let found = tx.managers()?.into_iter().find(|dialer| is_it(&dialer.server_ip) || is_it(&dialer.server_id));
        found.map_or(Ok(None), |dialer| tx.dialer_rows(&dialer.server_ip))
    })?;
    let rows = rows.ok_or_else(|| Failure::Refused(format!("there is no dialer {}", args.dialer)))?;
    let written = write(&rows);
    for left in &written.left_out {
        eprintln!("hotdesk: {}", left_out(left));
    }
    match (&args.file, &args.out) {
        (Some(name), _) => print(&written, name)?,
        (None, Some(folder)) => put(&written, folder)?,
        (None, None) => print_all(&written)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print(written: &Written, name: &str) -> Result<(), Failure> {
    let names = FileName::ALL.map(FileName::name).join(", ");
    let file = FileName::read(name).and_then(|name| written.file(name));
    let file =
        file.ok_or_else(|| Failure::Setting { setting: "--file", reason: format!("{name} is not one of {names}") })?;
    output::write(&file.text)
}

fn print_all(written: &Written) -> Result<(), Failure> {
    let texts = written.files.iter().map(|file| format!("; {}\n{}\n", file.name.name(), file.text));
    output::write(&texts.collect::<String>())
}

fn put(written: &Written, folder: &Path) -> Result<(), Failure> {
    for file in &written.files {
        let name = file.name.name();
        atomic_file::put(folder, name, file.text.as_bytes())
            .map_err(|source| Failure::NotWritten { path: folder.join(name), source })?;
    }
    Ok(())
}
