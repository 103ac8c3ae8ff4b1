//! Failures of commands: a message that says what to do, and an exit code.

use std::path::PathBuf;
use std::process::ExitCode;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings file cannot be read.
    #[error("cannot read {path}: {source}")]
    ConfigFile { path: PathBuf, source: std::io::Error },
    /// The settings file has an invalid or unknown key.
    #[error("{path}: {reason}")]
    ConfigSyntax { path: PathBuf, reason: String },
    /// A setting's value is invalid.
    #[error("{setting}: {reason}")]
    Setting { setting: &'static str, reason: String },
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] store::OpenError),
    /// The database could not be changed.
    #[error("{0}; nothing was changed")]
    Write(#[from] store::WriteError),
    /// The database could not be read.
    #[error(transparent)]
    Read(#[from] store::ReadError),
    /// Webhooks cannot be sent.
    #[error("webhook_ca: {0}")]
    Webhooks(#[from] webhooks::PostError),
    /// The async runtime cannot be started.
    #[error("cannot start: {0}")]
    Runtime(#[source] std::io::Error),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen { address: String, source: std::io::Error },
    /// Standard input cannot be read.
    #[error("cannot read the password from standard input: {0}")]
    Input(#[source] std::io::Error),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] std::io::Error),
    /// A file cannot be replaced.
    #[error("cannot write {path}: {source}")]
    NotWritten { path: PathBuf, source: std::io::Error },
    /// The fleet file cannot be read.
    #[error("cannot read the fleet file {path}: {source}")]
    FleetFile { path: PathBuf, source: std::io::Error },
    /// Another file cannot be read.
    #[error("cannot read {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    /// The file for new passwords cannot be written, or exists already.
    #[error("cannot write {path}: {source}; choose a new file with --secrets")]
    Secrets { path: PathBuf, source: std::io::Error },
    /// Lines of a CSV file were invalid and have been reported; the others are written.
    #[error("{path}: {count} line{} skipped; all other lines were imported", if *.count == 1 { " was" } else { "s were" })]
    LinesLeftOut { path: PathBuf, count: usize },
    /// The manual pages cannot be written.
    #[error("cannot write manual pages to {path}: {source}")]
    ManPages { path: PathBuf, source: std::io::Error },
    /// The JSON API refused the request: one message per field, and a summary at the end.
    #[error("{}", .0.join("\nhotdesk: "))]
    Problem(Vec<String>),
    /// The fleet file is not valid TOML or JSON.
    #[error("{path}{}: {reason}; nothing was changed", .line.map(|line| format!(" line {line}")).unwrap_or_default())]
    FleetSyntax { path: PathBuf, line: Option<usize>, reason: String },
    /// The fleet file has errors, which have been printed.
    #[error("{path} has {count} error{}; nothing was changed", if *.count == 1 { "" } else { "s" })]
    FleetMistakes { path: PathBuf, count: usize },
    /// Wrong usage, with a message.
    #[error("{0}")]
    Usage(String),
    /// The command cannot be executed, with a message.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// 2 for wrong usage, 1 for any other failure.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::ConfigFile { .. } | Self::ConfigSyntax { .. } | Self::Setting { .. } | Self::Usage(_) => {
                ExitCode::from(2)
            }
            _ => ExitCode::FAILURE,
        }
    }
}
