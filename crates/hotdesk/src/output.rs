//! Standard output.

use std::io::Write;

use crate::failure::Failure;

/// Writes a text to standard output.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
}
