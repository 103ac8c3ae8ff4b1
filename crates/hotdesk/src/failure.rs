//! Why a command failed: one line that says what to do, and an exit code.

use std::path::PathBuf;
use std::process::ExitCode;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings file cannot be read.
    #[error("cannot read {path}: {source}")]
    ConfigFile { path: PathBuf, source: std::io::Error },
    /// The settings file has something in it that is no setting.
    #[error("{path}: {reason}")]
    ConfigSyntax { path: PathBuf, reason: String },
    /// A setting's value is none.
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
    /// No runtime.
    #[error("cannot start: {0}")]
    Runtime(#[source] std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen { address: String, source: std::io::Error },
    /// Standard input gave nothing.
    #[error("cannot read the password from standard input: {0}")]
    Input(#[source] std::io::Error),
    /// Standard output takes nothing more.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] std::io::Error),
    /// A file cannot be put in its place.
    #[error("cannot write {path}: {source}")]
    NotWritten { path: PathBuf, source: std::io::Error },
    /// The fleet file cannot be read.
    #[error("cannot read the fleet file {path}: {source}")]
    FleetFile { path: PathBuf, source: std::io::Error },
    /// Another file cannot be read.
    #[error("cannot read {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    /// The file for new passwords cannot be written, or there is one already.
    #[error("cannot write {path}: {source}; name a new file with --secrets")]
    Secrets { path: PathBuf, source: std::io::Error },
    /// Lines of a CSV file were wrong, which has been printed; the others are written.
    #[error("{count} line{} left out of {path}; all others are right", if *.count == 1 { " is" } else { "s are" })]
    LinesLeftOut { path: PathBuf, count: usize },
    /// The manual pages cannot be written.
    #[error("cannot write manual pages to {path}: {source}")]
    ManPages { path: PathBuf, source: std::io::Error },
    /// The JSON API refused: what is wrong with each field, and last what is the matter.
    #[error("{}", .0.join("\nhotdesk: "))]
    Problem(Vec<String>),
    /// The fleet file is no TOML, or no JSON.
    #[error("{path}{}: {reason}; nothing was changed", .line.map(|line| format!(" line {line}")).unwrap_or_default())]
    FleetSyntax { path: PathBuf, line: Option<usize>, reason: String },
    /// The fleet file has mistakes, which have been printed.
    #[error("{path} has {count} mistake{}; nothing was changed", if *.count == 1 { "" } else { "s" })]
    FleetMistakes { path: PathBuf, count: usize },
    /// Something of the call itself is wrong, in words.
    #[error("{0}")]
    Usage(String),
    /// What was asked for cannot be done, in words.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// 2 for a wrong call, 1 for anything else.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::ConfigFile { .. } | Self::ConfigSyntax { .. } | Self::Setting { .. } | Self::Usage(_) => {
                ExitCode::from(2)
            }
            _ => ExitCode::FAILURE,
        }
    }
}
