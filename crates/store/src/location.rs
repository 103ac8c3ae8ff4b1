//! Location of a database.

use std::fmt;
use std::path::PathBuf;

use crate::mariadb::Address;

/// Location of a database. Displays without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded database. It and its directory are created if they do not exist.
    File(PathBuf),
    /// An existing database on a MariaDB server.
    Mariadb(Box<Address>),
}

impl Location {
    /// Whether the file exists; always `true` for a server, which is not asked.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            Self::Mariadb(_) => true,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Mariadb(address) => address.fmt(f),
        }
    }
}
