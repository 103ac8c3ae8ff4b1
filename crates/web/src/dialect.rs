//! Reply dialects of the Non-Agent API.

use std::str::FromStr;

/// A reply dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// As the API's documentation writes it.
    #[default]
    Documented,
    /// Byte for byte as VICIdial 2.14 writes it.
    Vicidial,
}

/// Unknown name of a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a reply dialect: use `documented` or `vicidial`")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "documented" => Ok(Self::Documented),
            "vicidial" => Ok(Self::Vicidial),
            other => Err(UnknownDialect(other.to_owned())),
        }
    }
}
