//! Where a database is.

use std::fmt;
use std::path::PathBuf;

use crate::mariadb::Address;

/// Where a database is. Written without any password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded database. It and its folder are created if need be.
    File(PathBuf),
    /// A database on a MariaDB server, which is there already.
    Mariadb(Box<Address>),
}

impl Location {
    /// Whether there is something already. What is on another machine is only known by asking there.
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
