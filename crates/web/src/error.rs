//! Faults that prevent a request from being executed.

use store::{ReadError, WriteError};

/// Fault while a request was executed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot verify the password: {0}")]
    Check(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the settings or the password changed during every attempt")]
    Unsettled,
}
