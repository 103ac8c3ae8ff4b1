//! How dialers are driven.

use std::str::FromStr;

/// Who places the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Driver {
    /// Hotdesk itself, over each dialer's manager interface.
    #[default]
    Ami,
    /// A cluster's own daemons, from rows of `vicidial_manager`.
    Queue,
}

/// No driver has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no driver: use `ami` or `queue`")]
pub struct UnknownDriver(String);

impl FromStr for Driver {
    type Err = UnknownDriver;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "ami" => Ok(Self::Ami),
            "queue" => Ok(Self::Queue),
            other => Err(UnknownDriver(other.to_owned())),
        }
    }
}
