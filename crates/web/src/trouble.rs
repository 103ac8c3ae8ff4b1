//! Why a door could give no answer.

use store::{ReadError, WriteError};

/// No answer could be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the password could not be checked: {0}")]
    Check(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the settings or the password kept changing")]
    Restless,
}
