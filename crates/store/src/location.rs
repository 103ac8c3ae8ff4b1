//! Where a database is.

use std::fmt;
use std::path::PathBuf;

/// Where a database is. Written without any password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded database. It and its folder are created if need be.
    File(PathBuf),
}

impl Location {
    /// Whether there is something already. What is on another machine is only known by asking there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
        }
    }
}
