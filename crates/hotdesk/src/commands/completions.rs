//! `hotdesk completions` and `hotdesk man`.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output;

/// Writes a completion script for a shell.
pub fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "hotdesk", &mut script);
    output::write_bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes one manual page per command into a folder.
pub fn man(folder: &Path) -> Result<ExitCode, Failure> {
    let failed = |source| Failure::ManPages { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}
