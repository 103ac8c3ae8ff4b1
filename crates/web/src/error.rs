//! Why a request could not be carried out.

use store::{ReadError, WriteError};

/// A request could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the password could not be checked: {0}")]
    Check(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the settings or the password kept changing")]
    Unsettled,
}
